"""How many whole ordinary interviews the model plays in a second, on one core and on all: `python -m benchmarks.model`.

The peer is an empty SimPy run that schedules as many events. Both are timed by processor time, in turns; the medians are compared. The
candidates press at different moments, so that no two interviews of a run are the same. Without the slices of live uploads, as fuzzing plays it.
A round before the first draws the QR codes and the views that rounds share, and its cost is told apart: a candidate's code costs most of it.
On all cores, a process each plays its share of the same interviews; that one is timed by the clock on the wall.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import msgspec
import simpy

from harness.core.plan import Plan
from harness.core.script import Script, Step, Thread
from harness.simulation.model import expected
from tests.simulation.scripts import HESHAN, SCALED, ordinary

T = TypeVar("T")
RUNS = 9
INTERVIEWS = 200


def main() -> None:
    for name, plan in (("scaled", SCALED), ("full length", HESHAN)):
        scripts = [hurried(ordinary(plan), number) for number in range(INTERVIEWS)]
        events = _scheduled(scripts[0])
        ours, peer = [], []
        first = timed(lambda each: expected(each, slices=False), scripts)
        for _ in range(RUNS):
            ours.append(timed(lambda each: expected(each, slices=False), scripts))
            peer.append(timed(empty, [events] * INTERVIEWS))
        a, b = statistics.median(ours) / INTERVIEWS, statistics.median(peer) / INTERVIEWS
        print(
            f"{name:12} {1 / a:6.0f} interviews/s ({INTERVIEWS / max(ours):.0f}–{INTERVIEWS / min(ours):.0f}), "
            f"{a * 1e3:.2f} ms of processor time each, {first / INTERVIEWS * 1e3:.2f} ms the first time, "
            f"{len(expected(scripts[0], slices=False))} timeline events each; "
            f"an empty SimPy run of {events} events: {1 / b:.0f}/s; ratio {a / b:.1f}"
        )
        cores = os.cpu_count() or 1
        print(f"{name:12} {_on_all(cores, plan):6.0f} interviews/s on {cores} cores")


def _on_all(cores: int, plan: Plan) -> float:
    """Interviews a second of so many processes, the median of `RUNS` runs; each has played all of them before, and is told only to begin."""
    with ProcessPoolExecutor(cores, initializer=_prepare, initargs=(plan,)) as pool:
        rates = []
        for number in range(RUNS + 2):  # the first two warm every process
            began = time.perf_counter()
            played = sum(pool.map(_play, range(cores)))
            if number >= 2:
                rates.append(played / (time.perf_counter() - began))
    return statistics.median(rates)


_share: list[Script] = []  # of a process of the pool


def _prepare(plan: Plan) -> None:
    _share[:] = [hurried(ordinary(plan), number) for number in range(INTERVIEWS)]


def _play(_: int) -> int:
    for script in _share:
        expected(script, slices=False)
    return len(_share)


def hurried(script: Script, number: int) -> Script:
    """The same candidate, who reacts a little sooner or later."""

    def shifted(step: Step) -> Step:
        return msgspec.structs.replace(step, after=step.after + number % 50) if step.when is not None else step

    threads = tuple(Thread(each.name, tuple(shifted(step) for step in each.steps)) for each in script.threads)
    return msgspec.structs.replace(script, threads=threads, candidate_seed=number + 1)


def _scheduled(script: Script) -> int:
    """How many events SimPy schedules in one interview: it numbers each."""
    environment = simpy.Environment(initial_time=script.begins)
    expected(script, environment=environment, slices=False)
    return next(environment._eid)


def empty(events: int) -> None:
    environment = simpy.Environment()

    def wait() -> Generator[simpy.Event, object, None]:
        for _ in range(4):
            yield environment.timeout(1)

    for _ in range(events // 6):  # a process is two events more: its start and its end
        environment.process(wait())
    environment.run()


def timed(run: Callable[[T], object], over: Sequence[T]) -> float:
    began = time.process_time()
    for each in over:
        run(each)
    return time.process_time() - began


if __name__ == "__main__":
    main()
