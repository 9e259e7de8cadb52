"""The candidate of the model: one player for each thread of the script, who waits, looks and acts as the script says.

Laws: a step is due when the one before it is done and its exam time has come; then it waits until its condition holds (or its patience, counted
from becoming due, is over: skipped, as is what has become needless), then `after` ms more, then acts. `$code` and `$qr` stand for what the
laptop shows at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from harness.core.events import Disturbed, Intent
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
    ShowScene,
    Step,
    Thread,
)
from harness.core.view import Act, Role
from harness.simulation.client import Client, Waiting
from harness.simulation.desk import Desk
from harness.simulation.laptop import Laptop
from harness.simulation.network import Network
from harness.simulation.world import World


class Candidate:
    """The person with all devices, and whatever the script does to them."""

    def __init__(self, world: World, network: Network, laptop: Laptop, clients: Sequence[Client], desk: Desk) -> None:
        self._world = world
        self._network = network
        self._laptop = laptop
        self._desk = desk
        self.clients: Final[dict[Role, Client]] = {client.role: client for client in clients}

    def act(self, action: Action) -> None:
        """Does that now."""
        world = self._world
        match action:
            case Do():
                self._press(action)
            case Plug():
                spec = world.plug(action.device, present=action.present)
                if spec is not None:
                    for client in self.clients.values():
                        if client.role.device is spec.role:
                            client.devices_changed()
            case ShowScene():
                world.show_scene(action.device, action.scene, action.for_ms)
            case Say():
                world.say(action.role, action.text)
            case Disturb():
                self._network.disturb(action)
            case LoseRecording():
                fault = Disturbed(kind=f"lost-{action.stream}", role=action.stream.role)
                world.note("service", fault, until_ms=world.now)
                self.clients[action.stream.role].tapes[action.stream].lose()
            case RestartService():
                self._network.restart_service(action)
            case DeskAct():
                self._desk.call(action)
            case Kill():
                client = self.clients[action.role]
                client.start() if action.restart else client.kill()

    def _press(self, action: Do) -> None:
        act, args = action.act, action.args
        if not self.clients[action.role].alive:
            return  # where no client is there is nothing to press
        if args:
            binding = self._laptop.view.binding if self._laptop.view is not None else None
            shown = {"$code": binding.code if binding else "", "$qr": self._laptop.scanned if binding else ""}
            if act is Act.SCAN and args.get("payload") == "$qr" and not shown["$qr"]:
                act, args = Act.TYPE_CODE, {"code": "$code"}  # where there is nothing to scan, the code is typed
            args = {name: shown.get(value, value) for name, value in args.items()}
        place = self._world.place()
        outcome = self.clients[action.role].do(act, args)
        intent = Intent(role=action.role, act=act, args=args, status=outcome.status, reason=outcome.reason)
        self._world.note_at(place, "candidate", intent)


class Player:
    """One thread of the script. Its waits are callbacks rather than a process: half of what SimPy would schedule for an interview is saved."""

    __slots__ = ("_candidate", "_step", "_steps", "_through", "_world")

    def __init__(self, candidate: Candidate, world: World, thread: Thread, through: Callable[[], None]) -> None:
        self._candidate = candidate
        self._world = world
        self._steps = iter(thread.steps)
        self._step: Step  # the one that is due, or will be next
        self._through = through

    def play(self) -> None:
        """Takes the steps that follow, up to one that has to wait; that one goes on from there."""
        for step in self._steps:
            self._step = step
            if step.at is not None and step.at > self._world.now:
                self._world.after(step.at - self._world.now, self._due)
                return
            if not self._ready():
                return
            self._do()
        self._through()

    def _ready(self) -> bool:
        """Whether the step that is due can be done (or is needless) at once; if not, something will call for it."""
        step, world = self._step, self._world
        if self._needless():
            return True
        if step.when is not None:
            client = self._candidate.clients[step.when.role]
            waiting = client.when(step.when, self._came)
            if waiting is not None:
                if step.patience is not None:
                    world.after(step.patience, lambda: self._give_up(client, waiting))
                if step.unless is not None:
                    other = self._candidate.clients[step.unless.role]
                    other.when(step.unless, lambda: world.after(0, lambda: self._give_up(client, waiting)))
                return False
        if step.after:
            world.after(step.after, self._act)
            return False
        return True

    def _needless(self) -> bool:
        unless = self._step.unless
        if unless is None:
            return False
        client = self._candidate.clients[unless.role]
        client.advance()
        return unless.holds(client.view)

    def _due(self) -> None:
        if self._ready():
            self._act()

    def _came(self) -> None:
        self._world.after(self._step.after, self._act)

    def _give_up(self, client: Client, waiting: Waiting) -> None:
        if client.give_up(waiting):
            if self._step.insists:
                self._do()
            self.play()

    def _do(self) -> None:
        if not self._needless():
            self._candidate.act(self._step.action)

    def _act(self) -> None:
        self._do()
        self.play()
