"""The candidate's network in the model: it is there or it isn't, for each device.

`down`, `timeout` and `reset_peer` cut a role off for as long as they stand; `limit_data` breaks what is under way and lets the next try
through; `bandwidth` draws out what is sent once a recording has stopped (a live slice is small enough for any line); `latency`, `slicer`
and `slow_close` only slow down, which an ideal client bears without a change. Clients ask `up`, wait on `back`, and are told of each change.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final

import simpy

from harness.core.events import Disturbed
from harness.core.script import Disturb, RestartService
from harness.core.view import Role
from harness.simulation.world import FLUSH_MS, NOTICE_MS, World

_CUTS: Final = frozenset({"down", "timeout", "reset_peer"})
_BREAKS: Final = frozenset({"limit_data"})


class Network:
    """Who is connected."""

    def __init__(self, world: World) -> None:
        self._world = world
        closed = int(bool(world.script.certificate))  # who refuses the certificate never reaches the service
        self._cuts = dict.fromkeys(world.script.roles, closed)
        self._back: dict[Role, simpy.Event] = {}
        self._told: dict[Role, Callable[[], None]] = {}
        self._slowed: dict[Role, tuple[int, int]] = {}  # bytes a second, until which exam time

    def tell(self, role: Role, changed: Callable[[], None]) -> None:
        """`changed` is called whenever that role's network goes, breaks or comes back."""
        self._told[role] = changed

    def up(self, role: Role) -> bool:
        """Whether the role reaches the service now, and knows it."""
        return self._cuts[role] == 0

    def back(self, role: Role) -> simpy.Event:
        """Succeeds when the network of that role is back; wait on it only while it is gone."""
        event = self._back.get(role)
        if event is None or event.triggered:
            event = self._back[role] = self._world.environment.event()
        return event

    def when_up(self, role: Role, then: Callable[[], None]) -> None:
        """`then` is called now, or when the network of that role is back."""
        if self.up(role):
            then()
        else:
            self.back(role).callbacks.append(lambda _: self.when_up(role, then))

    def takes(self, role: Role, size: int) -> int:
        """How long so many bytes take from here, ms: a moment, or what a line of limited bandwidth needs."""
        bytes_per_s, until = self._slowed.get(role, (0, 0))
        left = until - self._world.now
        if left <= 0 or not bytes_per_s:
            return FLUSH_MS
        return min(max(FLUSH_MS, size * 1_000 // bytes_per_s), left + FLUSH_MS)

    def disturb(self, action: Disturb) -> None:
        """A disturbance of the script begins."""
        fault = Disturbed(kind=action.kind, role=action.role, value=action.value)
        self._world.note("network", fault, until_ms=self._world.now + action.for_ms)
        self._world.environment.process(self._stands(action))

    def restart_service(self, action: RestartService) -> None:
        """The service is killed and comes back: to both devices a network that is gone for so long, since it forgets nothing."""
        self._world.note("harness", Disturbed(kind="restart"), until_ms=self._world.now + action.down_ms)
        self._world.environment.process(self._stands(Disturb(kind="down", for_ms=action.down_ms)))

    def _stands(self, action: Disturb) -> Generator[simpy.Event, object, None]:
        """The process of one disturbance, from its beginning to its end."""
        world = self._world
        roles = world.script.roles if action.role is None else (action.role,)
        if action.kind == "bandwidth":
            self._slowed |= dict.fromkeys(roles, (action.value, world.now + action.for_ms))
        cuts = action.kind in _CUTS
        if cuts or action.kind in _BREAKS:
            self._cut(roles)
        if cuts:
            yield world.environment.timeout(action.for_ms + NOTICE_MS)
        if cuts or action.kind in _BREAKS:
            self._mend(roles)

    def _cut(self, roles: tuple[Role, ...]) -> None:
        for role in roles:
            self._cuts[role] += 1
            if self._cuts[role] == 1:
                self._told[role]()

    def _mend(self, roles: tuple[Role, ...]) -> None:
        for role in roles:
            self._cuts[role] -= 1
            if self._cuts[role] == 0:
                self._told[role]()
                event = self._back.pop(role, None)
                if event is not None:
                    event.succeed()
