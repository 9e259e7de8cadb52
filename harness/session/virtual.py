"""The virtual world: one script played inside SimPy, client and service in process, no wall clock.

Clients are sans-IO cores made by the subject's factory; requests go over the direct transport with the very disturbances that the fault
proxy knows; cameras and microphones are pulled, so media is encoded for real but nothing waits; where nobody will look at the recordings
their sources are blank, and nothing is said of recordings. Everything here is exam time in whole ms; a client's own clock has another
origin, and runs wrong where the script says so.
"""

from __future__ import annotations

import contextlib
import random
import uuid
from collections.abc import Callable, Generator
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import simpy

from harness.core.errors import SubjectError, VivaError
from harness.core.events import Contacted, DeviceChanged, Disturbed, ProcessChanged, Searched
from harness.core.platform import Entrant
from harness.core.script import (
    Action,
    DeskAct,
    Disturb,
    Do,
    Kill,
    LoseRecording,
    Plug,
    RestartService,
    Say,
    Script,
    ShowScene,
)
from harness.core.timeline import Timeline
from harness.core.view import ROLES, Role, View
from harness.drivers.in_process import factory_of
from harness.drivers.keeping import found, in_home
from harness.drivers.manifest import Subject
from harness.network.faults import Fault
from harness.protocol.client import Cancel, ClientCore, DoResult, Failure
from harness.protocol.messages import Push, Response
from harness.session.hosted import Hosted, Watchdog
from harness.session.matching import MarkedFaces
from harness.session.observer import REASON, UNANSWERED, Observer, enrolled, intent_of, lost
from harness.session.performer import Cue, Performer, holds
from harness.session.pulled import pulled_sources
from harness.session.recordings import NO_FOOTAGE, FootageStore, recorded
from harness.session.rig import Rig
from harness.session.stills import face_pictures
from harness.session.transport import Transport
from harness.session.waiting import Sleeper, later
from virtual_devices.candidates import candidate

Process = Generator[simpy.Event, Any, None]

# A client's own clock starts anywhere: exam time taken for local time must show at once.
LOCAL_ORIGIN: Final = 7_200_000
LOOKED_MS: Final = 200  # so long before T0 it is looked what the client keeps


class _Client:
    """One running client: its core, and when it wants to be ticked, by its own clock."""

    def __init__(self, core: Hosted) -> None:
        self.core = core
        self.wakeup: int | None = None


