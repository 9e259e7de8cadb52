"""The bundled exam service as a `harness.core.platform.Platform`: inside this process for virtual time, or (`BundledPlatform`) as a child."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.core.events import Event
from harness.core.plan import Plan
from harness.core.platform import Entrant, FaceMatcher, HeldSegment, HeldStill
from harness.core.script import Misbehaviour
from harness.protocol.messages import Push, Request
from harness.service.application import Answer, Application
from harness.service.bundled import OBSERVES, BundledPlatform
from harness.service.patch import Patch
from harness.service.pushes import EventStream
from harness.service.routing import takes_stream
from harness.service.store import MemoryStore


class DirectPlatform:
    """The service without sockets. Its clock says what it was last told, by whichever call; ms from any origin.

    `folder` is where recordings are written for whoever wants files (a temporary one that `close` deletes, if left out). `mint` is
    deterministic unless given, unlike what a service that faces anybody uses.
    """

    observes = OBSERVES

    def __init__(
        self,
        *,
        folder: Path | None = None,
        matcher: FaceMatcher | None = None,
        mint: Callable[[], str] | None = None,
    ) -> None:
        self._store = MemoryStore(folder)
        self._matcher = matcher
        self._minted = 0
        self._mint = mint or self._next_text
        self.now = 0
        self.application = self._started()

    # -- the wire ------------------------------------------------------------------------------------------------

    def handle(self, now: int, request: Request) -> Answer:
        """A whole request; the response is to be delivered after the answer's delay."""
        self.now = now
        return self.application.handle(now, request)

    def partial(self, now: int, request: Request, body_bytes: int) -> None:
        """A request whose connection broke after so many bytes of its body: only what an upload then holds remains of it."""
        self.now = now
        if not takes_stream(request):
            return
        begun = self.application.begin(now, request)
        if isinstance(begun, Patch):
            begun.feed(now, request.body[:body_bytes])
            begun.abort(now)
        self._store.flush()

    def pushes(self, request: Request, last_id: int) -> list[Push]:
        """What an event stream opened by that request has to deliver after that id."""
        return self.application.pushes(request.headers.get("authorization", "").removeprefix("Bearer "), last_id)

    def last_event_id(self, request: Request) -> int:
        """Where a replay starts; 0 unless the request says otherwise."""
        return int(request.headers.get("last-event-id") or 0)

    def open_events(self, now: int, request: Request) -> EventStream | Answer:
        """An event stream that keeps the session alive until it is closed."""
        self.now = now
        return self.application.open_events(now, request)

    def tick(self, now: int) -> None:
        """Lets time have its effect."""
        self.now = now
        self.application.tick(now)
        self._store.flush()

    advance = tick

    def next_wakeup(self) -> int | None:
        """When `tick` is wanted next, ms of the service's clock."""
        return self.application.next_wakeup()

    def restart(self) -> None:
        """As after kill -9: only what is in the store is known; stretches of bytes on their way are gone."""
        self.application = self._started()

    def close(self) -> None:
        """Deletes the temporary folder of recordings, where there is one."""
        self._store.close()

    # -- the port ------------------------------------------------------------------------------------------------

    def configure(
        self,
        plan: Plan,
        entrants: Sequence[Entrant],
        *,
        exam_now: int,
        now: int | None = None,
        misbehaviour: Sequence[Misbehaviour] = (),
    ) -> str:
        """A new exam whose clock stands at `exam_now` ms when the service's says `now`; returns its id."""
        self.now = self.now if now is None else now
        exam = self.application.configure(plan, entrants, exam_now=exam_now, now=self.now, misbehaviour=misbehaviour)
        self._store.flush()
        return exam

    def exam_time(self, exam: str) -> tuple[int, int]:
        """The exam's time, ms, exactly."""
        return self.now - self.application.origin(exam), 0

    def desk(self, exam: str, action: str, ticket: str, text: str = "") -> None:
        """Technical support acts for a candidate: login, release, answer, publish."""
        self.application.desk(self.now, exam, action, ticket, text)
        self._store.flush()

    def observations(self, exam: str, since: int = 0) -> Sequence[Event]:
        """What the service saw after that `seq`, in exam time."""
        return self.application.observations(exam, since)

    def recordings(self, exam: str, ticket: str) -> Sequence[HeldSegment]:
        """The recordings of one candidate, each in a file."""
        return self.application.recordings(exam, ticket)

    def stills(self, exam: str, ticket: str) -> Sequence[HeldStill]:
        """The face pictures that one candidate's logins brought, in order."""
        return self.application.stills(exam, ticket)

    def _started(self) -> Application:
        return Application(self._store, matcher=self._matcher, mint=self._mint)

    def _next_text(self) -> str:
        self._minted += 1
        return f"viva-{self._minted}"


__all__ = ["OBSERVES", "BundledPlatform", "DirectPlatform"]
