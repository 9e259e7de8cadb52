"""Technical support (技术服务) in the model: it takes each call as it comes and settles it at once, so it needs no process."""

from __future__ import annotations

from collections.abc import Callable

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

    def call(self, action: DeskAct) -> None:
        """The desk is asked to do something, and does it."""
        self._world.note("desk", DeskActed(action=action.action, text=action.text))
        match action.action:
            case "login":
                self._service.logged_in = True
            case "release":
                self._service.release()
            case "answer" | "publish":
                pass
        self._tell(action)
