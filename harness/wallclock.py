"""The real clock: the one module of the harness that reads the time."""

from __future__ import annotations

import time


class WallClock:
    """Monotonic milliseconds of this machine; every process of it sees the same (CLOCK_MONOTONIC)."""

    def now(self) -> int:
        """The present, ms."""
        return time.monotonic_ns() // 1_000_000

    def now_us(self) -> int:
        """The present in µs, where lateness is measured."""
        return time.monotonic_ns() // 1_000
