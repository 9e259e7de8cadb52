"""The laptop until entry: binding, attachments, lobby (the notice's sections three to five).

Doors open by the exam clock, by a push or by what the service says when asked, whichever comes first, and the service decides. Base of
`interview.Interview`.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping

import msgspec

from clients.headless import texts
from clients.headless.arrival import ANSWERS, Arrival, post
from clients.headless.core import DONE, Handler
from clients.headless.links import keyed
from harness.protocol.capture import Capture
from harness.protocol.client import DoResult, Storage
from harness.protocol.exam_api import BindingReply, LoginReply, SessionState
from harness.protocol.messages import Push, Request, Response
from harness.protocol.vocabulary import RUNNING, Act, Alert, AlertCode, AttachmentShown, BindingShown, Page


class Admission(Arrival):
    """Pages bind, attachments and lobby."""

    def __init__(self, *, ticket: str, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        super().__init__(ticket=ticket, storage=storage, capture=capture, mint=mint)
        self.binding: BindingReply | None = None
        self.code_shown = False
        self.code_asked_on: Page | None = None  # a page of the interview on which the code was asked for
        self.texts: dict[str, str] = {}
        self.read: set[str] = set()
        self.entry_pushed = False
        self._qr: tuple[str, str] = ("", "")

    # -- three: binding ----------------------------------------------------------------------------------------------

    def ask_binding(self) -> None:
        """A code and QR payload of this session; a new one where it has expired."""
        expired = self.binding is not None and self.exam_time >= self.binding.expires_ms
        if self.binding is not None and not expired:
            return

        def done(reply: Response, _now: int) -> None:
            if reply.ok:
                self.binding = reply.decode(BindingReply)
            else:
                self.refused(reply.problem)

        self.links.ask("binding", keyed(post("/v1/binding"), self.mint()), done)

    def phone_is_bound(self) -> bool:
        """What the service says."""
        return self.session is not None and self.session.bound

    def shown_code(self) -> str:
        """【智试通二维码】 shows the code as text."""
        return self.binding.code if self.binding is not None and self.code_shown else ""

    def qr_payload(self) -> str:
        """What the QR code carries."""
        return self.binding.payload if self.binding is not None else ""

    def binding_shown(self) -> BindingShown:
        """Code, picture and state."""
        payload = self.qr_payload()
        if payload != self._qr[0]:
            self._qr = (payload, _qr_png(payload))
        return BindingShown(code=self.shown_code(), qr_png=self._qr[1], bound=self.phone_is_bound())

    # -- four: attachments -------------------------------------------------------------------------------------------

    def open_attachment(self, identifier: str) -> DoResult:
        """Fetches the file and shows it; one that does not load says so."""
        if not self.is_attachment(identifier):
            return DoResult("refused", f"there is no attachment {identifier!r}")

        def done(reply: Response, _now: int) -> None:
            if reply.ok and reply.body:
                self.texts[identifier] = reply.body.decode(errors="replace")
                self.unsay(AlertCode.NOT_LOADED)
            else:
                self.say(AlertCode.NOT_LOADED)

        request = Request(method="GET", path=f"/v1/attachments/{identifier}")
        self.links.ask(f"attachment:{identifier}", request, done, passing=frozenset())
        return DONE

    def may_mark_read(self, identifier: str) -> bool:
        """【已阅】 stands behind a file that was opened."""
        return identifier in self.texts and identifier not in self.read and not self.links.asking(f"read:{identifier}")

    def mark_read(self, identifier: str) -> DoResult:
        """【已阅】."""
        if not self.may_mark_read(identifier):
            return DoResult("refused", f"{identifier!r} is not open, or read already")

        def done(reply: Response, _now: int) -> None:
            if reply.ok:
                self.read.add(identifier)

        request = Request(method="PUT", path=f"/v1/attachments/{identifier}/read")
        self.links.ask(f"read:{identifier}", keyed(request, self.mint()), done)
        return DONE

    def is_attachment(self, identifier: str) -> bool:
        """The exam has it."""
        return self.exam_info is not None and any(item.id == identifier for item in self.exam_info.attachments)

    def all_read(self) -> bool:
        """Every attachment is 已阅: only then does the next step open."""
        return self.exam_info is not None and all(item.id in self.read for item in self.exam_info.attachments)

    def attachments_shown(self) -> tuple[AttachmentShown, ...]:
        """Every attachment of the exam, with its marks."""
        if self.exam_info is None:
            return ()
        return tuple(
            AttachmentShown(
                id=item.id,
                title=item.title,
                opened=item.id in self.texts,
                read=item.id in self.read,
                text=self.texts.get(item.id, "") if self.page is Page.ATTACHMENTS else "",
            )
            for item in self.exam_info.attachments
        )

    # -- five: the lobby ---------------------------------------------------------------------------------------------

    def entry_is_open(self) -> bool:
        """【进入考试】 is active in its window alone: by the exam clock, or because the service pushed it."""
        if self.exam_info is None or not self.clock.known or self.entry_is_over():
            return False
        return self.entry_pushed or self.clock.surely(self.now) >= self.exam_info.windows["entry_opens"]

    def may_enter(self) -> bool:
        """All that entry needs."""
        return self.entry_is_open() and self.phone_is_bound() and self.all_read() and not self.links.asking("entry")

    def told(self, push: Push, now: int) -> None:
        """Pushes only hurry what polling would find."""
        if push.event == "entry-opened":
            self.entry_pushed = True
        elif push.event == "login-completed" and not self.kept.token and push.data.get("token"):
            self.logged_in(msgspec.convert(push.data, LoginReply))
        else:
            self.links.drop("session")
            self.ask_session(now)

    def learned(self, session: SessionState, now: int) -> None:
        """What the service knows of this candidate."""
        del now
        self.read |= set(session.read)
        if session.logged_in and not self.kept.token and self.page is Page.LOGIN:
            self.claim_login()
        if session.bound:
            self.unsay(AlertCode.NOT_BOUND)

    def awaits_change(self) -> bool:
        """Logins by the desk, bindings and openings are waited for."""
        return self.page in (Page.LOGIN, Page.BIND, Page.LOBBY)

    # -- together ----------------------------------------------------------------------------------------------------

    def step(self, now: int) -> None:
        """What these pages do by themselves."""
        super().step(now)
        if self.page is Page.BIND and self.clock.known:
            self.ask_binding()

    def wakeups(self) -> list[int | None]:
        """… and the next door."""
        due = super().wakeups()
        if self.exam_info is not None and self.clock.known and self.page not in RUNNING:
            error = self.clock.error(self.now)
            doors = [self.clock.when(at) for at in self.exam_info.windows.values()]
            due += [at for door in doors for at in (door, door + error + 1) if at > self.now]
        return due

    def admission_handlers(self) -> Mapping[Act, Handler]:
        """What the acts of these pages do."""
        return {
            Act.PROCEED: lambda _args, now: self.proceed(now),
            Act.CONSENT: lambda _args, _now: self.consent(True),
            Act.DECLINE: lambda _args, _now: self.consent(False),
            Act.LOGIN: lambda _args, now: self.log_in(now),
            Act.SHOW_CODE: lambda _args, _now: self.show_code(),
            Act.OPEN: lambda args, _now: self.open_attachment(args.get("id", "")),
            Act.READ: lambda args, _now: self.mark_read(args.get("id", "")),
            Act.REFRESH: lambda _args, now: self.refresh(now),
        }

    def admission_controls(self) -> dict[Act, bool]:
        """What these pages offer."""
        match self.page:
            case Page.BIND:
                return {Act.SHOW_CODE: self.binding is not None, Act.PROCEED: self.phone_is_bound()}
            case Page.ATTACHMENTS:
                readable = any(self.may_mark_read(item.id) for item in self.attachments_shown())
                return {Act.OPEN: self.exam_info is not None, Act.READ: readable, Act.PROCEED: self.all_read()}
            case Page.LOBBY:
                return {Act.ENTER: self.may_enter(), Act.REFRESH: True, Act.SHOW_CODE: True}
        return self.arrival_controls()

    def proceed(self, now: int) -> DoResult:
        """【下一步】."""
        self.unsay(*ANSWERS)
        if self.page is Page.CHECK:
            self.page = Page.BIND if self.kept.token else Page.LOGIN
            self.trial_passed = True
        elif self.page is Page.BIND:
            self.page = Page.ATTACHMENTS
        else:
            self.page = Page.LOBBY
        self.ask_session(now)
        return DONE

    def show_code(self) -> DoResult:
        """【智试通二维码】; from the lobby it leads back to the binding, later (a phone that died is bound again) it stands on the page."""
        self.code_shown = True
        if self.page in (Page.BIND, Page.LOBBY):
            self.page = Page.BIND
        else:
            self.code_asked_on, self.binding = self.page, None
            self.ask_binding()
        return DONE

    def shows_binding(self) -> bool:
        """Code and picture stand on the pages of the admission, and where they are asked for later, until that page is left."""
        return self.page in (Page.BIND, Page.ATTACHMENTS, Page.LOBBY) or self.page is self.code_asked_on

    def refresh(self, now: int) -> DoResult:
        """【刷新】: asks the service anew; what is active stays so."""
        self.links.hurry()
        self.ask_session(now)
        return DONE

    def door_alerts(self) -> list[Alert]:
        """Too early, too late, not yet bound: what stands in the way at this moment."""
        info = self.exam_info
        if info is None or not self.clock.known or self.page is Page.CHECK:
            return []
        if self.entry_is_over():
            return [self.sentence(AlertCode.TOO_LATE)]
        early = {Page.LOGIN: ("login_opens", self.login_is_open()), Page.LOBBY: ("entry_opens", self.entry_is_open())}
        found = []
        if self.page in early and not early[self.page][1]:
            opens = info.windows[early[self.page][0]]
            found.append(self.sentence(AlertCode.TOO_EARLY, f"{texts.before_start(opens)}开放。"))
        if self.page is Page.LOBBY and not self.phone_is_bound():
            found.append(self.sentence(AlertCode.NOT_BOUND))
        return found


def _qr_png(payload: str) -> str:
    if not payload:
        return ""
    import segno  # noqa: PLC0415 - a client that never shows the page starts without it

    picture = io.BytesIO()
    # Any mask can be read; to try all eight for the fairest takes longer than everything else about a view.
    segno.make_qr(payload, mask=0).save(picture, kind="png", scale=6)
    return base64.b64encode(picture.getvalue()).decode()
