"""A page's own monotonic clock → the harness's: pure, from what was told and asked.

A probe asks the page for its time between two readings of ours, and bounds the offset from both sides; everything that the page tells by
itself bounds it from above, since nothing is heard before it happened. Both clocks count the same seconds on the same machine, so the
bounds only ever tighten. Called by the web driver, one instance a document.
"""

from __future__ import annotations

import math


class PageClock:
    """The offset: ours minus the page's, ms, somewhere within [`low`, `high`]."""

    def __init__(self) -> None:
        self.low = -math.inf
        self.high = math.inf

    def probed(self, before: float, page: float, after: float) -> None:
        """The page said `page` at some time of ours within [`before`, `after`]."""
        low, high = max(self.low, before - page), min(self.high, after - page)
        # Contradicting bounds: one of the clocks was set or stood still. What is newest counts.
        self.low, self.high = (low, high) if low <= high else (before - page, after - page)

    def heard(self, page: float, received: float) -> None:
        """What happened at `page` was heard of at `received`."""
        self.high = max(min(self.high, received - page), self.low)

    @property
    def error_ms(self) -> float:
        """How far `at` may be off, ms; infinite before the first probe."""
        return (self.high - self.low) / 2

    def at(self, page: float, received: float) -> int:
        """When that was by our clock, ms; `received`, the latest that it can have been, where nothing was probed yet."""
        if math.isinf(self.error_ms):
            return math.floor(received)
        return math.floor(min(received, page + (self.low + self.high) / 2))
