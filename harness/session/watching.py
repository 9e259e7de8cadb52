"""What is watched all through a real run: our own lateness, which devices the clients hold open, whom they talk to, what they keep.

Called by the real world, whose notes it writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from harness.core.events import Contacted, DeviceChanged, Searched
from harness.core.view import ROLES, Page, Role
from harness.drivers.keeping import found
from harness.session.contacts import Address, contacts

if TYPE_CHECKING:  # the world makes its watch, so at run time the import would go in a circle
    from harness.session.real import RealWorld

LOOP_TICK_MS: Final = 50
HELD_POLL_MS: Final = 250
CONTACTS_POLL_MS: Final = 500
KEEPING_POLL_MS: Final = 2_500  # a page is looked through in about 0.1 s, on loaded cores


def lateness(*, loop_ms: int, hops: int, rig_ms: int, machines_ms: int) -> int:
    """How late a run saw its client at most, ms: what the machines' own processes gave the client late was seen later still by a late loop.

    `rig_ms`: the latest delivery of a device, by the loop's own process, whose delays are the loop's too, so the two are not added.
    """
    return max(rig_ms, loop_ms * hops + machines_ms)


class Watch:
    """The watchers of one run."""

    def __init__(self, world: RealWorld) -> None:
        self._world = world
        self._held: dict[str, bool] = {}
        self._contacts: set[tuple[Role, Address]] = set()
        self.lateness_ms = 0

    def watchers(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """To be run side by side until the run is over."""
        return self._watch_loop(), self._watch_devices(), self._watch_contacts(), self._watch_keeping()

    def contacted(self, role: Role, host: str, port: int) -> None:
        """A client of that role talked, or tried to talk, to that address; written down the first time."""
        address = Address(host, port)
        if (role, address) in self._contacts:
            return
        self._contacts.add((role, address))
        world = self._world
        own = address == world.doors.get(role) or world.machines.serves(address)
        world.observer.note(world.now, "network", Contacted(role=role, host=host, port=port, own=own))

    async def _watch_loop(self) -> None:
        """How late this loop runs: what could only be decided inside that is not judged."""
        clock = self._world.clock
        due = clock.now_us()
        while True:
            due += LOOP_TICK_MS * 1_000
            await asyncio.sleep(max(0, due - clock.now_us()) / 1e6)
            late = (clock.now_us() - due) // 1_000
            self.lateness_ms = max(self.lateness_ms, late)
            due = max(due, clock.now_us() - LOOP_TICK_MS * 1_000)

    async def _watch_devices(self) -> None:
        """A device is opened when a client holds it, released when none does any more."""
        world = self._world
        while True:
            for role in ROLES:
                driver = world.drivers[role]
                if driver is None or driver.pid is None or not driver.alive:
                    continue
                held = await asyncio.to_thread(world.machines.held, role, driver.pid)
                for spec in world.script.devices:
                    if spec.role is role and (spec.id in held) != self._held.get(spec.id, False):
                        self._held[spec.id] = spec.id in held
                        change = DeviceChanged(
                            device=spec.id, change="opened" if spec.id in held else "released", role=role
                        )
                        world.observer.note(world.now, "device", change)
            await asyncio.sleep(HELD_POLL_MS / 1_000)

    async def look_through(self) -> None:
        """What the laptop's client keeps is looked through for the question, and that is written down; nothing where it can't be."""
        world = self._world
        driver = world.drivers[Role.LAPTOP]
        if driver is None or not driver.alive or world.views[Role.LAPTOP] is None:
            return
        began, pieces = world.now, await driver.keeps()
        if pieces is not None:
            where = await asyncio.to_thread(found, world.script.plan.tracks[world.script.track].question, pieces)
            world.observer.note(began, "laptop", Searched(role=Role.LAPTOP, found=where), until_ms=world.now)

    async def _watch_keeping(self) -> None:
        """Where something is asked of it: before T0, and once the client takes the interview for over."""
        world = self._world
        while True:
            view = world.views[Role.LAPTOP]
            if world.now < 0 or (view is not None and view.page in (Page.UPLOAD, Page.DONE)):
                await self.look_through()
            await asyncio.sleep(KEEPING_POLL_MS / 1_000)

    async def _watch_contacts(self) -> None:
        """Whom the clients' processes talk to; see `contacts` for what this can't see."""
        world = self._world
        while True:
            for role in world.script.roles:
                driver = world.drivers[role]
                if driver is None or driver.pid is None or not driver.alive or role not in world.opened:
                    continue
                for address in await asyncio.to_thread(contacts, driver.pid):
                    self.contacted(role, *address)
            await asyncio.sleep(CONTACTS_POLL_MS / 1_000)
