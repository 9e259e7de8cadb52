"""The laptop until entry: device check, face login, binding, attachments, lobby (the notice's sections one to five).

Each duty is a small method of its own, so that a faulty client can fail exactly one. Doors open by the exam clock, by a push or by what
the service says when asked, whichever comes first, and the service decides. Base of `interview.Interview`.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from typing import ClassVar, Final, Literal

import msgspec

from clients.headless import texts
from clients.headless.core import DONE, Core, Handler
from clients.headless.links import keyed
from clients.headless.stages import Course
from harness.protocol.capture import Capture, CaptureError, DeviceState, Recorder
from harness.protocol.client import DoResult, Storage
from harness.protocol.exam_api import BindingReply, ConsentBody, LoginReply, SessionState
from harness.protocol.messages import Problem, Push, Request, Response, json_body
from harness.protocol.vocabulary import (
    RUNNING,
    Act,
    Alert,
    AlertCode,
    AttachmentShown,
    BindingShown,
    Check,
    Page,
    Role,
)

DOCUMENT: Final = "laptop"
CheckName = Literal["camera", "microphone", "recording"]
CHECKED: Final[tuple[CheckName, ...]] = ("camera", "microphone", "recording")
CHECK_MS: Final = 200  # how often the devices are looked at while they are checked
TRIAL_MS: Final = 600  # how long the trial recording of the device check is
# A still that the service found stale was held up on its way: the client takes another by itself, so many times.
FRESH_STILLS: Final = 3

PROBLEM_ALERTS: Final[dict[str, AlertCode]] = {
    "too-early": AlertCode.TOO_EARLY,
    "too-late": AlertCode.TOO_LATE,
    "face-mismatch": AlertCode.FACE_MISMATCH,
    "face-covered": AlertCode.FACE_COVERED,
    "second-session": AlertCode.SECOND_SESSION,
    "not-bound": AlertCode.NOT_BOUND,
    "not-read": AlertCode.NOT_READ,
    "ended": AlertCode.ENDED,
}
# What the service answers to a press of 人脸登录 or 进入考试 stands until the next press.
ANSWERS: Final = (*PROBLEM_ALERTS.values(), AlertCode.OTHER)


class Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the laptop knows after it was killed. Never the question."""

    token: str = ""
    name: str = ""
    admission_number: str = ""
    entered_ms: int | None = None
    waited: bool = False  # 【进入待考】 was pressed
    camera: str = ""
    microphone: str = ""
    course: Course = msgspec.field(default_factory=Course)
    reported: list[str] = []
    ended_ms: int | None = None


