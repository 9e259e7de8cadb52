"""A shared uplink as a fluid: what candidates record flows into the service's ingress, divided fairly, on a coarse grid of time.

Laws: max-min fairness (each candidate gets what it can use, up to one common level; its own link caps it); bytes are conserved: recorded =
arrived + waiting, to rounding; what is recorded in one step of the grid is sent from the next on, as a client does that sends slices of one
step. Times inside a step are exact for what is recorded, and good to one step for what is sent. Arrays hold all candidates, so that a step
costs microseconds for each thousand of them. Only the forecast's processes call it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import numpy as np
import simpy
from numpy.typing import NDArray

Bytes = NDArray[np.float64]

# A remainder below this is rounding, not data: a millionth of a byte a step over a day stays under it.
CRUMB: Final = 1e-3


class Uplink:
    """The ingress and everybody's own link. Rates in bytes a ms, times in ms."""

    def __init__(self, environment: simpy.Environment, capacity: float, caps: Bytes, step_ms: int) -> None:
        candidates = len(caps)
        self.environment = environment
        self._capacity = capacity * step_ms
        self._caps = caps * step_ms
        self.step_ms = step_ms
        self._ticked: float = environment.now
        self.rate = np.zeros(candidates)  # what each records live
        self._fresh = np.zeros(
            candidates
        )  # recorded in this step at another rate than now, against it; and whole files
        self.waiting = np.zeros(candidates)
        self.arrived = np.zeros(candidates)
        self._cuts = np.zeros(candidates, dtype=np.int64)
        self.recorded = 0.0
        self.peak = 0.0  # bytes in the fullest step
        self.worst_lag = np.zeros(candidates)
        self._recovering = np.zeros(candidates, dtype=np.bool_)
        self._back_at = np.zeros(candidates)
        self.catch_up: list[float] = []
        self.outlasted = 0  # outages whose backlog was still there when the interview ended
        self._awaited = np.zeros(candidates, dtype=np.bool_)
        self._emptied: dict[int, simpy.Event] = {}

    # -- what candidates do ------------------------------------------------------------------------------------------

    def record(self, candidate: int, rate: float) -> None:
        """From now on this candidate records live at that rate; 0: no more."""
        self._fresh[candidate] += (self.rate[candidate] - rate) * (self.environment.now - self._ticked)
        self.rate[candidate] = rate

    def offer(self, candidate: int, size: float) -> None:
        """A whole file waits to be sent."""
        self._fresh[candidate] += size

    def cut(self, candidate: int) -> None:
        """The candidate loses the network."""
        self._cuts[candidate] += 1
        self._recovering[candidate] = True

    def mend(self, candidate: int) -> None:
        """... and has it back."""
        self._cuts[candidate] -= 1
        self._back_at[candidate] = self.environment.now

    def emptied(self, candidate: int) -> simpy.Event:
        """Succeeds, with the time, when the service holds everything of this candidate."""
        self._awaited[candidate] = True
        event = self._emptied[candidate] = self.environment.event()
        return event

    # -- the process ---------------------------------------------------------------------------------------------------

    def run(self) -> Generator[simpy.Event, object, None]:
        """Steps along the grid for as long as the simulation runs."""
        while True:
            yield self.environment.timeout(self.step_ms)
            self._tick()

    def _tick(self) -> None:
        """One step: what waited at its beginning is sent, what was recorded during it waits for the next."""
        able = np.minimum(self.waiting, np.where(self._cuts > 0, 0.0, self._caps))
        level = fair_level(able, self._capacity)
        sent = np.minimum(able, level)
        self.arrived += sent
        self._complete(level)
        self.waiting -= sent
        produced = self.rate * self.step_ms + self._fresh
        self._fresh[:] = 0.0
        self.waiting += produced
        self.recorded += float(produced.sum())
        self.peak = max(self.peak, float(sent.sum()))
        self._ticked = self.environment.now
        self._watch_lag()

    def _complete(self, level: float) -> None:
        """Tells who is waited for and has nothing left to send, with the time inside this step."""
        if not self._emptied:
            return
        allowed = np.minimum(self._caps, level)
        through = self._awaited & (self._cuts == 0) & (self.rate == 0) & (self.waiting <= allowed + CRUMB)
        began = self.environment.now - self.step_ms
        for each in np.flatnonzero(through & (self._fresh <= CRUMB)):
            self._awaited[each] = False
            took = self.step_ms * min(1.0, float(self.waiting[each] / allowed[each]))
            self._emptied.pop(int(each)).succeed(began + took)

    def _watch_lag(self) -> None:
        """The age of the oldest live byte that has not arrived: it was recorded at a constant rate."""
        live = (self.rate > 0) & (self._cuts == 0)
        lag = np.divide(self.waiting, self.rate, out=np.zeros_like(self.waiting), where=live)
        if self._recovering.any():
            through = np.flatnonzero(
                self._recovering & (self._cuts == 0) & ((lag <= 2 * self.step_ms) | (self.rate == 0))
            )
            self.catch_up += [float(self.environment.now - self._back_at[each]) for each in through if self.rate[each]]
            self.outlasted += int((self.rate[through] == 0).sum())
            self._recovering[through] = False
            live &= ~self._recovering
        np.maximum(self.worst_lag, lag, out=self.worst_lag, where=live)


def fair_level(able: Bytes, capacity: float) -> float:
    """The level at which max-min fairness caps everyone, so that all together fill `capacity`; infinite where it isn't needed.

    Water filling: who can use less than the level gets it all, and the rest of the capacity is shared by the others. The level only rises from
    one round to the next, and is final when nobody drops below it any more.
    """
    if float(able.sum()) <= capacity:
        return float("inf")
    left, rest = capacity, able[able > 0]
    while True:
        level = left / len(rest)
        below = rest <= level
        if not below.any() or below.all():  # all: rounding, since together they want more than there is
            return level
        left -= float(rest[below].sum())
        rest = rest[~below]
