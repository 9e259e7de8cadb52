"""How long a forecast of 10,000 candidates takes beside an empty SimPy run with the same number of events: `python -m benchmarks.forecast`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Generator

import simpy

from harness.session.exams import load_exam
from load.forecast import Setup, simulate

RUNS = 5
CANDIDATES = 10_000


def main() -> None:
    plan, setup = load_exam("heshan-2022"), Setup(candidates=CANDIDATES)
    events = 0
    ours, empty = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        environment = simulate(plan, setup).uplink.environment
        ours.append(time.perf_counter() - began)
        events = next(environment._eid)  # SimPy numbers every event that it schedules
        began = time.perf_counter()
        _empty(events)
        empty.append(time.perf_counter() - began)
    a, b = statistics.median(ours), statistics.median(empty)
    print(f"forecast of {CANDIDATES} candidates: {a:.2f} s ({min(ours):.2f}–{max(ours):.2f}); {events} events")
    print(f"an empty SimPy run of as many events: {b:.2f} s; ratio {a / b:.2f}")


def _empty(events: int) -> None:
    environment = simpy.Environment()

    def wait() -> Generator[simpy.Event, object, None]:
        for _ in range(4):
            yield environment.timeout(1)

    for _ in range(events // 6):  # a process is two events more: its start and its end
        environment.process(wait())
    environment.run()


if __name__ == "__main__":
    main()