class Admission(Core):
    """Pages check, login, bind, attachments and lobby."""

    role: ClassVar[Role] = Role.LAPTOP

    def __init__(self, *, ticket: str, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        self.ticket = ticket
        kept = storage.load(DOCUMENT)
        self.kept = msgspec.json.decode(kept, type=Kept) if kept else Kept()
        super().__init__(storage=storage, capture=capture, mint=mint)
        self.page = Page.CHECK
        self.listed: tuple[str, ...] = ()
        self.checks: dict[CheckName, DeviceState] = {}
        self.trial_passed = False
        self.consented = False
        self.declined = False
        self.binding: BindingReply | None = None
        self.code_shown = False
        self.texts: dict[str, str] = {}
        self.read: set[str] = set()
        self.entry_pushed = False
        self._check_at = 0
        self._trial: Recorder | None = None
        self._trial_until = 0
        self._stills_left = 0
        self._qr: tuple[str, str] = ("", "")

    def save(self) -> None:
        """Keeps what must survive."""
        self.storage.save(DOCUMENT, msgspec.json.encode(self.kept))

    def bearer(self) -> str:
        """The login's token, and the ticket before it."""
        return self.kept.token or self.ticket

    def began(self, now: int) -> None:
        """The plan and the session are asked for."""
        self.ask_exam()
        super().began(now)

    def plugged(self, now: int) -> None:
        """The first camera and microphone are chosen by themselves; who was chosen stays chosen."""
        del now
        self.kept.camera = self.kept.camera or self.first("camera") or ""
        self.kept.microphone = self.kept.microphone or self.first("microphone") or ""
        if not self.listed or self.page is Page.CHECK:
            self.list_devices()

    def list_devices(self) -> None:
        """【刷新设备】: lists what is plugged in."""
        self.listed = tuple(device.id for device in self.present)

    # -- one: device check -------------------------------------------------------------------------------------------

    def check_devices(self, now: int) -> None:
        """Looks at camera and microphone, and makes a short trial recording of both."""
        if now < self._check_at:
            return
        self._check_at = now + CHECK_MS
        camera = self.kept.camera if self.is_present(self.kept.camera) else self.first("camera")
        microphone = self.kept.microphone if self.is_present(self.kept.microphone) else self.first("microphone")
        self.kept.camera, self.kept.microphone = camera or self.kept.camera, microphone or self.kept.microphone
        self.checks["camera"] = self.check_device(camera, AlertCode.NO_CAMERA, now)
        self.checks["microphone"] = self.check_device(microphone, AlertCode.NO_MICROPHONE, now)
        self.checks["recording"] = self.try_recording(camera, microphone, now)

    def check_device(self, device: str | None, missing: AlertCode, now: int) -> DeviceState:
        """Whether that device works; one that is not there does not, and the candidate is told."""
        state = self.capture.check(device, now) if device else DeviceState(state="failed", reason="没有找到设备")
        if state.state == "failed":
            self.say(missing, state.reason)
        else:
            self.unsay(missing)
        return state

    def try_recording(self, camera: str | None, microphone: str | None, now: int) -> DeviceState:
        """Whether a recording of both yields media."""
        if self.trial_passed:
            return DeviceState(state="working")
        if camera is None or any(self.checks[name].state == "failed" for name in CHECKED[:2]):
            return DeviceState(state="failed", reason="摄像头或麦克风不可用")
        if self._trial is None:
            try:
                self._trial = self.capture.record(video=camera, microphone=microphone, now=now)
            except CaptureError as error:
                return DeviceState(state="failed", reason=str(error))
            self._trial_until = now + TRIAL_MS
        elif now >= self._trial_until:
            trial, self._trial = self._trial, None
            try:
                self.trial_passed = bool(trial.stop(now))
            except CaptureError as error:
                return DeviceState(state="failed", reason=str(error))
            return DeviceState(state="working" if self.trial_passed else "failed")
        return DeviceState(state="checking")

    def checks_passed(self) -> bool:
        """Only who has camera, microphone and recording goes on."""
        return len(self.checks) == len(CHECKED) and all(state.state == "working" for state in self.checks.values())

    # -- two: face login ---------------------------------------------------------------------------------------------

    def login_is_open(self) -> bool:
        """From the window's opening, and not before, whatever the uncertainty of the clock."""
        if self.exam_info is None or not self.clock.known:
            return False
        return self.clock.surely(self.now) >= self.exam_info.windows["login_opens"]

    def entry_is_over(self) -> bool:
        """Who has not entered by now may not any more."""
        if self.exam_info is None or not self.clock.known or self.kept.entered_ms is not None:
            return False
        return self.exam_time >= self.exam_info.windows["entry_closes"]

    def may_take_still(self) -> bool:
        """No picture of the face leaves before the candidate has consented."""
        return self.consented

    def consent(self, given: bool) -> DoResult:
        """The candidate agrees, or does not."""
        self.declined = not given

        def done(reply: Response, _now: int) -> None:
            self.consented = given and reply.ok

        self.links.drop("consent")
        body = json_body(ConsentBody(given=given))
        self.links.ask("consent", keyed(_post("/v1/consent", body), self.mint()), done)
        return DONE

    def log_in(self, now: int) -> DoResult:
        """A live picture is taken at the press and sent."""
        self.unsay(*ANSWERS)
        self._stills_left = FRESH_STILLS
        return self.send_still(now)

    def send_still(self, now: int) -> DoResult:
        """Takes the still and asks for the login with it."""
        try:
            still = self.take_still(now)
        except CaptureError as error:
            self.say(AlertCode.NO_CAMERA, str(error))
            return DoResult("refused", str(error))
        self._stills_left -= 1
        headers = {"content-type": "image/jpeg", "captured-ms": str(self.exam_time)}
        request = Request(method="POST", path="/v1/login", headers=headers, body=still)
        self.links.ask("login", keyed(request, self.mint()), self.login_answered)
        return DONE

    def take_still(self, now: int) -> bytes:
        """The camera's picture of this moment, as it is."""
        return self.capture.still(self.kept.camera, now)

    def login_answered(self, reply: Response, now: int) -> None:
        """Logged in, or not and why."""
        if reply.ok:
            self.logged_in(reply.decode(LoginReply))
            return
        problem = reply.problem
        if problem is not None and problem.code == "still-stale" and self._stills_left > 0:
            self.send_still(now)
            return
        self.refused(problem)

    def logged_in(self, login: LoginReply) -> None:
        """The token replaces the ticket; the stream of pushes is opened with it."""
        self.kept.token, self.kept.name = login.token, login.name
        self.kept.admission_number = login.admission_number
        self.save()
        self.unsay(*ANSWERS)
        self.links.drop("events")
        self.links.drop("session")
        if self.page is Page.LOGIN:
            self.page = Page.BIND
        self.ask_session(self.now)

    def refused(self, problem: Problem | None) -> None:
        """The service said no: its reason is shown."""
        code = PROBLEM_ALERTS.get(problem.code, AlertCode.OTHER) if problem is not None else AlertCode.OTHER
        self.say(code, problem.detail if problem is not None else "")

    def rejected(self, now: int) -> None:
        """The login is gone: another one is asked for."""
        if self.kept.token:
            self.kept.token = ""
            self.save()
            self.page = Page.CHECK if self.page is Page.CHECK else Page.LOGIN
            self.links.drop("events")
            self.ask_exam()
            self.ask_session(now)

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

        self.links.ask("binding", keyed(_post("/v1/binding"), self.mint()), done)

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

    def claim_login(self) -> None:
        """The desk completed the login: the token is fetched without a picture."""
        headers = {"content-type": "image/jpeg", "captured-ms": str(self.exam_time)}
        request = Request(method="POST", path="/v1/login", headers=headers)
        self.links.ask("login", keyed(request, self.mint()), self.login_answered)

    def awaits_change(self) -> bool:
        """Logins by the desk, bindings and openings are waited for."""
        return self.page in (Page.LOGIN, Page.BIND, Page.LOBBY)

    # -- together ----------------------------------------------------------------------------------------------------

    def step(self, now: int) -> None:
        """What these pages do by themselves."""
        if self.page is Page.CHECK:
            self.check_devices(now)
        elif self.page is Page.BIND and self.clock.known:
            self.ask_binding()

    def wakeups(self) -> list[int | None]:
        """The next look at the devices, and the next door."""
        due: list[int | None] = [self._check_at if self.page is Page.CHECK else None]
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
            case Page.CHECK:
                return {Act.PROCEED: self.checks_passed()}
            case Page.LOGIN:
                open_now = self.login_is_open() and not self.entry_is_over() and not self.links.asking("login")
                choose = not self.consented and self.exam_info is not None
                return {Act.CONSENT: choose, Act.DECLINE: choose, Act.LOGIN: open_now and self.may_take_still()}
            case Page.BIND:
                return {Act.SHOW_CODE: self.binding is not None, Act.PROCEED: self.phone_is_bound()}
            case Page.ATTACHMENTS:
                readable = any(self.may_mark_read(item.id) for item in self.attachments_shown())
                return {Act.OPEN: self.exam_info is not None, Act.READ: readable, Act.PROCEED: self.all_read()}
            case Page.LOBBY:
                return {Act.ENTER: self.may_enter(), Act.REFRESH: True, Act.SHOW_CODE: not self.phone_is_bound()}
        return {}

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
        """【智试通二维码】; from the lobby, where the phone was released, it leads back to the binding."""
        self.code_shown = True
        self.page = Page.BIND
        return DONE

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

    def checks_shown(self) -> dict[CheckName, Check]:
        """The device check, line by line."""
        return {name: Check(state=state.state, reason=state.reason) for name, state in self.checks.items()}


def _post(path: str, body: bytes = b"") -> Request:
    return Request(method="POST", path=path, headers={"content-type": "application/json"} if body else {}, body=body)


def _qr_png(payload: str) -> str:
    if not payload:
        return ""
    import segno  # noqa: PLC0415 - a client that never shows the page starts without it

    picture = io.BytesIO()
    segno.make_qr(payload).save(picture, kind="png", scale=6)
    return base64.b64encode(picture.getvalue()).decode()
