"""The platform under which a build is certified, as a port: the bundled exam service fills it, another backend can.

What a platform can't observe it does not guess: `observes` says which kinds it has, and the requirements that need others are
`unsupported` there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from harness.core.events import Event
from harness.core.plan import Plan, Track
from harness.core.script import Misbehaviour
from harness.core.view import Stream


class Entrant(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate as the platform knows them. `ticket` is the opaque bearer that the client is opened with."""

    ticket: str
    name: str
    admission_number: str
    id_number: str
    phone: str
    track: Track = "ordinary"


class HeldSegment(msgspec.Struct, frozen=True, kw_only=True):
    """One segment as the service holds it."""

    upload: str
    stream: Stream
    segment: int
    path: str  # of a file with its bytes
    length: int
    declared: int | None
    sha256: str
    declared_sha256: str | None


class HeldStill(msgspec.Struct, frozen=True, kw_only=True):
    """A face picture as it was sent at a login, granted or not. Times are exam ms."""

    received_ms: int
    captured_ms: int  # as the client says
    picture: bytes  # JPEG or PNG


class FaceMatcher(Protocol):
    """Decides whether a still shows the candidate: plugged in by the session, which knows the scene behind each mark."""

    def match(self, still: bytes, entrant: Entrant) -> str | None:
        """None where it matches, otherwise the reason: `mismatch`, `covered`."""
        ...


class Platform(Protocol):
    """Everything the harness asks of an exam platform; one exam is one candidate's in a session, many in a rehearsal."""

    observes: frozenset[str]

    def configure(
        self, plan: Plan, entrants: Sequence[Entrant], *, exam_now: int, misbehaviour: Sequence[Misbehaviour] = ()
    ) -> str:
        """A new exam whose clock stands at `exam_now` ms; returns its id."""
        ...

    def exam_time(self, exam: str) -> tuple[int, int]:
        """The exam's time and the error of asking, ms."""
        ...

    def desk(self, exam: str, action: str, ticket: str, text: str = "") -> None:
        """Technical support acts for a candidate: login, release, answer, publish."""
        ...

    def observations(self, exam: str) -> Sequence[Event]:
        """What the service saw so far, in exam time."""
        ...

    def recordings(self, exam: str, ticket: str) -> Sequence[HeldSegment]:
        """The recordings of one candidate, ordered by stream and segment."""
        ...

    def stills(self, exam: str, ticket: str) -> Sequence[HeldStill]:
        """The face pictures that one candidate's logins brought, in order."""
        ...
