"""The real world: one script played over HTTP, each client in processes of its own, on the machines of its driver.

The bundled service runs in its own process and is shared by the scenarios of a run; each scenario has its exam, its fault proxies, its
machines, devices and clients. Times are exam ms by the service's clock, read off this machine's monotonic clock once it was asked; the
lateness of the event loop and of the devices is measured and written down.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final

from harness.core.errors import HarnessError, SubjectError, VivaError
from harness.core.events import Disturbed, Introduced, Lateness, ProcessChanged, TlsOutcome, TlsTried
from harness.core.platform import Entrant
from harness.core.record import Album
from harness.core.script import DeskAct, Disturb, Do, Kill, LoseRecording, Plug, RestartService, Say, Script, ShowScene
from harness.core.timeline import Timeline
from harness.core.view import ROLES, Act, Role, View
from harness.drivers.web.window import OfWindow, Seen
from harness.network.proxy import FaultProxy
from harness.network.tls import TlsDoor, server_context
from harness.protocol.client import DoResult
from harness.protocol.control import Devices, Open
from harness.service.platform import BundledPlatform
from harness.session.album import Shots, strips
from harness.session.machines import Machines, Running
from harness.session.observer import UNANSWERED, Observer, enrolled, intent_of, introduced, lost
from harness.session.performer import Cue, Performer, holds
from harness.session.recordings import recorded
from harness.session.rig import Rig
from harness.session.stills import face_pictures
from harness.session.watching import Watch, lateness
from harness.session.window import WindowNotes
from harness.wallclock import WallClock
from virtual_devices.candidates import candidate

# Between the exam's being set up and the clients' being opened: plugging the devices in takes most of it.
HEAD_START_MS: Final = 700
# A view is stamped when its notification is read: a pipe and a turn of the loop after the client showed it.
VIEW_ERROR_MS: Final = 5
SERVICE_STARTS_MS: Final = 700  # from its start until it answers, on two cores that are busy; less on free ones


# (what is judged, where the clients can be looked into)
Hold = Callable[[Timeline, Mapping[Role, str]], Awaitable[None]]


class RealWorld:
    """Plays one script once. `folder` keeps the clients' state; `hold`, if there is one, is waited for once all is judged, before the clients
    are closed.
    """

    def __init__(
        self,
        script: Script,
        machines: Machines,
        platform: BundledPlatform,
        inspectors: Executor,
        *,
        session: int,
        folder: Path,
        hold: Hold | None = None,
    ) -> None:
        self.script = script
        self._hold = hold
        self.machines = machines
        self.platform = platform
        self.inspectors = inspectors
        self.session = session
        self.folder = folder
        person = candidate(script.candidate_seed, art=script.track == "art")
        self.persons = person.personal
        self.entrant = Entrant(
            ticket=uuid.uuid4().hex,
            name=person.name,
            admission_number=person.admission_number,
            id_number=person.id_number,
            phone=person.phone,
            track=script.track,
        )
        self.clock = WallClock()
        self.origin = 0
        self.exam = ""
        self.performer = Performer(script.threads, script.begins)
        self.observer = Observer(self.entrant.admission_number)
        self.views: dict[Role, View | None] = dict.fromkeys(script.roles)
        self.drivers: dict[Role, Running | None] = dict.fromkeys(script.roles)
        self.proxies: dict[Role, FaultProxy] = {}
        self.doors: dict[Role, tuple[str, int]] = {}  # where each client is sent
        self.lateness_ms = 0
        self.opened: set[Role] = set()
        self._watch = Watch(self)
        self._stirred = asyncio.Event()
        self._failure: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._introduced: dict[Role, Introduced] = {}
        self._window: WindowNotes | None = None
        self._shots = Shots()
        self.album = Album()

    @property
    def now(self) -> int:
        """Exam ms; what happens before there is an exam counts as happening when it begins."""
        return self.clock.now() - self.origin if self.exam else self.script.begins

    # -- the run -------------------------------------------------------------------------------------------------

    async def launch(self) -> None:
        """The machines are up and the clients' processes there; that is the heaviest part of a run, and nothing is judged meanwhile."""
        try:
            await self.machines.up()
            for role in self.script.roles:
                await self._launch(role)
        except HarnessError as error:  # this run's, which `play` then raises
            self._failure = error

    async def end(self) -> None:
        """Neither client runs any more, and their machines are down."""
        for role in self.script.roles:
            await self._end(role)
        await self.machines.down()

    async def play(self) -> Timeline:
        """The whole run, recordings inspected. The clients were launched."""
        if self._failure is not None:
            raise self._failure
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.end)
            await asyncio.to_thread(self._set_up_exam)
            for role in self.script.roles:
                proxy = FaultProxy(self.platform.address, exam_now=lambda: self.now, role=role, seed=self.session)
                self.proxies[role] = await stack.enter_async_context(proxy)
                self.doors[role] = await self._door(role, stack)
            rig = await asyncio.to_thread(self._make_rig)
            self._window = WindowNotes(Role.LAPTOP, self.observer, rig, origin=self.origin, now=lambda: self.now)
            fitted = self.machines.fitted(rig)
            await asyncio.to_thread(fitted.__enter__)
            stack.push_async_callback(asyncio.to_thread, fitted.__exit__, None, None, None)
            await self._until(self.script.begins - self.machines.opens_ms)
            watching = [asyncio.create_task(watcher) for watcher in self._watch.watchers()]
            try:
                self.observer.note(self.now, "harness", enrolled(self.entrant))
                for what in ("service", "network", "devices"):
                    self.observer.watch(what, self.now)
                # What comes in the first instant is there before the clients.
                for cue in self.performer.cues(max(self.now, self.script.begins), self.views):
                    await self._act(cue, rig)
                await asyncio.gather(*(self._open(role) for role in ROLES))
                await self._until(self.script.begins)
                await self._perform(rig)
                await self._watch.look_through()
            finally:
                for task in (*watching, *self._tasks):
                    task.cancel()
                await asyncio.gather(*watching, *self._tasks, return_exceptions=True)
            ended = self.now
            if self._hold is not None:  # the clients stay open, and nothing that they do now is judged
                timeline = await self._finish(rig, ended)
                await self._hold(timeline, self.machines.inspected_at)
                return timeline
            for role in self.script.roles:
                await self._end(role)
        return await self._finish(rig, ended)

    @property
    def _epoch(self) -> int:
        """The exam time at which everything is set up and the devices' own time begins."""
        return self.script.begins - self.machines.opens_ms - HEAD_START_MS

    async def _until(self, exam_ms: int) -> None:
        await asyncio.sleep(max(0, exam_ms - self.now) / 1_000)

    async def _door(self, role: Role, stack: contextlib.AsyncExitStack) -> tuple[str, int]:
        """Where that role's client is sent: to its proxy, or to a door before it whose certificate nobody should trust."""
        proxy = self.proxies[role].address
        if not self.script.certificate:
            return proxy
        now = dt.datetime.fromtimestamp(self.clock.unix_ms() // 1_000, dt.UTC)
        context = await asyncio.to_thread(server_context, now)

        def told(outcome: TlsOutcome) -> None:
            self.observer.note(self.now, "network", TlsTried(role=role, outcome=outcome))

        return (await stack.enter_async_context(TlsDoor(proxy, context, told))).address

    def _set_up_exam(self) -> None:
        self.exam = self.platform.configure(
            self.script.plan,
            [self.entrant],
            exam_now=self._epoch,
            misbehaviour=self.script.misbehaviour,
        )
        before = self.clock.now()
        exam_ms, error_ms = self.platform.exam_time(self.exam)
        self.origin = (before + self.clock.now()) // 2 - exam_ms
        self.observer.error_ms = max(error_ms, VIEW_ERROR_MS)

    def _make_rig(self) -> Rig:
        """Drawing the scenes takes long; the loop goes on meanwhile."""
        outlet = self.machines.outlet
        return Rig(self.script, session=self.session, epoch=self._epoch, origin=self.origin, outlet=outlet)

    async def _perform(self, rig: Rig) -> None:
        """The candidate, the desk and the world, as the performer says; over when the script is."""
        quiet_since: int | None = None
        while self.now < self.script.ends:
            self._stirred.clear()
            for cue in self.performer.cues(self.now, self.views):
                self._spawn(self._act(cue, rig))
            if self._failure is not None:
                raise self._failure
            if not (any(map(self._alive, ROLES)) or self.performer.restarts):
                return  # nothing can come any more
            through = self.performer.finished and holds(self.script.until, self.views)
            quiet_since = (self.now if quiet_since is None else quiet_since) if through else None
            if quiet_since is not None and self.now >= quiet_since + self.script.linger_ms:
                return
            times = [self.script.ends, self.performer.next_wakeup(self.now)]
            if quiet_since is not None:
                times.append(quiet_since + self.script.linger_ms)
            wait = min(time for time in times if time is not None) - self.now
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.001, wait / 1_000)):
                    await self._stirred.wait()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        """What goes wrong in the middle of an action is a fault of ours, and ends the run."""
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = self._failure or task.exception()
            self._stirred.set()

    async def _act(self, cue: Cue, rig: Rig) -> None:
        action = cue.action
        match action:
            case Do():
                await self._do(action)
            case Plug():
                await self._plug(action, rig)
            case ShowScene():
                shown_at = self.now
                scene = await asyncio.to_thread(rig.show, action, shown_at)
                until = shown_at + action.for_ms if action.for_ms else None
                self.observer.note(shown_at, "device", scene, until_ms=until)
                for symbol, first, last in await asyncio.to_thread(rig.pan, action, shown_at):
                    self.observer.note(first, "device", symbol, until_ms=last)
            case Say():
                for scene, over in rig.say(action, self.now):
                    self.observer.note(self.now, "device", scene, until_ms=over)
            case Disturb():
                await self._disturb(action)
            case DeskAct():
                with contextlib.suppress(VivaError):  # nothing to do for the desk: the client never asked
                    await asyncio.to_thread(
                        self.platform.desk, self.exam, action.action, self.entrant.ticket, action.text
                    )
            case Kill():
                await self._kill(action)
            case LoseRecording():
                self.observer.note(self.now, "service", lost(action))
                await asyncio.to_thread(self.platform.lose, self.exam, self.entrant.ticket, action.stream)
            case RestartService():
                await self._restart_service(action)
        self.performer.done(cue.thread, self.now)
        self._stirred.set()

    async def _do(self, action: Do) -> None:
        driver = self.drivers[action.role]
        if driver is None or not driver.alive:
            return  # where no client is there is nothing to press
        number = self.observer.note(self.now, "candidate", intent_of(action, UNANSWERED))
        if action.act == Act.SCAN:
            shown = self.views.get(Role.LAPTOP)
            png = shown.binding.qr_png if shown is not None and shown.binding is not None else ""
            await asyncio.to_thread(self.machines.held_up, png)
        try:
            result = await driver.do(action.act, dict(action.args))
        except SubjectError as fault:  # one that ends the client is told by `_fault` as well
            result = DoResult("refused", str(fault))
        self.observer.amend(number, intent_of(action, result))
        self.observer.lasted(number, self.now)

    async def _plug(self, action: Plug, rig: Rig) -> None:
        change = rig.plug(action.device, present=action.present)
        await asyncio.to_thread(self.machines.plug if action.present else self.machines.unplug, action.device)
        self.observer.note(self.now, "device", change)
        for role in self.script.roles:
            driver = self.drivers[role]
            if role.device is not change.role or driver is None or not driver.alive or role not in self.opened:
                continue
            with contextlib.suppress(SubjectError):
                await driver.devices(Devices(devices=self.machines.offered(role)))

    async def _disturb(self, action: Disturb) -> None:
        roles = [action.role] if action.role else list(self.script.roles)
        event = Disturbed(kind=action.kind, role=action.role, value=action.value)
        self.observer.note(self.now, "network", event, until_ms=self.now + action.for_ms)
        for role in roles:
            await self.proxies[role].disturb(action.kind, action.value, for_ms=action.for_ms)

    async def _restart_service(self, action: RestartService) -> None:
        """It is this script's own, see `waves`. It is down for as long as it takes to start, if that is longer."""
        back_at = self.now + action.down_ms
        number = self.observer.note(self.now, "harness", Disturbed(kind="restart"), until_ms=back_at)
        await asyncio.to_thread(self.platform.kill)
        await asyncio.sleep(max(0, back_at - self.now - SERVICE_STARTS_MS) / 1_000)
        await asyncio.to_thread(self.platform.start)
        self.observer.lasted(number, self.now)

    # -- clients -------------------------------------------------------------------------------------------------

    def _alive(self, role: Role) -> bool:
        driver = self.drivers[role]
        return driver is not None and driver.alive

    async def _launch(self, role: Role) -> None:
        """The client's process is there and has said what it can; it is opened later."""
        driver = self.machines.driver(
            role,
            on_change=lambda view, at_ms: self._changed(role, view, at_ms),
            on_fault=lambda fault: self._fault(role, fault),
            on_contact=lambda host, port: self._watch.contacted(role, host, port),
            on_window=lambda seen: self._of_window(role, seen),
        )
        self.drivers[role] = driver
        state = self.folder / role.value
        state.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(SubjectError):
            said = await driver.start(state)
            self._introduced[role] = introduced(role, said)
            await asyncio.to_thread(self.machines.said, role, said)

    async def _open(self, role: Role) -> None:
        driver = self.drivers[role]
        if driver is None or not driver.alive:
            return
        self.opened.add(role)
        self.observer.note(self.now, "harness", ProcessChanged(role=role, change="started"))
        self.observer.note(self.now, "harness", self._introduced[role])
        opening = Open(
            service_url=f"{'https' if self.script.certificate else 'http'}://{self.doors[role][0]}:{self.doors[role][1]}",
            ticket=self.entrant.ticket if role.device is Role.LAPTOP else "",
            devices=self.machines.offered(role),
        )
        with contextlib.suppress(SubjectError):
            await driver.open(opening)
            self._changed(role, await driver.view(), self.clock.now())

    def _changed(self, role: Role, view: View, at_ms: int) -> None:
        """It was seen at that time of our clock."""
        shown = self.views[role]
        if shown is not None and view.seq < shown.seq:
            return  # the answer to `view` was overtaken by a notification
        self.views[role] = view
        seen = at_ms - self.origin
        # Watched from the first view on: a client that never showed one, as one that hangs when it is opened, was not.
        self.observer.watch(role.value, seen)
        if self.observer.viewed(seen, role, view):
            self._stirred.set()

    def _of_window(self, role: Role, seen: OfWindow) -> None:
        """A picture for the album, or what stands on the timeline: that of the laptop alone."""
        if isinstance(seen, Seen):
            self._shots.keep(role, seen.at_ms - self.origin, seen)
        elif self._window is not None and role is Role.LAPTOP:
            self._window.told(seen)

    def _fault(self, role: Role, fault: SubjectError) -> None:
        self.observer.misbehaved(self.now, role, fault)
        self._stirred.set()

    async def _kill(self, action: Kill) -> None:
        if action.restart:
            if action.role in ROLES or action.role in self.opened:  # a rival was launched with the others
                await self._launch(action.role)
            await self._open(action.role)
            return
        driver = self.drivers[action.role]
        self.observer.unwatch(action.role.value, self.now)
        self.observer.note(self.now, "harness", ProcessChanged(role=action.role, change="killed"))
        self.drivers[action.role] = None
        self.views[action.role] = None
        if driver is not None:
            await driver.kill()

    async def _end(self, role: Role) -> None:
        driver, self.drivers[role] = self.drivers[role], None
        if driver is None:
            return
        with contextlib.suppress(SubjectError):
            if driver.alive:
                await driver.close()
        await driver.kill()

    async def _finish(self, rig: Rig, ended: int) -> Timeline:
        loop = asyncio.get_running_loop()
        segments = await asyncio.to_thread(self.platform.recordings, self.exam, self.entrant.ticket)
        found = await loop.run_in_executor(self.inspectors, recorded, segments, rig.clock, rig.pictures, self.persons)
        for data in found:
            self.observer.note(ended, "recording", data)
        sheets = await loop.run_in_executor(self.inspectors, strips, segments, found, rig.clock, rig.pictures)
        self.album = Album(strips=sheets, shots=await asyncio.to_thread(self._shots.made))
        stills = await asyncio.to_thread(self.platform.stills, self.exam, self.entrant.ticket)
        for at, picture in await asyncio.to_thread(face_pictures, stills, rig):
            self.observer.note(at, "recording", picture)
        self.observer.watch("recordings", self.script.begins)
        late = self.lateness_ms = lateness(
            loop_ms=self._watch.lateness_ms,
            hops=self.machines.hops,
            rig_ms=rig.lateness_ms,
            machines_ms=self.machines.lateness_ms,
        )
        self.observer.note(ended, "harness", Lateness(what="event loop and devices", late_ms=late))
        observed = await asyncio.to_thread(self.platform.observations, self.exam)
        return self.observer.timeline(ended, observed)
