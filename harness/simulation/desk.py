"""Technical support (技术服务) in the model: a process that takes one call after the other and settles each at once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from harness.core.events import DeskActed
from harness.core.script import DeskAct
from harness.simulation.service import Service
from harness.simulation.world import World

Tell = Callable[[DeskAct], None]


class Desk:
    """Completes logins, releases phones, answers calls for help, publishes results."""

    def __init__(self, world: World, service: Service, tell: Tell) -> None:
        self._world = world
        self._service = service
        self._tell = tell
        self._calls = simpy.Store(world.environment)

    def call(self, action: DeskAct) -> None:
        """The desk is asked to do something."""
        self._calls.put(action)

    def run(self) -> Generator[simpy.Event, Any, None]:
        """The process."""
        while True:
            action: DeskAct = yield self._calls.get()
            self._world.note("desk", DeskActed(action=action.action, text=action.text))
            self._settle(action)

    def _settle(self, action: DeskAct) -> None:
        match action.action:
            case "login":
                self._service.logged_in = True
            case "release":
                self._service.release()
            case "answer" | "publish":
                pass
        self._tell(action)
