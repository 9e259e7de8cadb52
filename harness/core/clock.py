"""The clock as a capability: whoever needs the time is given one of these. The only real one is `harness.wallclock`."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Milliseconds that never run backwards, from an origin of the clock's own."""

    def now(self) -> int:
        """The present, ms."""
        ...


class ManualClock:
    """A clock that stands still until it is set: for tests and virtual time."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now = now_ms

    def now(self) -> int:
        """The present, ms."""
        return self._now

    def advance_to(self, now_ms: int) -> None:
        """Moves on; a step back is a fault of the caller."""
        if now_ms < self._now:
            raise ValueError(f"a clock never runs backwards: {now_ms} is before {self._now}")
        self._now = now_ms
