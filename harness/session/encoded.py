"""The devices of one run as a client is offered them that takes `encoded` media, beside their raw rings.

Laws: a device gets its addresses when a client that says it takes `encoded` is first told of it, so nobody else pays; pulled out, its
streams end and its addresses are gone, and plugged in again it is offered anew. Called by the real world and the smoke check.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec

from harness.protocol.capture import Device
from harness.protocol.control import Initialized
from harness.session.rig import Rig
from virtual_devices.encoded import Address, Broadcast


def takes_encoded(said: Initialized) -> bool:
    """Whether a client that said this of itself is offered encoded media."""
    return "encoded" in said.capture


class EncodedDevices:
    """`rig`'s devices on `broadcast`, in a folder whose name nobody can guess; to be closed before the broadcast is."""

    def __init__(self, broadcast: Broadcast, rig: Rig) -> None:
        self._broadcast = broadcast
        self._rig = rig
        self._folder = secrets.token_hex(8)
        self._addresses: dict[str, Address] = {}
        self._offered = False

    def offered(self, devices: Sequence[Device]) -> tuple[Device, ...]:
        """The same devices with their addresses."""
        return tuple(
            msgspec.structs.replace(device, encoded=address.encoded, still=address.still)
            for device in devices
            for address in [self._address(device.id)]
        )

    def _address(self, device: str) -> Address:
        if device not in self._addresses:
            self._offered = True
            self._addresses[device] = self._broadcast.plug(self._rig.sources[device], f"{self._folder}/{device}")
        return self._addresses[device]

    def unplug(self, device: str) -> None:
        """It was pulled out; harmless where it was never offered."""
        if self._addresses.pop(device, None) is not None:
            self._broadcast.unplug(self._rig.sources[device])

    def held(self, device: str) -> bool:
        """Whether a client reads it now."""
        return device in self._addresses and self._broadcast.held(self._rig.sources[device])

    @property
    def lateness_ms(self) -> int:
        """The latest that anything of any device came out so far."""
        return round(self._broadcast.lateness_ms(self._folder))

    def close(self) -> None:
        """Nothing of this run is to be read any more. Raises `HarnessError` where what was offered could not be had to the end."""
        for device in list(self._addresses):
            self.unplug(device)
        if self._offered:
            self._broadcast.check()
