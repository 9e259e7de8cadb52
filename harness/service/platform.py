"""The bundled exam service as a `harness.core.platform.Platform`: in this process for virtual time, or as a child process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from harness.core.events import Event
from harness.core.plan import Plan
from harness.core.platform import Entrant, FaceMatcher, HeldSegment
from harness.core.script import Misbehaviour
from harness.service.application import Application
from harness.service.store import MemoryStore

OBSERVES: Final = frozenset(("served", "reported", "offered", "arrived", "patch-began", "finished", "desk"))


class DirectPlatform:
    """The service inside this process. Its clock is what `advance` was last told; clients talk to `application` directly."""

    observes = OBSERVES

    def __init__(self, *, matcher: FaceMatcher | None = None, mint: Callable[[], str] | None = None) -> None:
        self._store = MemoryStore()
        self._matcher = matcher
        self._minted = 0
        self._mint = mint or self._next_text
        self.now = 0
        self.application = self._started()

    def advance(self, now: int) -> None:
        """Moves the service's clock on, ms, and lets time have its effect."""
        self.now = now
        self.application.tick(now)

    def next_wakeup(self) -> int | None:
        """When `advance` is wanted next, ms of the service's clock."""
        return self.application.next_wakeup()

    def restart(self) -> None:
        """As after kill -9: only what is in the store is known; stretches of bytes on their way are gone."""
        self.application = self._started()

    def configure(
        self, plan: Plan, entrants: Sequence[Entrant], *, exam_now: int, misbehaviour: Sequence[Misbehaviour] = ()
    ) -> str:
        """A new exam whose clock stands at `exam_now` ms; returns its id."""
        return self.application.configure(plan, entrants, exam_now=exam_now, now=self.now, misbehaviour=misbehaviour)

    def exam_time(self, exam: str) -> tuple[int, int]:
        """The exam's time, ms, exactly."""
        return self.now - self.application.origin(exam), 0

    def desk(self, exam: str, action: str, ticket: str, text: str = "") -> None:
        """Technical support acts for a candidate: login, release, answer, publish."""
        self.application.desk(self.now, exam, action, ticket, text)

    def observations(self, exam: str, since: int = 0) -> Sequence[Event]:
        """What the service saw after that `seq`, in exam time."""
        return self.application.observations(exam, since)

    def recordings(self, exam: str, ticket: str) -> Sequence[HeldSegment]:
        """The recordings of one candidate, in files that live until `close`."""
        return self.application.recordings(exam, ticket)

    def close(self) -> None:
        """Deletes the files that `recordings` made."""
        self._store.close()

    def _started(self) -> Application:
        return Application(self._store, matcher=self._matcher, mint=self._mint)

    def _next_text(self) -> str:
        """Deterministic, unlike what a service that faces anybody uses."""
        self._minted += 1
        return f"viva-{self._minted}"
