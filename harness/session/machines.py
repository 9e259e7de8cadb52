"""The machines on which one script's candidate sits: where its devices are plugged in, and how its clients are started on them.

Two kinds fill one port: client processes that read shared rings (or live encoded media), here; and pages in browsers on private device
stacks, `web`. Laws: a device is on a machine from `plug` to `unplug`, and nothing of it is left when the machines are down; all calls
that touch devices block and may come from any thread; what a client holds open is seen from outside of it. Made and used by the real world.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from harness.core.clock import Clock
from harness.core.script import DeviceSpec
from harness.core.view import Role
from harness.drivers.driver import Driver, OnChange, OnContact, OnFault
from harness.drivers.keeping import Kept
from harness.drivers.manifest import Subject
from harness.drivers.process import ProcessDriver
from harness.drivers.web.window import OnWindow
from harness.protocol.capture import Device
from harness.protocol.control import Initialized
from harness.session.contacts import Address
from harness.session.encoded import EncodedDevices, takes_encoded
from harness.session.rig import Outlet, Rig, Rings
from virtual_devices.encoded import Broadcast
from virtual_devices.schedule import PumpThread


class Running(Driver, Protocol):
    """A driver whose client is a process of this machine."""

    @property
    def pid(self) -> int | None:
        """Of the client's first process; None before it was started."""
        ...

    async def keeps(self) -> tuple[Kept, ...] | None:
        """What survives the client's end, recordings apart, and what stands in its document; None where that could not be looked through."""
        ...


class Machines(Protocol):
    """What the real world asks of them."""

    hops: int  # how many processes of this machine, one after the other, stand between a cause and what is seen of it
    opens_ms: int  # so long before a script begins its clients are opened, as opening takes them about so long

    async def up(self) -> None:
        """There, before any client is started. Raises `HarnessError`."""
        ...

    async def down(self) -> None:
        """Gone, after all clients have ended. Harmless where they never were up."""
        ...

    @property
    def outlet(self) -> Outlet:
        """Where the rig's devices go; asked once the machines are up."""
        ...

    def driver(
        self, role: Role, *, on_change: OnChange, on_fault: OnFault, on_contact: OnContact, on_window: OnWindow
    ) -> Running:
        """A client of that role, not started yet."""
        ...

    def said(self, role: Role, said: Initialized) -> None:
        """What a client said of itself when it was started; blocks until there is what it asks for."""
        ...

    def fitted(self, rig: Rig) -> contextlib.AbstractContextManager[None]:
        """Everything of the rig is there, and what is plugged in delivers; pulled out again at the end."""
        ...

    def plug(self, device: str) -> None:
        """That device of the rig delivers from now on."""
        ...

    def unplug(self, device: str) -> None:
        """It is pulled out."""
        ...

    def offered(self, role: Role) -> tuple[Device, ...]:
        """What is plugged in on that side now, as that role's client takes it."""
        ...

    def held_up(self, png: str) -> None:
        """What the laptop shows as its QR code (base64) is held before the phone's rear camera, where clients scan by themselves."""
        ...

    def held(self, role: Role, pid: int) -> frozenset[str]:
        """Which devices of that role the client has open."""
        ...

    @property
    def inspected_at(self) -> Mapping[Role, str]:
        """The addresses at which a person can look into the clients that run; none of those that have none."""
        ...

    def serves(self, address: Address) -> bool:
        """A device's media come from there."""
        ...

    @property
    def lateness_ms(self) -> int:
        """The latest that anything came out of a device so far."""
        ...


class RingMachines:
    """Client processes beside rings in shared memory, in `folder`."""

    hops = 1
    opens_ms = 0

    def __init__(self, subject: Subject, clock: Clock, pump: PumpThread, broadcast: Broadcast, folder: Path) -> None:
        self._subject = subject
        self._clock = clock
        self._pump = pump
        self._broadcast = broadcast
        self.outlet: Outlet = Rings(folder)
        self._rig: Rig | None = None
        self._encoded: EncodedDevices | None = None
        self._takes_encoded: set[Role] = set()

    async def up(self) -> None:
        """There is nothing to start."""

    async def down(self) -> None:
        """There is nothing to end."""

    def driver(
        self, role: Role, *, on_change: OnChange, on_fault: OnFault, on_contact: OnContact, on_window: OnWindow
    ) -> Running:
        """A process; whom it talks to is seen of its sockets alone."""
        del on_contact, on_window
        return ProcessDriver(self._subject.device(role), clock=self._clock, on_change=on_change, on_fault=on_fault)

    def said(self, role: Role, said: Initialized) -> None:
        """Whether it is offered encoded media; who encodes them is there before anybody plays."""
        if takes_encoded(said):
            self._takes_encoded.add(role)
            self._broadcast.start()

    @contextlib.contextmanager
    def fitted(self, rig: Rig) -> Iterator[None]:
        """Rings are there whether a device is plugged in or not; only what is plugged in is pumped."""
        with contextlib.ExitStack() as stack:
            self._rig = rig
            for device, source in rig.sources.items():
                stack.enter_context(source)
                if device in rig.plugged:
                    self._pump.add(source)
                stack.callback(self._pump.remove, source)
            self._encoded = EncodedDevices(self._broadcast, rig)
            stack.callback(self._encoded.close)
            yield

    def plug(self, device: str) -> None:
        """Pumped from now on."""
        if self._rig is not None:
            self._pump.add(self._rig.sources[device])

    def unplug(self, device: str) -> None:
        """Pumped no more; its encoded media end."""
        if self._rig is not None:
            self._pump.remove(self._rig.sources[device])
        if self._encoded is not None:
            self._encoded.unplug(device)

    def offered(self, role: Role) -> tuple[Device, ...]:
        """Rings, and addresses of encoded media for who takes those."""
        devices = () if self._rig is None else self._rig.devices(role.device)
        return devices if self._encoded is None or role not in self._takes_encoded else self._encoded.offered(devices)

    def held_up(self, png: str) -> None:
        """What was scanned is told to such a client."""

    def held(self, role: Role, pid: int) -> frozenset[str]:
        """Whose rings the process has mapped or open, or whose encoded media are being read."""
        try:
            maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
            links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
        except OSError:
            return frozenset()  # it has just ended

        def has(spec: DeviceSpec) -> bool:
            path = "" if self._rig is None else self._rig.address(spec.id)
            read = self._encoded is not None and self._encoded.held(spec.id)
            return read or (bool(path) and (path in maps or path in links))

        return frozenset(spec.id for spec in self._specs(role) if has(spec))

    @property
    def inspected_at(self) -> Mapping[Role, str]:
        """A process is looked into by its own author's means."""
        return {}

    def serves(self, address: Address) -> bool:
        """It is where a device's encoded media are."""
        given = (device for role in (Role.LAPTOP, Role.PHONE) for device in self.offered(role))
        urls = [urlsplit(url) for device in given for url in (device.encoded, device.still) if url]
        return address in [(url.hostname, url.port) for url in urls]

    def _specs(self, role: Role) -> Sequence[DeviceSpec]:
        if self._rig is None:
            return ()
        return [spec for spec in self._rig.script.devices if spec.role is role and spec.id in self._rig.sources]

    @property
    def lateness_ms(self) -> int:
        """Of encoded media; the rig knows its own."""
        return 0 if self._encoded is None else self._encoded.lateness_ms
