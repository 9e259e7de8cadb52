"""What laptop and phone have in common: a sans-IO client around its links, its exam clock, its recordings and their uploads.

Laws: after every call from outside (`do`, `tick`, `replied`, …) one `step` brings everything up to date, so that nothing depends on which call
it was; what must survive a kill is in the storage before it has an effect; the question never is. `next_wakeup` names every moment at
which time alone changes something. A faulty client is a subclass that changes one method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, Literal

import msgspec

from clients.headless import texts
from clients.headless.exam_clock import ExamClock
from clients.headless.links import Links
from clients.headless.recordings import Journal, Recordings, Segment, Source
from clients.headless.reports import Reports
from clients.headless.uploader import Uploads
from harness.protocol.capture import Capture, Device
from harness.protocol.client import Cancel, DoResult, Failure, Send, Storage
from harness.protocol.exam_api import ExamInfo, SessionState
from harness.protocol.messages import Push, Request, Response
from harness.protocol.vocabulary import Act, Alert, AlertCode, ControlState, Role, Stream, View

Handler = Callable[[dict[str, str], int], DoResult]
DONE: Final = DoResult("done")
ENABLED: Final = ControlState(enabled=True)
DISABLED: Final = ControlState(enabled=False)
# How often the session is asked for where a change is awaited (a push may be lost) and, as a sign of life, everywhere else.
POLL_MS: Final = 1_000
QUIET_POLL_MS: Final = 5_000


class Core:
    """A client without IO; `Laptop` and `Phone` say what it is a client of."""

    role: ClassVar[Role]
    unseen: ClassVar[frozenset[Act]] = frozenset({Act.LEAVE, Act.RETURN})  # acts that no control stands for
    uploads_type: ClassVar[type[Uploads]] = Uploads
    links_type: ClassVar[type[Links]] = Links
    reports_type: ClassVar[type[Reports]] = Reports

    def __init__(self, *, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        self.storage = storage
        self.capture = capture
        self.mint = mint
        self.now = 0
        self.clock = ExamClock()
        self.links = self.links_type(self.clock, self.bearer)
        self.links.on_recovery(self.recovered)
        self.journal = Journal(storage)
        self.recordings = Recordings(self.journal, storage, capture, mint)
        self.uploads = self.uploads_type(self.exam_name, self.links, storage, self.journal, mint)
        self.reports = self.reports_type(self.links, self.bearer, storage, mint)
        self.exam_info: ExamInfo | None = None
        self.session: SessionState | None = None
        self.present: tuple[Device, ...] = ()
        self.notes: dict[AlertCode, str] = {}  # what was said and stands until it is over
        self.opened = False
        self._last_event = 0
        self._polled_at: int | None = None
        self._view: View | None = None
        self._stale = True  # something may have changed since the view was composed

    # -- for the two clients to say ----------------------------------------------------------------------------------

    def bearer(self) -> str:
        """The token that requests carry now."""
        raise NotImplementedError

    def handlers(self) -> Mapping[Act, Handler]:
        """What each act that this client knows does."""
        raise NotImplementedError

    def controls(self) -> dict[Act, bool]:
        """The controls that are shown, and whether each can be pressed."""
        raise NotImplementedError

    def compose(self) -> View:
        """What the candidate sees now."""
        raise NotImplementedError

    def step(self, now: int) -> None:
        """Brings everything up to date that depends on time or on what has come in."""

    def wakeups(self) -> list[int | None]:
        """When time alone changes something next."""
        return []

    def learned(self, session: SessionState, now: int) -> None:
        """The service told where the session stands."""

    def told(self, push: Push, now: int) -> None:
        """The service pushed something."""

    def wanted(self) -> dict[Stream, Source]:
        """What should be recorded now."""
        return {}

    def rejected(self, now: int) -> None:
        """The token is not taken any more."""

    def awaits_change(self) -> bool:
        """The candidate waits for something that the service says."""
        return False

    # -- the port ----------------------------------------------------------------------------------------------------

    def start(self, now: int) -> None:
        """The candidate opened it."""
        self.opened = True
        self.began(now)
        self._settle(now)

    def began(self, now: int) -> None:
        """The first things that are asked."""
        self.ask_session(now)

    def devices(self, devices: Sequence[Device], now: int) -> None:
        """What is plugged in now."""
        self.present = tuple(devices)
        self.plugged(now)
        self._settle(now)

    def plugged(self, now: int) -> None:
        """Devices came or went."""

    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        """The candidate acts."""
        handler = self.handlers().get(act)
        if handler is None:
            return DoResult("unsupported", f"this client has no {act.value}")
        self.now = now
        offered = act in self.unseen or self.controls().get(act)
        result = handler(args, now) if offered else DoResult("refused", self.why_not(act, now))
        self._settle(now)
        return result

    def why_not(self, act: Act, now: int) -> str:
        """Why that act does nothing now; may raise an alert as well."""
        del now
        return f"{act.value} is not to be had on this page now"

    def tick(self, now: int) -> None:
        """Time has passed."""
        self._settle(now)

    def next_wakeup(self) -> int | None:
        """When `tick` is wanted next."""
        if not self.opened:
            return None
        now = self.now
        times = [self.links.next_due(now), self.uploads.next_due(now), self.recordings.next_due(), self._poll_due()]
        return min((max(at, now + 1) for at in (*times, *self.wakeups()) if at is not None), default=None)

    def replied(self, key: int, outcome: Response | Failure, now: int) -> None:
        """A request was answered, or failed."""
        self.links.replied(key, outcome, now)
        self._settle(now)

    def pushed(self, key: int, push: Push, now: int) -> None:
        """A server-sent event came."""
        self.links.pushed(key, push, now)
        self._settle(now)

    def outbox(self) -> list[Send | Cancel]:
        """What is to be sent since the last call."""
        return self.links.outbox()

    def view(self) -> View:
        """What the candidate sees now."""
        last = self._view
        if last is not None and not self._stale:
            return last
        self._stale = False
        view = self.compose()
        if last is None or msgspec.structs.replace(view, seq=last.seq) != last:
            self._view = msgspec.structs.replace(view, seq=1 if last is None else last.seq + 1)
        assert self._view is not None
        return self._view

    def close(self, now: int) -> None:
        """The candidate closed it: devices are released, recordings flushed."""
        self.recordings.stop_all(now)
        self.links.drop_all()
        self.opened = False

    def _settle(self, now: int) -> None:
        self.now = now
        self._stale = True
        if not self.opened:
            return
        self.step(now)
        self.record(now)
        self.uploads.tick(now)
        self.reports.tick()
        due = self._poll_due()
        if due is not None and now >= due:
            self.ask_session(now)
        self.links.tick(now)

    def record(self, now: int) -> None:
        """Records what is wanted and stores what the devices gave."""
        if self.clock.known:
            self.recordings.follow(self.wanted(), self.clock.exam(now), now)
        self.recordings.take(now)

    # -- what every client asks --------------------------------------------------------------------------------------

    @property
    def exam_time(self) -> int:
        """The exam time of this moment; before T-∞ as long as no reply has told it."""
        return self.clock.exam(self.now) if self.clock.known else -(10**12)

    def exam_name(self) -> str:
        """The exam's id, for uploads."""
        return self.exam_info.exam if self.exam_info is not None else ""

    def learn_exam(self, info: ExamInfo) -> None:
        """The plan came. A question that leaked with it is forgotten before anything is kept of it."""
        self.exam_info = msgspec.structs.replace(info, question="")
        self.links.limit(info.limits)

    def ask_exam(self) -> None:
        """Fetches the plan."""

        def done(reply: Response, now: int) -> None:
            if reply.ok:
                self.learn_exam(reply.decode(ExamInfo))
            elif reply.status == 401:
                self.rejected(now)

        self.links.ask("exam", Request(method="GET", path="/v1/exam"), done)

    def ask_session(self, now: int) -> None:
        """Asks where to go on; without a token, what time it is."""
        self._polled_at = now
        if not self.bearer():
            self.links.ask("time", Request(method="GET", path="/v1/time"), lambda _reply, _now: None)
            return
        self.listen()

        def done(reply: Response, later: int) -> None:
            if reply.ok:
                self.session = reply.decode(SessionState)
                self.learned(self.session, later)
            elif reply.status == 401:
                self.rejected(later)

        self.links.ask("session", Request(method="GET", path="/v1/session"), done)

    def _poll_due(self) -> int | None:
        if not self.opened or self._polled_at is None or self.links.asking("session") or self.links.asking("time"):
            return None
        if self.awaits_change():
            return self._polled_at + POLL_MS
        return max(self._polled_at, self.links.heard_at) + QUIET_POLL_MS

    def listen(self) -> None:
        """Opens the stream of pushes, from the last one seen on."""
        if not self.bearer():
            return

        def request(_now: int) -> Request:
            return Request(method="GET", path="/v1/events", headers={"last-event-id": str(self._last_event)})

        def event(push: Push, now: int) -> None:
            if push.id > self._last_event:
                self._last_event = push.id
                self.told(push, now)

        # A stream that has ended is opened again with the next poll, which meanwhile tells as much.
        self.links.ask("events", request, lambda _reply, _now: None, pushed=event)

    def recovered(self, now: int) -> None:
        """The network is back: what may have changed meanwhile is asked for, and a stream that hangs is replaced."""
        self.links.drop("events")
        self.ask_session(now)

    # -- small helpers -----------------------------------------------------------------------------------------------

    def say(self, code: AlertCode, more: str = "") -> None:
        """An alert stands from now on, until `unsay`."""
        self.notes[code] = texts.sentence(code, self.exam_info.contact if self.exam_info else None, more)

    def unsay(self, *codes: AlertCode) -> None:
        """These alerts are over."""
        for code in codes:
            self.notes.pop(code, None)

    def sentence(self, code: AlertCode, more: str = "") -> Alert:
        """An alert of the moment."""
        return Alert(code, texts.sentence(code, self.exam_info.contact if self.exam_info else None, more))

    def control_states(self) -> dict[str, ControlState]:
        """The controls as a view has them."""
        return {act.value: ENABLED if enabled else DISABLED for act, enabled in self.controls().items()}

    def network(self) -> Literal["online", "offline"]:
        """What the candidate is told of the network."""
        return "offline" if self.links.offline(self.now) else "online"

    def alerts(self) -> tuple[Alert, ...]:
        """Everything that is said now."""
        standing = [Alert(code, text) for code, text in self.notes.items()]
        offline = [self.sentence(AlertCode.OFFLINE)] if self.network() == "offline" else []
        return (*standing, *offline)

    def first(self, kind: str, facing: str = "") -> str | None:
        """The first device of a kind that is plugged in."""
        fitting = (d.id for d in self.present if d.kind == kind and (not facing or d.facing == facing))
        return next(fitting, None)

    def is_present(self, device: str) -> bool:
        """That device is plugged in."""
        return any(item.id == device for item in self.present)

    def discard_recordings(self) -> None:
        """Results are published: what the service holds need not stay here."""
        for segment in self.journal.segments:
            self.storage.remove(segment.recording)
        self.journal.segments.clear()
        self.journal.save()

    def segments(self, stream: Stream) -> list[Segment]:
        """What was recorded of a stream."""
        return self.journal.streams().get(stream, [])
