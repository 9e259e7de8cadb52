"""The search: interviews drawn by hypothesis in chunks, each with a seed of its own, and the first that differs shrunk to the smallest.

Laws: a chunk is a function of the seed and its number, so that a search finds the same whatever the number of cores; of several chunks that
differ the first counts; shrinking holds on to the finding that was made (its `key`), so that it can't slip to another; what it tries costs no
runs. Hypothesis keeps no database here. Called by the command and the tests.
"""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import Final

import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis.errors import NoSuchExample
from msgspec.structs import replace

from harness.core.script import Script
from harness.drivers.manifest import Subject
from harness.fuzz.interviews import scripts
from harness.fuzz.oracles import Finding, examine
from harness.fuzz.ways import WAY

CHUNK: Final = 40  # interviews: some seconds of a core, so that progress shows and a search ends soon after its find
# Hypothesis starts each chunk with its simplest example, and mutates what it found by then.
_SETTINGS: Final = settings(
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,  # else it writes to stdout, which is for data alone
)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest script found that shows one finding, and all that was found on it."""

    script: Script
    findings: tuple[Finding, ...]  # the one that was looked for comes first
    tried: int  # scripts played to shrink it


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one chunk."""

    runs: int
    difference: Difference | None = None


def look(subject: Subject, seed: int, number: int, runs: int) -> Chunk:
    """Plays one chunk of so many interviews."""
    played = tried = 0
    wanted: str | None = None

    def differs(script: Script) -> bool:
        nonlocal played, tried, wanted
        if wanted is None:
            played += 1
        else:
            tried += 1
        findings = examine(script, subject)
        if wanted is None and findings:
            wanted = findings[0].key
        return any(each.key == wanted for each in findings)

    limited = settings(_SETTINGS, max_examples=runs)
    try:
        smallest = find(scripts(), differs, settings=limited, random=random.Random(f"{seed}/{number}"))
    except NoSuchExample:
        return Chunk(runs=played)
    smallest = _bare(smallest, differs)
    findings = sorted(examine(smallest, subject), key=lambda each: each.key != wanted)
    return Chunk(runs=played, difference=Difference(script=smallest, findings=tuple(findings), tried=tried))


def _bare(script: Script, differs: Callable[[Script], bool]) -> Script:
    """The script without whatever can be taken out of it whole: hypothesis leaves a thread where its draws hold another one up."""
    while (smaller := next((each for each in _without_one(script) if differs(each)), None)) is not None:
        script = smaller
    return script


def _without_one(script: Script) -> Iterator[Script]:
    """The script without one thread, without the last or the first step of one, and without one fault of the service."""
    threads, faults = script.threads, script.misbehaviour
    for number, thread in enumerate(threads):
        before, after = threads[:number], threads[number + 1 :]
        yield replace(script, threads=(*before, *after))
        shorter = [thread.steps[:-1]] if thread.name.startswith(WAY) else [thread.steps[:-1], thread.steps[1:]]
        for steps in shorter if len(thread.steps) > 1 else ():
            yield replace(script, threads=(*before, replace(thread, steps=steps), *after))
    for number in range(len(faults)):
        yield replace(script, misbehaviour=(*faults[:number], *faults[number + 1 :]))


Told = Callable[[int], None]  # so many more interviews were played


def search(subject: Subject, *, seed: int, runs: int, told: Told, jobs: int | None = None) -> Chunk:
    """Plays so many interviews, or up to the first that differs: which that is depends on the seed alone, not on `jobs`.

    `jobs`: so many processes; None: one a core.
    """
    jobs = jobs or os.cpu_count() or 1
    sizes = [min(CHUNK, runs - start) for start in range(0, runs, CHUNK)]
    played = 0
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("forkserver"), initializer=spare) as pool:
        ahead = 2 * jobs  # no process waits for its next chunk
        for chunk in _in_order(pool, subject, seed, sizes, told=told, ahead=ahead):
            played += chunk.runs
            if chunk.difference is not None:
                return Chunk(runs=played, difference=chunk.difference)
    return Chunk(runs=played)


def spare() -> None:
    """Spares the collector what is loaded by now: none of it is garbage, and to look for some in it costs a tenth of every interview."""
    gc.collect()
    gc.freeze()


def _in_order(
    pool: ProcessPoolExecutor, subject: Subject, seed: int, sizes: list[int], *, told: Told, ahead: int
) -> Iterator[Chunk]:
    """The chunks in the order of their numbers; after the first that differs no more are begun."""
    waiting: dict[Future[Chunk], int] = {}
    done: dict[int, Chunk] = {}
    begun = given = 0
    stop = len(sizes)
    while given < stop:
        while begun < stop and len(waiting) < ahead:
            waiting[pool.submit(look, subject, seed, begun, sizes[begun])] = begun
            begun += 1
        finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in finished:
            number, chunk = waiting.pop(future), future.result()
            done[number] = chunk
            told(chunk.runs)
            if chunk.difference is not None:
                stop = min(stop, number + 1)
                for other, place in list(waiting.items()):
                    if place >= stop and other.cancel():
                        del waiting[other]
        while given in done:
            yield done.pop(given)
            given += 1