class VirtualWorld:
    """Plays one script once. `session` (0…255) stands in the marks. `blank`: nobody will look at the recordings.

    `footage` knows what recordings of the same bytes showed before.
    """

    def __init__(
        self,
        script: Script,
        subject: Subject,
        *,
        session: int,
        blank: bool = False,
        footage: FootageStore = NO_FOOTAGE,
    ) -> None:
        self.script = script
        self.subject = subject
        self.blank = blank
        self.footage = footage
        self.env = simpy.Environment(initial_time=script.begins)
        self.rig = Rig(script, session=session, epoch=script.begins - 1_000)
        person = candidate(script.candidate_seed, art=script.track == "art")
        seeded = random.Random(f"{script.digest()}/{session}")
        self._mint: Callable[[], str] = lambda: str(uuid.UUID(int=seeded.getrandbits(128), version=4))
        self.entrant = Entrant(
            ticket=self._mint(),
            name=person.name,
            admission_number=person.admission_number,
            id_number=person.id_number,
            phone=person.phone,
            track=script.track,
        )
        self.persons = person.personal
        self.transport = Transport(self.env, script, self.entrant, self, matcher=MarkedFaces(session), mint=self._mint)
        self.observer = Observer(self.entrant.admission_number)
        self.performer = Performer(script.threads, script.begins)
        self.clients: dict[Role, _Client | None] = dict.fromkeys(script.roles)
        self.views: dict[Role, View | None] = dict.fromkeys(script.roles)
        self._homes: dict[Role, dict[str, Any]] = {role: {} for role in script.roles}
        self._candidate = Sleeper(self.env)
        self._watchdog = Watchdog()
        self._pulls: dict[str, tuple[int, int]] = {}
        self._contacts: set[tuple[Role, str, int]] = set()

    @property
    def now(self) -> int:
        """Exam ms."""
        return int(self.env.now)

    # -- the run -------------------------------------------------------------------------------------------------

    def play(self) -> Timeline:
        """The whole run, recordings inspected unless they are blank. Nothing of it stays behind, also where it fails."""
        with contextlib.closing(self.transport.store), self._watchdog:
            ended = self._run_through()
            for at, picture in face_pictures(self.transport.stills(), self.rig):
                self.observer.note(at, "recording", picture)
            if not self.blank:
                rig, held = self.rig, self.transport.recordings()
                for data in recorded(held, rig.clock, rig.pictures, self.persons, self.footage):
                    self.observer.note(ended, "recording", data)
                self.observer.watch("recordings", self.script.begins)
        return self.observer.timeline(ended, self.transport.observations())

    def _run_through(self) -> int:
        """Both clients from their start to their close; returns when the run was over."""
        for cue in self.performer.cues(self.now, self.views):  # what befalls in the first instant is there before them
            self._act(cue)
        for role in ROLES:
            self._start(role)
        self.observer.note(self.now, "harness", enrolled(self.entrant))
        for what in ("service", "network", "devices"):
            self.observer.watch(what, self.now)
        self.env.process(self.transport.serve())
        if self.now < -LOOKED_MS:
            later(self.env, -LOOKED_MS - self.now, self._look_through)
        self.env.run(until=self.env.process(self._perform()))
        ended = self.now
        self._look_through()
        for role in self.script.roles:
            self._guard(role, lambda core, now: core.close(now))
        self._note_devices(ended)
        return ended

    def _look_through(self) -> None:
        """What the laptop's client keeps is looked through for the question: before T0 and at the end."""
        if self.clients[Role.LAPTOP] is not None:
            where = found(self.script.plan.tracks[self.script.track].question, in_home(self._homes[Role.LAPTOP]))
            self.observer.note(self.now, "laptop", Searched(role=Role.LAPTOP, found=where), until_ms=self.now)

    def _perform(self) -> Process:
        """The candidate, the desk and the world, as the performer says; over when the script is."""
        quiet_since: int | None = None
        while self.now < self.script.ends:
            while cues := self.performer.cues(self.now, self.views):
                for cue in cues:
                    self._act(cue)
            if not (any(self.clients.values()) or self.performer.restarts):
                return  # nothing can come any more
            if self.performer.finished and holds(self.script.until, self.views):
                quiet_since = self.now if quiet_since is None else quiet_since
            else:
                quiet_since = None
            if quiet_since is not None and self.now >= quiet_since + self.script.linger_ms:
                return
            times = [self.script.ends, self.performer.next_wakeup(self.now)]
            if quiet_since is not None:
                times.append(quiet_since + self.script.linger_ms)
            wait = min(time for time in times if time is not None) - self.now
            yield from self._candidate.sleep(max(0, wait))

    def _act(self, cue: Cue) -> None:
        action: Action = cue.action
        match action:
            case Do():
                self._do(action)
            case Plug():
                self.observer.note(self.now, "device", self.rig.plug(action.device, present=action.present))
                for role in self.script.roles:
                    if role.device is self.rig.specs[action.device].role:
                        self._tell_devices(role)
            case ShowScene():
                self._show(action)
            case Say():
                for scene, until in self.rig.say(action, self.now):
                    self.observer.note(self.now, "device", scene, until_ms=until)
            case Disturb():
                self._disturb(action)
            case DeskAct():
                with contextlib.suppress(VivaError):  # nothing to do for the desk: the client never asked
                    self.transport.desk(action.action, action.text)
            case Kill():
                self._kill(action)
            case LoseRecording():
                self.observer.note(self.now, "service", lost(action))
                self.transport.lose(action.stream)
            case RestartService():
                self._restart_service(action)
        self.performer.done(cue.thread, self.now)

    def _show(self, action: ShowScene) -> None:
        until = self.now + action.for_ms if action.for_ms else None
        self.observer.note(self.now, "device", self.rig.show(action, self.now), until_ms=until)
        for symbol, first, last in self.rig.pan(action, self.now):
            self.observer.note(first, "device", symbol, until_ms=last)

    def _do(self, action: Do) -> None:
        if self.clients[action.role] is None:
            return  # where no client is there is nothing to press
        number = self.observer.note(self.now, "candidate", intent_of(action, UNANSWERED))
        answer = self._guard(action.role, lambda core, now: core.do(action.act, dict(action.args), now), DoResult)
        result = DoResult("refused", "the client broke the conversation") if answer is None else answer
        self.observer.amend(number, intent_of(action, result))

    def _disturb(self, action: Disturb) -> None:
        until = self.now + action.for_ms
        self.observer.note(
            self.now, "network", Disturbed(kind=action.kind, role=action.role, value=action.value), until_ms=until
        )
        for role in self.script.roles:
            if action.role in (None, role):
                self.transport.disturb(role, Fault(action.kind, action.value), until)

    def _restart_service(self, action: RestartService) -> None:
        self.observer.note(self.now, "harness", Disturbed(kind="restart"), until_ms=self.now + action.down_ms)
        self.transport.restart(action.down_ms)

    # -- clients -------------------------------------------------------------------------------------------------

    def _local(self) -> int:
        """The clients' own clock, ms: runs at the right pace from an origin of its own, off by the script's error."""
        return self.now - self.script.begins + LOCAL_ORIGIN + self.script.clock_error_ms

    def _start(self, role: Role) -> None:
        factory = factory_of(self.subject.device(role))
        sources = pulled_sources(self.rig, role.device, self.now - self._local(), self._pulls, blank=self.blank)
        ticket = self.entrant.ticket if role.device is Role.LAPTOP else ""
        self.observer.watch(role.value, self.now)
        self.observer.note(self.now, "harness", ProcessChanged(role=role, change="started"))
        try:
            core = Hosted(
                role,
                lambda: factory(ticket=ticket, home=self._homes[role], sources=sources, mint=self._mint),
                self._watchdog,
                now=lambda: self.now,
            )
        except SubjectError as fault:
            self._misbehaved(role, fault)
            return
        client = _Client(core)
        self.clients[role] = client
        self._tell_devices(role)
        self._guard(role, lambda core, now: core.start(now))

    def _tell_devices(self, role: Role) -> None:
        self._guard(role, lambda core, now: core.devices(self.rig.devices(role.device), now))

    def _kill(self, action: Kill) -> None:
        if action.restart:
            self._start(action.role)
            return
        self.clients[action.role] = None
        self.transport.hang_up(action.role)
        self.views[action.role] = None
        self.observer.unwatch(action.role.value, self.now)
        self.observer.note(self.now, "harness", ProcessChanged(role=action.role, change="killed"))

    def _guard(
        self, role: Role, call: Callable[[ClientCore, int], Any], answers: type[msgspec.Struct] | None = None
    ) -> Any:
        """Calls the client, if there is one; what it shows and sends afterwards is taken. Returns its answer."""
        client = self.clients[role]
        if client is None:
            return None
        try:
            said = client.core.call(lambda core: call(core, self._local()), answers)
        except SubjectError as fault:
            self._misbehaved(role, fault)
            return None
        if said.view is not None:
            self.views[role] = said.view
            if self.observer.viewed(self.now, role, said.view):
                self._candidate.wake()
        for send in said.sends:
            if isinstance(send, Cancel):
                self.transport.cancel(role, send.key)
            else:
                self.transport.send(role, send)
        self._set_alarm(role, client, said.wakeup)
        return said.answer

    def _misbehaved(self, role: Role, fault: SubjectError) -> None:
        self.clients[role] = None
        self.transport.hang_up(role)
        self.observer.misbehaved(self.now, role, fault)
        self._candidate.wake()

    def _set_alarm(self, role: Role, client: _Client, wakeup: int | None) -> None:
        """The core wants to be ticked then, by its own clock; what it wanted before doesn't count any more."""
        if wakeup == client.wakeup:
            return
        client.wakeup = wakeup
        if wakeup is not None:
            # A core that wants to be ticked at once, again and again, must not stop virtual time.
            later(self.env, max(1, wakeup - self._local()), lambda: self._ring(role, client, wakeup))

    def _ring(self, role: Role, client: _Client, wakeup: int) -> None:
        if self.clients[role] is client and client.wakeup == wakeup:
            client.wakeup = None
            self._guard(role, lambda core, now: core.tick(now))

    # -- what comes back -----------------------------------------------------------------------------------------

    def replied(self, role: Role, key: int, outcome: Response | Failure) -> None:
        """A request of that role's client was answered, or failed."""
        self._guard(role, lambda core, now: core.replied(key, outcome, now))

    def contacted(self, role: Role, address: str) -> None:
        """That role's client sent something to the service (empty), or elsewhere; noted once an address."""
        try:
            url = urlsplit(address)
            host, port = url.hostname or "", url.port or 0
        except ValueError:
            host, port = address, 0
        if (role, host, port) not in self._contacts:
            self._contacts.add((role, host, port))
            contacted = Contacted(role=role, host=host[:REASON] or "service", port=port, own=not address)
            self.observer.note(self.now, "network", contacted)

    def pushed(self, role: Role, key: int, push: Push) -> None:
        """A server-sent event came to that role's client."""
        self._guard(role, lambda core, now: core.pushed(key, push, now))

    def _note_devices(self, ended: int) -> None:
        """When each device was first and last taken from: one that is still pulled at the end was not released."""
        for device, (first, last) in self._pulls.items():
            role = self.rig.specs[device].role
            self.observer.note(first, "device", DeviceChanged(device=device, change="opened", role=role))
            if last < ended - self.script.linger_ms:
                self.observer.note(last, "device", DeviceChanged(device=device, change="released", role=role))


def play(script: Script, subject: Subject, *, session: int, blank: bool = False) -> Timeline:
    """One script, once, in virtual time."""
    return VirtualWorld(script, subject, session=session, blank=blank).play()
