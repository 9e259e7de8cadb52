"""The candidate of the model: one process for each thread of the script, which waits, looks and acts as the script says.

Laws: a step is due when the one before it is done and its exam time has come; then it waits until its condition holds (or its patience, counted
from becoming due, is over: skipped), then `after` ms more, then acts. `$code` and `$qr` stand for what the laptop shows at that moment.
"""

from __future__ import annotations

from harness.core.events import Intent
from harness.core.script import (
    Action,
    DeskAct,
    Disturb,
    Do,
    Kill,
    Plug,
    Say,
    ShowScene,
    Thread,
)
from harness.core.view import Role
from harness.simulation.client import Client, Process
from harness.simulation.desk import Desk
from harness.simulation.laptop import Laptop
from harness.simulation.network import Network
from harness.simulation.phone import Phone
from harness.simulation.world import World


class Candidate:
    """The person with both devices, and whatever the script does to them."""

    def __init__(self, world: World, network: Network, laptop: Laptop, phone: Phone, desk: Desk) -> None:
        self._world = world
        self._network = network
        self._laptop = laptop
        self._phone = phone
        self._desk = desk

    def client(self, role: Role) -> Client:
        """The device of that role."""
        return self._laptop if role is Role.LAPTOP else self._phone

    def play(self, thread: Thread) -> Process:
        """The process of one thread."""
        environment = self._world.environment
        for step in thread.steps:
            if step.at is not None and step.at > environment.now:
                yield environment.timeout(step.at - environment.now)
            if step.when is not None:
                client = self.client(step.when.role)
                came = client.when(step.when)
                if came is not None:
                    yield came if step.patience is None else came | environment.timeout(step.patience)
                    if not came.triggered:
                        client.give_up(came)
                        continue
            if step.after:
                yield environment.timeout(step.after)
            self._act(step.action)

    def _act(self, action: Action) -> None:
        world = self._world
        match action:
            case Do():
                self._press(action)
            case Plug():
                spec = world.plug(action.device, present=action.present)
                if spec is not None:
                    self.client(spec.role).devices_changed()
            case ShowScene():
                world.show_scene(action.device, action.scene, action.for_ms)
            case Say():
                world.say(action.role, action.text)
            case Disturb():
                self._network.disturb(action)
            case DeskAct():
                self._desk.call(action)
            case Kill(restart=True):
                self.client(action.role).start()
            case Kill():
                self.client(action.role).kill()

    def _press(self, action: Do) -> None:
        args = action.args
        if args:
            binding = self._laptop.view.binding if self._laptop.view is not None else None
            shown = {"$code": binding.code if binding else "", "$qr": binding.qr_png if binding else ""}
            args = {name: shown.get(value, value) for name, value in args.items()}
        place = self._world.place()
        outcome = self.client(action.role).do(action.act, args)
        intent = Intent(role=action.role, act=action.act, args=args, status=outcome.status, reason=outcome.reason)
        self._world.note_at(place, "candidate", intent)
