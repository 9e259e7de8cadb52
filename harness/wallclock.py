"""The real clock: the one module of the harness that reads the time."""

from __future__ import annotations

import datetime as dt
import time


class WallClock:
    """Monotonic milliseconds of this machine; every process of it sees the same (CLOCK_MONOTONIC)."""

    def now(self) -> int:
        """The present, ms."""
        return time.monotonic_ns() // 1_000_000

    def now_us(self) -> int:
        """The present in µs, where lateness is measured."""
        return time.monotonic_ns() // 1_000

    def unix_ms(self) -> int:
        """Civil time, for dates that HTTP states and for finding an exam's time again after the machine was restarted."""
        return time.time_ns() // 1_000_000


def stamp() -> str:
    """The local date and time as names of folders carry it: `20220820-090000`."""
    return dt.datetime.now().strftime("%Y%m%d-%H%M%S")
