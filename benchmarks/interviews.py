"""How many whole interviews a second virtual time plays without media, each judged by every rule: `python -m benchmarks.interviews`.

One interview is what a search for differences needs: the model's expected timeline, the reference client against the exam service over blank
sources, and every rule on what was observed. The peer, in turns with it, is an empty SimPy run of as many events. The candidates press at
different moments, so that no two interviews of a run are the same. Processor time on one core, medians; then the clock on the wall on all.
"""

from __future__ import annotations

import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import msgspec

from benchmarks.model import empty, hurried, timed
from harness.core.plan import Length
from harness.core.script import Script
from harness.fuzz.search import spare
from harness.rules.catalogue import RULES
from harness.session.exams import load_exam
from harness.session.interview import careful
from harness.session.subjects import load_subject
from harness.session.virtual import VirtualWorld
from harness.simulation.model import expected

RUNS: Final = 7
INTERVIEWS: Final[dict[Length, int]] = {"scaled": 40, "full": 2}
SUBJECT: Final = load_subject("clients/headless")


def main() -> None:
    cores = os.cpu_count() or 1
    spare()
    for length, count in INTERVIEWS.items():
        scripts = _scripts(length, count)
        events = interview(scripts[0])
        ours, peer = [], []
        for _ in range(RUNS):
            ours.append(timed(interview, scripts) / count)
            peer.append(timed(empty, [events] * count) / count)
        a, b = statistics.median(ours), statistics.median(peer)
        print(
            f"{length:7} {1 / a:6.1f} interviews/s ({1 / max(ours):.1f}–{1 / min(ours):.1f}), {a * 1e3:.1f} ms of processor time each; "
            f"an empty SimPy run of {events} events: {1 / b:.0f}/s; ratio {a / b:.0f}"
        )
        print(f"{length:7} {_on_all(cores, length):6.1f} interviews/s on {cores} cores")


def interview(script: Script) -> int:
    """Foretold, played and judged; returns how many events SimPy scheduled."""
    expected(script, slices=False)
    world = VirtualWorld(script, SUBJECT, session=1, blank=True)
    timeline = world.play()
    for rule in RULES:
        rule.judge(timeline, script)
    return next(world.env._eid)


def _scripts(length: Length, count: int) -> list[Script]:
    """The same person each time: a face is drawn once, as pictures are no part of what is timed."""
    script = careful(load_exam("heshan-2022").at(length)).script()
    return [msgspec.structs.replace(hurried(script, number), candidate_seed=1) for number in range(count)]


def _on_all(cores: int, length: Length) -> float:
    """Interviews a second of so many processes, the median of `RUNS` runs after one that warms them."""
    with ProcessPoolExecutor(cores, initializer=spare) as pool:
        rates = []
        for _ in range(RUNS + 1):
            began = time.perf_counter()
            played = sum(pool.map(_share, [length] * cores))
            rates.append(played / (time.perf_counter() - began))
    return statistics.median(rates[1:])


def _share(length: Length) -> int:
    scripts = _scripts(length, INTERVIEWS[length])
    for script in scripts:
        interview(script)
    return len(scripts)


if __name__ == "__main__":
    main()
