"""One pump for all cameras and microphones of a process: delivers what is due, on an absolute schedule.

A source says when its next delivery is due; the pump never adds an interval to the present, so being late once makes nothing after it late,
and ten minutes or ninety end where they should. The clock is passed in: `Pump.step` runs in virtual time without a thread, `PumpThread`
turns it by a real one. Virtual time needs neither where a reader asks the devices themselves (`frame_at`, `samples_at`).
"""

from __future__ import annotations

import heapq
import itertools
import threading
from array import array
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

import numpy as np

from harness.core.errors import HarnessError

Now = Callable[[], float]  # ms of any origin; `Clock.now` serves, a finer clock paces finer


class Lateness:
    """How late deliveries were, ms: every one of them, 8 bytes each."""

    def __init__(self) -> None:
        self._values = array("d")

    def record(self, late_ms: float) -> None:
        """One delivery was that late."""
        self._values.append(late_ms)

    def __len__(self) -> int:
        return len(self._values)

    def percentile(self, share: float) -> float:
        """The lateness that `share` (0…100) of the deliveries did not exceed; 0 before the first."""
        values = np.frombuffer(
            self._values.tobytes()
        )  # a copy in one go: an array that numpy looks at can't grow meanwhile
        return float(np.percentile(values, share)) if len(values) else 0.0

    @property
    def p50(self) -> float:
        """The median, ms."""
        return self.percentile(50)

    @property
    def p99(self) -> float:
        """The 99th percentile, ms."""
        return self.percentile(99)

    @property
    def worst(self) -> float:
        """The largest, ms."""
        return max(self._values, default=0.0)


class Source(Protocol):
    """Something that delivers on a schedule of its own."""

    @property
    def next_due_ms(self) -> float:
        """When the next delivery is due, by the pump's clock; later after every `deliver`."""
        ...

    def deliver(self, now: Now) -> None:
        """Deliver what is due now."""
        ...


class Pump:
    """Sources in order of what is due."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._queue: list[tuple[float, int, Source]] = []
        self._order = itertools.count()

    def add(self, source: Source) -> None:
        """Deliver from `source` from now on."""
        heapq.heappush(self._queue, (source.next_due_ms, next(self._order), source))

    def remove(self, source: Source) -> None:
        """Deliver from `source` no more; one that is not there is no fault."""
        self._queue = [entry for entry in self._queue if entry[2] is not source]
        heapq.heapify(self._queue)

    def step(self) -> float | None:
        """Make the one delivery that is due longest. Returns how many ms to wait for the next, 0 where it is due; None without sources."""
        if not self._queue:
            return None
        due, order, source = self._queue[0]
        if due <= self._now():
            try:
                source.deliver(self._now)
            except BaseException:
                heapq.heappop(self._queue)  # who failed is not asked again
                raise
            heapq.heapreplace(self._queue, (source.next_due_ms, order, source))
        return max(0.0, self._queue[0][0] - self._now())

    def run_due(self) -> float | None:
        """Make all deliveries that are due; returns as `step`."""
        while (wait := self.step()) == 0.0:
            pass
        return wait


class PumpThread:
    """A pump turned by a thread of its own, within a `with`.

    `add` and `remove` may be called from any thread; once `remove` has returned, the source is left alone and may be closed. A source that
    fails is dropped and the others go on; leaving the `with` then raises `HarnessError`.
    """

    def __init__(self, now: Now) -> None:
        self._pump = Pump(now)
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="virtual devices", daemon=True)
        self.failures: list[str] = []

    def add(self, source: Source) -> None:
        """Deliver from `source` from now on."""
        with self._changed:
            self._pump.add(source)
            self._changed.notify()

    def remove(self, source: Source) -> None:
        """Deliver from `source` no more; one that is not there is no fault."""
        with self._changed:
            self._pump.remove(source)

    def __enter__(self) -> PumpThread:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        if self.failures and kind is None:
            raise HarnessError(f"a virtual device failed: {self.failures[0]}")

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                try:
                    wait = self._pump.step()
                except Exception as failure:
                    self.failures.append(f"{type(failure).__name__}: {failure}")
                    continue
                if wait != 0.0:
                    self._changed.wait(None if wait is None else wait / 1_000)
