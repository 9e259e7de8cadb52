"""The ideal interview: from a frozen script to the timeline that a perfect client and service would give.

Uploads, the network's faults and requests that are repeated are SimPy processes; the candidate, the laptop and the service's pushes wait for
one moment at a time, so SimPy's timeouts call them without a process; the service and the desk answer at once. They run in SimPy's
`Environment`, and in its `RealtimeEnvironment` without a change: time is the environment's, whole ms of exam time. Everything happens at once
but for the constants in `world`. Rules are tested against this timeline, fuzzing compares with it.
"""

from __future__ import annotations

from typing import Final, Literal

import simpy

from harness.core.errors import VivaError
from harness.core.events import Enrolled, Operation, Searched, Watched
from harness.core.script import DeskAct, Script
from harness.core.timeline import Timeline
from harness.core.view import Role
from harness.simulation.candidate import Candidate, Player
from harness.simulation.client import Client, Process
from harness.simulation.desk import Desk
from harness.simulation.laptop import Laptop
from harness.simulation.laptop_state import MACHINE
from harness.simulation.laptop_view import ENROLLED
from harness.simulation.network import Network
from harness.simulation.phone import Phone
from harness.simulation.recordings import recorded
from harness.simulation.rival import RivalLaptop, RivalPhone
from harness.simulation.service import Service
from harness.simulation.uploads import settle
from harness.simulation.world import World

_WATCHED: Final[tuple[Literal["service", "network", "devices", "recordings", "preview"], ...]] = (
    "service",
    "network",
    "devices",
    "recordings",
    "preview",
)
_LOOKED_MS: Final = 200  # so long before T0 it is looked what the laptop keeps


def expected(script: Script, *, environment: simpy.Environment | None = None, slices: bool = True) -> Timeline:
    """The timeline of the ideal interview.

    `environment`: any of SimPy's, whose `now` is `script.begins`; a virtual one by default. `slices`: note the arrival of every slice of
    a live upload, rather than one arrival for each PATCH (for long plans, where nobody asks for them). Raises `VivaError` where the
    environment's time isn't the script's.
    """
    environment = environment or simpy.Environment(initial_time=script.begins)
    if environment.now != script.begins:
        raise VivaError(
            f"the environment's time is {environment.now}, but the script begins at {script.begins}; "
            "make it with initial_time=script.begins"
        )
    return _Interview(World(script, environment, slices=slices)).run()


class _Interview:
    """All parts of one run, put together."""

    def __init__(self, world: World) -> None:
        self._world = world
        network = Network(world)
        self._service = Service(world, network)
        self._laptop = Laptop(world, network, self._service)
        self._phone = Phone(world, network, self._service)
        self._desk = Desk(world, self._service, self._told_by_the_desk)
        self._service.on_bound = self._bound
        self._playing = 1 + len(world.script.threads)  # and the run itself, until it has begun
        rivals = {Role.RIVAL_LAPTOP: RivalLaptop, Role.RIVAL_PHONE: RivalPhone}
        others = (rivals[role](world, network, self._service) for role in world.script.rivals)
        self._clients: tuple[Client, ...] = (self._laptop, self._phone, *others)
        self._candidate = Candidate(world, network, self._laptop, self._clients, self._desk)

    def run(self) -> Timeline:
        """Plays the script to its end."""
        world, script = self._world, self._world.script
        process = world.environment.process
        name, number = ENROLLED
        world.note("harness", Enrolled(name=name, admission_number=number))
        world.note("harness", MACHINE)
        self._laptop.start()
        self._phone.start()
        for client in self._clients:
            client.watch()
        if script.begins < -_LOOKED_MS:
            world.after(-_LOOKED_MS - script.begins, self._look_through)
        for misbehaviour in script.misbehaviour:
            if misbehaviour.operation == Operation.UPLOAD_PATCH and misbehaviour.from_ms > script.begins:
                process(self._fail(misbehaviour.from_ms))
        for thread in script.threads:
            Player(self._candidate, world, thread, self._through).play()
        self._through()
        world.after(script.ends - script.begins, self._stop)
        world.run()
        return self._close()

    def _look_through(self) -> None:
        """Somebody looks what the laptop keeps: never the question."""
        if self._laptop.alive:
            self._world.note("laptop", Searched(role=Role.LAPTOP), until_ms=self._world.now)

    def _bound(self) -> None:
        self._service.push(Role.LAPTOP, "phone-bound", self._laptop.binding_changed)

    def _told_by_the_desk(self, action: DeskAct) -> None:
        """Who hears of what the desk did."""
        push = self._service.push
        match action.action:
            case "login":
                push(Role.LAPTOP, "login-completed", self._laptop.logged_in_now)
            case "answer":
                push(Role.LAPTOP, "help-answered", lambda: self._laptop.answered(action.text))
            case "release":
                push(Role.LAPTOP, "phone-released", self._laptop.binding_changed)
                push(Role.PHONE, "phone-released", self._phone.released)
            case "publish":
                push(Role.LAPTOP, "exam-changed", self._laptop.results_published)
                push(Role.PHONE, "exam-changed", self._phone.results_published)

    def _fail(self, at_ms: int) -> Process:
        """Breaks the uploads that run when the service begins to refuse them."""
        yield self._world.environment.timeout(at_ms - self._world.now)
        for client in (self._laptop, self._phone):
            client.interrupt_uploads()

    def _through(self) -> None:
        """A thread is through."""
        self._playing -= 1
        if not self._playing:
            self._end()

    def _end(self) -> None:
        """Ends the run a little later, if the script's conditions hold by now; otherwise looks again when the first of them does."""
        world = self._world
        for wait in world.script.until:
            if self._candidate.clients[wait.role].when(wait, lambda: world.after(0, self._end)) is not None:
                return
        world.after(world.script.linger_ms, self._stop)

    def _stop(self) -> None:
        """Stops the run, once what this moment brings has happened."""
        self._world.after(0, self._world.stop)

    def _close(self) -> Timeline:
        """Closes all clients and looks at what the service holds."""
        world = self._world
        self._look_through()
        for client in self._clients:
            client.close()
            for tape in client.tapes.values():
                for segment in tape.segments:
                    settle(world, segment)
                held = recorded(tape, world)
                if held is not None:
                    world.note("recording", held)
        for what in _WATCHED:
            world.note("harness", Watched(what=what), at_ms=world.script.begins, until_ms=world.now)
        return Timeline(world.log)
