"""Many scripts in real time: one event loop, one service, and as many interviews at once as the free cores carry, wave after wave.

Laws: nobody waits for another interview but at the end of a wave, and what one leaves behind never reaches the next; a fault of the harness
is its own run's error alone. Called by `worlds`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import multiprocessing
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
import psutil
from playwright.async_api import Playwright, async_playwright

from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.drivers.manifest import Subject
from harness.service.platform import BundledPlatform
from harness.session.folders import folders
from harness.session.machines import Machines, RingMachines
from harness.session.real import Hold, RealWorld
from harness.session.recordings import clips
from harness.session.suite import Finished, Played
from harness.session.web import WebMachines
from harness.session.web_faults import PAGES
from harness.session.web_files import FileMachines, remark
from harness.wallclock import WallClock
from virtual_devices.encoded import Broadcast
from virtual_devices.schedule import PumpThread

# Two free cores carried fourteen headless interviews at once with the loop never more than 0.1 s late.
SCENARIOS_PER_CORE: Final = 7
# Each has two browsers that encode video.
BROWSERS_PER_CORE: Final = 1
LOOK_S: Final = 0.5  # how long it is looked what others leave of the cores
# The candidate's computer is never set as the service is: whoever takes its date for the service's is off by so much.
AHEAD_S: Final = 97
STAGGER_S: Final = 0.15  # between starts, so that not every candidate presses in the same instant


class Onlooker(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to see of browsers: the display to watch on, what is waited for before a script's are closed, a folder for films."""

    hold: Mapping[str, Hold] = MappingProxyType({})  # by the script's digest
    watched_on: Mapping[str, str] | None = None  # the variables of that display
    films: Path | None = None


NOBODY: Final = Onlooker()


async def play_in_waves(
    scripts: Sequence[Script], subject: Subject, attempt: int, *, at_once: int, finished: Finished, onlooker: Onlooker
) -> list[Played]:
    """Plays each script once; `finished` is called as each is through. `at_once`: 0: as many as the cores carry."""
    played: list[Played] = []

    async def play(place: int, world: RealWorld) -> None:
        await asyncio.sleep(place * STAGGER_S)
        played.append(await _through(world, attempt))
        finished(played[-1])

    async with _venue(subject, onlooker) as venue:
        await asyncio.to_thread(clips)  # synthesised once, before anybody waits for them
        # The longest first, so that a wave has scripts of about one length: nobody waits for a long one with the cores idle.
        longest_first = sorted(scripts, key=lambda script: script.begins - script.ends)
        worlds = [venue.world(number, script) for number, script in enumerate(longest_first)]
        while worlds:
            size = at_once or await asyncio.to_thread(_carried, venue.per_core)
            # Waves of one size, rather than full ones and a rest.
            size = math.ceil(len(worlds) / math.ceil(len(worlds) / size))
            wave, worlds = worlds[:size], worlds[size:]
            await _wave(wave, play)
    return played


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


async def _through(world: RealWorld, attempt: int) -> Played:
    clock = WallClock()
    began = clock.now()
    try:
        timeline, error = await world.play(), ""
    except Exception as fault:  # any fault of ours is this run's error, and the others go on
        timeline, error = Timeline(()), f"{type(fault).__name__}: {fault}"
    took = clock.now() - began
    return Played.of(
        world.script, attempt, timeline, took_ms=took, lateness_ms=world.lateness_ms, error=error, album=world.album
    )


def _carried(per_core: int) -> int:
    """How many scenarios at once the cores carry that nobody else keeps busy just now; half of the cores are ours in any case.

    Our own inspectors give way to everything, and don't count.
    """
    times = psutil.cpu_times_percent(interval=LOOK_S)
    cores = os.cpu_count() or 1
    free = max((times.idle + times.nice) / 100 * cores, cores / 2)
    return max(1, round(free * per_core))


# -- what all interviews of a run share --------------------------------------------------------------------------------


class _Venue(msgspec.Struct, frozen=True, kw_only=True):
    """The service, what paces and encodes, who inspects recordings, and for a web client what starts browsers."""

    subject: Subject
    onlooker: Onlooker
    folder: Path
    rings: Path  # a folder in memory
    clock: WallClock
    stack: contextlib.AsyncExitStack
    platform: BundledPlatform
    pump: PumpThread
    broadcast: Broadcast
    inspectors: ProcessPoolExecutor
    playwright: Playwright | None

    @property
    def per_core(self) -> int:
        """How many interviews a free core carries."""
        return SCENARIOS_PER_CORE if self.playwright is None else BROWSERS_PER_CORE

    def world(self, number: int, script: Script) -> RealWorld:
        """The script's own world."""
        return RealWorld(
            script,
            self._machines(number, script),
            self._platform(number, script),
            self.inspectors,
            session=1 + number % 255,
            folder=self.folder / f"{number:03d}",
            hold=self.onlooker.hold.get(script.digest()),
        )

    def _machines(self, number: int, script: Script) -> Machines:
        if self.playwright is None:
            return RingMachines(self.subject, self.clock, self.pump, self.broadcast, self.rings / f"{number:03d}")
        kind = FileMachines if remark(self.subject) else WebMachines
        return kind(
            script,
            self.subject,
            clock=self.clock,
            playwright=self.playwright,
            folder=self.folder / f"m{number:03d}",
            watched_on=self.onlooker.watched_on,
            films=self.onlooker.films,
        )

    def _platform(self, number: int, script: Script) -> BundledPlatform:
        """The one that all share, but for a script that kills it."""
        if not script.restarts_service:
            return self.platform
        return self.stack.enter_context(_service(self.folder / f"service-{number:03d}", self.subject))


@contextlib.asynccontextmanager
async def _venue(subject: Subject, onlooker: Onlooker) -> AsyncIterator[_Venue]:
    clock = WallClock()

    def now_ms() -> float:
        return clock.now_us() / 1_000

    async with contextlib.AsyncExitStack() as stack:
        folder, rings = stack.enter_context(folders())
        platform = stack.enter_context(_service(folder / "service", subject))
        pump = stack.enter_context(PumpThread(now_ms))
        broadcast = stack.enter_context(Broadcast(now_ms))
        context = multiprocessing.get_context("forkserver")
        inspectors = stack.enter_context(
            ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=os.nice, initargs=(5,))
        )
        web = subject.laptop.driver == "web"
        playwright = await stack.enter_async_context(async_playwright()) if web else None
        yield _Venue(
            subject=subject,
            onlooker=onlooker,
            folder=folder,
            rings=rings,
            clock=clock,
            stack=stack,
            platform=platform,
            pump=pump,
            broadcast=broadcast,
            inspectors=inspectors,
            playwright=playwright,
        )


def _service(folder: Path, subject: Subject) -> BundledPlatform:
    """It serves the pages of a web client as well."""
    pages = (subject.pages or PAGES) if subject.laptop.driver == "web" else None
    return BundledPlatform(
        folder, matcher="harness.session.matching:AnyMarkedFace", pages=pages, overlay=subject.overlay, ahead_s=AHEAD_S
    )
