"""Many scripts at once, in the world that the speed of a run asks for.

Virtual: one process a core, each with its own SimPy. Real: one event loop, one service, as many scenarios at once as the free cores
carry. A fault of the harness is the run's error, never a verdict and never another scenario's.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import multiprocessing
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import psutil
from playwright.async_api import async_playwright

from harness.core.plan import VIRTUAL_TIME, Speed
from harness.core.record import Album, Run
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.drivers.manifest import Subject
from harness.rules.rule import Need
from harness.service.platform import BundledPlatform
from harness.session import virtual
from harness.session.folders import folders
from harness.session.machines import Machines, RingMachines
from harness.session.real import Hold, RealWorld
from harness.session.recordings import FootageStore, clips
from harness.session.suite import Played
from harness.session.web import WebMachines
from harness.session.web_faults import PAGES
from harness.session.web_files import UNSEEN, FileMachines, remark
from harness.wallclock import WallClock
from virtual_devices.encoded import Broadcast
from virtual_devices.schedule import PumpThread

Finished = Callable[[Played], None]

# Two free cores carried fourteen headless interviews at once with the loop never more than 0.1 s late.
SCENARIOS_PER_CORE: Final = 7
# Each has two browsers that encode video.
BROWSERS_PER_CORE: Final = 1
LOOK_S: Final = 0.5  # how long it is looked what others leave of the cores
# The candidate's computer is never set as the service is: whoever takes its date for the service's is off by so much.
AHEAD_S: Final = 97
STAGGER_S: Final = 0.15  # between starts, so that not every candidate presses in the same instant


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
    hold: Mapping[str, Hold] = MappingProxyType({}),
    blank: Collection[str] = (),
    footage: Path | None = None,
    watched_on: Mapping[str, str] | None = None,
    films: Path | None = None,
) -> list[Played]:
    """Plays each script once; `finished` is called as each is through.

    `blank`: digests of the scripts whose recordings nobody will look at; in virtual time their sources are blank. `footage`: a folder in which
    runs in virtual time keep what recordings show, for each other. `watched_on`: the variables of the display on which a person watches;
    `hold`: what is waited for before the clients of a script are closed, by its digest; `films`: a folder for
    films of browsers.
    """
    cores = os.cpu_count() or 1
    if speed in VIRTUAL_TIME:
        return _play_virtual(_jobs(scripts, blank, footage), subject, attempt, parallel or cores, finished)
    return asyncio.run(
        _play_real(
            scripts,
            subject,
            attempt,
            at_once=parallel,
            finished=finished,
            hold=hold,
            watched_on=watched_on,
            films=films,
        )
    )


def _played(
    script: Script,
    attempt: int,
    timeline: Timeline,
    *,
    lateness_ms: int,
    took_ms: int,
    blank: bool = False,
    error: str = "",
    album: Album = Album(),  # noqa: B008 - frozen, and empty
) -> Played:
    digest = script.digest()
    run = Run(
        digest=digest,
        attempt=attempt,
        track=script.track,
        timeline=f"timelines/{digest}-{attempt}.jsonl",
        began_ms=script.begins,
        ended_ms=max((event.end_ms for event in timeline), default=script.begins),
        length=script.plan.length,
        lateness_ms=lateness_ms,
        took_ms=took_ms,
        blank=blank,
        error=error,
        album=f"albums/{digest}-{attempt}.json" if album.strips or album.shots else "",
    )
    return Played(run=run, timeline=timeline, album=album)


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
    return _played(job.script, attempt, timeline, lateness_ms=0, took_ms=took, blank=job.blank, error=error)


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


async def _play_real(
    scripts: Sequence[Script],
    subject: Subject,
    attempt: int,
    *,
    at_once: int,
    finished: Finished,
    hold: Mapping[str, Hold],
    watched_on: Mapping[str, str] | None,
    films: Path | None,
) -> list[Played]:
    clock = WallClock()
    played: list[Played] = []
    async with contextlib.AsyncExitStack() as stack:
        folder, shared = stack.enter_context(folders())
        platform = stack.enter_context(_service(folder / "service", subject))
        pump = stack.enter_context(PumpThread(lambda: clock.now_us() / 1_000))
        broadcast = stack.enter_context(Broadcast(lambda: clock.now_us() / 1_000))
        context = multiprocessing.get_context("forkserver")
        inspectors = stack.enter_context(
            ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=os.nice, initargs=(5,))
        )

        browsers = await stack.enter_async_context(async_playwright()) if subject.laptop.driver == "web" else None

        kind = FileMachines if remark(subject) else WebMachines

        def machines(number: int, script: Script) -> Machines:
            if browsers is not None:
                own = folder / f"m{number:03d}"
                return kind(
                    script, subject, clock=clock, playwright=browsers, folder=own, watched_on=watched_on, films=films
                )
            return RingMachines(subject, clock, pump, broadcast, shared / f"{number:03d}")

        def service_of(number: int, script: Script) -> BundledPlatform:
            """The one that all share, but for a script that kills it."""
            if not script.restarts_service:
                return platform
            return stack.enter_context(_service(folder / f"service-{number:03d}", subject))

        def world(number: int, script: Script) -> RealWorld:
            return RealWorld(
                script,
                machines(number, script),
                service_of(number, script),
                inspectors,
                session=1 + number % 255,
                folder=folder / f"{number:03d}",
                hold=hold.get(script.digest()),
            )

        async def play(place: int, world: RealWorld) -> None:
            await asyncio.sleep(place * STAGGER_S)
            began = clock.now()
            try:
                timeline, error = await world.play(), ""
            except Exception as fault:  # any fault of ours is this run's error, and the others go on
                timeline, error = Timeline(()), f"{type(fault).__name__}: {fault}"
            took = clock.now() - began
            played.append(
                _played(
                    world.script,
                    attempt,
                    timeline,
                    lateness_ms=world.lateness_ms,
                    took_ms=took,
                    error=error,
                    album=world.album,
                )
            )
            finished(played[-1])

        await asyncio.to_thread(clips)  # synthesised once, before anybody waits for them
        # The longest first, so that a wave has scripts of about one length: nobody waits for a long one with the cores idle.
        longest_first = sorted(scripts, key=lambda script: script.begins - script.ends)
        worlds = [world(number, script) for number, script in enumerate(longest_first)]
        while worlds:
            size = at_once or await asyncio.to_thread(
                _carried, SCENARIOS_PER_CORE if browsers is None else BROWSERS_PER_CORE
            )
            # Waves of one size, rather than full ones and a rest.
            size = math.ceil(len(worlds) / math.ceil(len(worlds) / size))
            wave, worlds = worlds[:size], worlds[size:]
            await _wave(wave, play)
    return played


def _carried(per_core: int) -> int:
    """How many scenarios at once the cores carry that nobody else keeps busy just now; half of the cores are ours in any case.

    Our own inspectors give way to everything, and don't count.
    """
    times = psutil.cpu_times_percent(interval=LOOK_S)
    cores = os.cpu_count() or 1
    free = max((times.idle + times.nice) / 100 * cores, cores / 2)
    return max(1, round(free * per_core))


def _service(folder: Path, subject: Subject) -> BundledPlatform:
    """It serves the pages of a web client as well."""
    pages = (subject.pages or PAGES) if subject.laptop.driver == "web" else None
    return BundledPlatform(
        folder, matcher="harness.session.matching:AnyMarkedFace", pages=pages, overlay=subject.overlay, ahead_s=AHEAD_S
    )


async def _wave(worlds: Sequence[RealWorld], play: Callable[[int, RealWorld], Awaitable[None]]) -> None:
    """Launches all clients, as many at once as there are cores, and only then begins to play: starting interpreters takes all cores."""
    launching = asyncio.Semaphore(os.cpu_count() or 1)

    async def launch(world: RealWorld) -> None:
        async with launching:
            await world.launch()

    try:
        await asyncio.gather(*(launch(world) for world in worlds))
        await asyncio.gather(*(play(place, world) for place, world in enumerate(worlds)))
    finally:
        await asyncio.gather(*(world.end() for world in worlds))
