"""Many scripts at once, in the world that the speed of a run asks for.

Virtual: one process a core, each with its own SimPy; real: see `waves`. A fault of the harness is the run's error, never a verdict and never
another scenario's.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from harness.core.plan import VIRTUAL_TIME, Speed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.drivers.manifest import Subject
from harness.rules.rule import Need
from harness.session import virtual
from harness.session.recordings import FootageStore
from harness.session.suite import Finished, Played
from harness.session.waves import NOBODY, Onlooker, play_in_waves
from harness.session.web_files import UNSEEN, remark
from harness.wallclock import WallClock


def lacks(speed: Speed, subject: Subject) -> dict[Need, str]:
    """What the world of that speed, with a client driven that way, does not observe, and why."""
    found: dict[Need, str] = {}
    if speed in VIRTUAL_TIME:
        found[Need.TLS] = "requests go over no TLS in virtual time; it is judged over HTTP"
    if subject.laptop.driver != "web":
        found[Need.WINDOW] = "no window is seen of a client that is not driven in a browser"
        found[Need.POWER] = "the machine's power is the harness's to set under a browser alone"
    elif poor := remark(subject):
        found |= dict.fromkeys(UNSEEN, poor)
    return found


def play_all(
    scripts: Sequence[Script],
    subject: Subject,
    *,
    attempt: int,
    speed: Speed,
    parallel: int,
    finished: Finished,
    blank: Collection[str] = (),
    footage: Path | None = None,
    onlooker: Onlooker = NOBODY,
) -> list[Played]:
    """Plays each script once; `finished` is called as each is through.

    `blank`: digests of the scripts whose recordings nobody will look at; in virtual time their sources are blank. `footage`: a folder in which
    runs in virtual time keep what recordings show, for each other. `onlooker`: in real time, what a person wants to see of browsers.
    """
    cores = os.cpu_count() or 1
    if speed in VIRTUAL_TIME:
        return _play_virtual(_jobs(scripts, blank, footage), subject, attempt, parallel or cores, finished)
    return asyncio.run(play_in_waves(scripts, subject, attempt, at_once=parallel, finished=finished, onlooker=onlooker))


class _Job(NamedTuple):
    """One script for the pool."""

    script: Script
    session: int
    blank: bool
    footage: Path | None


def _jobs(scripts: Sequence[Script], blank: Collection[str], footage: Path | None) -> list[_Job]:
    """The longest first, so that no process has one left when the others are through: what is encoded takes longest."""
    jobs = [_Job(script, 1 + number % 255, script.digest() in blank, footage) for number, script in enumerate(scripts)]
    return sorted(jobs, key=lambda job: (job.blank, job.script.begins - job.script.ends))


def _one_virtual(job: _Job, subject: Subject, attempt: int) -> Played:
    """In a process of the pool."""
    clock = WallClock()
    began = clock.now()
    try:
        world = virtual.VirtualWorld(
            job.script, subject, session=job.session, blank=job.blank, footage=FootageStore(job.footage)
        )
        timeline, error = world.play(), ""
    except Exception as fault:  # any fault of ours is this run's error, and the others go on
        timeline, error = Timeline(()), f"{type(fault).__name__}: {fault}"
    took = clock.now() - began
    return Played.of(job.script, attempt, timeline, took_ms=took, blank=job.blank, error=error)


def _play_virtual(
    jobs: Sequence[_Job], subject: Subject, attempt: int, processes: int, finished: Finished
) -> list[Played]:
    """In this process where one is enough: another would load everything once more."""
    played = []
    if min(processes, len(jobs)) <= 1:
        for job in jobs:
            played.append(_one_virtual(job, subject, attempt))
            finished(played[-1])
        return played
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(max_workers=min(processes, len(jobs)), mp_context=context) as pool:
        running = [pool.submit(_one_virtual, job, subject, attempt) for job in jobs]
        for done in as_completed(running):
            played.append(done.result())
            finished(played[-1])
    return played
