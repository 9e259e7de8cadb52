"""What a desktop would answer a browser: the camera portal and the machine's power, both on the stack's private bus.

Chromium takes PipeWire cameras only through `org.freedesktop.portal.Camera`, and `navigator.getBattery()` only from `org.freedesktop.UPower`.
A script of its own, run by `stack`, with the bus in `DBUS_SESSION_BUS_ADDRESS` and the cameras' server at
`XDG_RUNTIME_DIR/pipewire-0`. It prints `ready` once it owns both names. Each line of its standard input is the power from then on:
`LEVEL CHARGING`, such as `0.07 0`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import Annotated, Final

from dbus_fast import Message, MessageType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusDouble, DBusInt64, DBusObjectPath, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

PORTAL: Final = "org.freedesktop.portal.Desktop"
PORTAL_PATH: Final = "/org/freedesktop/portal/desktop"
POWER: Final = "org.freedesktop.UPower"
POWER_PATH: Final = "/org/freedesktop/UPower"
BATTERY_PATH: Final = "/org/freedesktop/UPower/devices/battery_BAT0"
DISPLAY_PATH: Final = "/org/freedesktop/UPower/devices/DisplayDevice"
GRANTED: Final = 0  # a Response's code for: the user has allowed it

Paths = Annotated[list[str], DBusSignature("ao")]


class CameraPortal(ServiceInterface):
    """The portal's properties; its two methods need the caller's name or hand out a descriptor, so `answer` takes them as messages."""

    def __init__(self) -> None:
        super().__init__("org.freedesktop.portal.Camera")

    @dbus_property(access=PropertyAccess.READ, name="IsCameraPresent")
    def present(self) -> DBusBool:
        """There may be one at any time."""
        return True

    @dbus_property(access=PropertyAccess.READ)
    def version(self) -> DBusUInt32:
        """Of the portal's interface."""
        return 1


class Portal:
    """Grants every caller the cameras at once, as a user would who had allowed them for good."""

    def __init__(self, bus: MessageBus, server: str) -> None:
        self._bus = bus
        self._server = server
        self._granting: set[asyncio.Task[None]] = set()

    def answer(self, call: Message) -> Message | None:
        """The reply to a call of the portal's methods; None leaves it to others."""
        if call.message_type is not MessageType.METHOD_CALL or call.interface != "org.freedesktop.portal.Camera":
            return None
        if call.member == "AccessCamera":
            token = call.body[0]["handle_token"].value if "handle_token" in call.body[0] else "viva"
            sender = str(call.sender)
            handle = f"{PORTAL_PATH}/request/{sender[1:].replace('.', '_')}/{token}"
            granting = asyncio.get_running_loop().create_task(self._grant(sender, handle))
            self._granting.add(granting)
            granting.add_done_callback(self._granting.discard)
            return Message.new_method_return(call, "o", [handle])
        if call.member == "OpenPipeWireRemote":
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as remote:
                remote.connect(self._server)
                descriptor = remote.detach()
            asyncio.get_running_loop().call_later(1, os.close, descriptor)  # by then the bus has sent its copy
            return Message.new_method_return(call, "h", [0], unix_fds=[descriptor])
        return None

    async def _grant(self, sender: str, handle: str) -> None:
        response = Message(
            message_type=MessageType.SIGNAL,
            destination=sender,
            path=handle,
            interface="org.freedesktop.portal.Request",
            member="Response",
            signature="ua{sv}",
            body=[GRANTED, {}],
        )
        await self._bus.send(response)


class Battery(ServiceInterface):
    """A battery as UPower shows one, full and charging until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__("org.freedesktop.UPower.Device")
        self._level, self._charging = 1.0, True

    def tell(self, level: float, charging: bool) -> None:
        """From now on it has that level (0…1), on the mains or not."""
        self._level, self._charging = level, charging
        self.emit_properties_changed(
            {
                "Percentage": level * 100,
                "State": self._state(),
                "TimeToEmpty": self._to_empty(),
                "TimeToFull": self._to_full(),
            }
        )

    def _state(self) -> int:
        if not self._charging:
            return 2  # discharging
        return 4 if self._level >= 1 else 1  # fully charged, or charging

    def _to_empty(self) -> int:
        return 0 if self._charging else round(self._level * 4 * 3600)  # a full one lasts four hours

    def _to_full(self) -> int:
        return round((1 - self._level) * 2 * 3600) if self._charging else 0

    @dbus_property(access=PropertyAccess.READ, name="Type")
    def kind(self) -> DBusUInt32:
        """2: a battery."""
        return 2

    @dbus_property(access=PropertyAccess.READ, name="NativePath")
    def native_path(self) -> DBusStr:
        """The kernel's name of it."""
        return "BAT0"

    @dbus_property(access=PropertyAccess.READ, name="PowerSupply")
    def supplies(self) -> DBusBool:
        """It feeds the computer, not a mouse."""
        return True

    @dbus_property(access=PropertyAccess.READ, name="IsPresent")
    def present(self) -> DBusBool:
        """It is in its bay."""
        return True

    @dbus_property(access=PropertyAccess.READ, name="State")
    def state(self) -> DBusUInt32:
        """1 charging, 2 discharging, 4 fully charged."""
        return self._state()

    @dbus_property(access=PropertyAccess.READ, name="Percentage")
    def percentage(self) -> DBusDouble:
        """0…100."""
        return self._level * 100

    @dbus_property(access=PropertyAccess.READ, name="TimeToEmpty")
    def to_empty(self) -> DBusInt64:
        """Seconds; 0: unknown."""
        return self._to_empty()

    @dbus_property(access=PropertyAccess.READ, name="TimeToFull")
    def to_full(self) -> DBusInt64:
        """Seconds; 0: unknown."""
        return self._to_full()


class Power(ServiceInterface):
    """UPower itself: which devices there are."""

    def __init__(self) -> None:
        super().__init__(POWER)

    @dbus_property(access=PropertyAccess.READ, name="DaemonVersion")
    def version(self) -> DBusStr:
        """As of Debian 12."""
        return "0.99.20"

    @dbus_property(access=PropertyAccess.READ, name="OnBattery")
    def on_battery(self) -> DBusBool:
        """Nobody who asks here looks at it; the battery's state tells."""
        return False

    @dbus_method(name="EnumerateDevices")
    def enumerate_devices(self) -> Paths:
        """The one battery."""
        return [BATTERY_PATH]

    @dbus_method(name="GetDisplayDevice")
    def get_display_device(self) -> DBusObjectPath:
        """What stands for all batteries together."""
        return DISPLAY_PATH

    @dbus_signal(name="DeviceAdded")
    def device_added(self) -> DBusObjectPath:
        """Never sent: the battery stays in."""
        return BATTERY_PATH

    @dbus_signal(name="DeviceRemoved")
    def device_removed(self) -> DBusObjectPath:
        """Never sent: the battery stays in."""
        return BATTERY_PATH


async def serve() -> None:
    """Answer until the standard input ends."""
    bus = await MessageBus(os.environ["DBUS_SESSION_BUS_ADDRESS"], negotiate_unix_fd=True).connect()
    batteries = (Battery(), Battery())
    bus.export(PORTAL_PATH, CameraPortal())
    bus.export(POWER_PATH, Power())
    for path, battery in zip((BATTERY_PATH, DISPLAY_PATH), batteries, strict=True):
        bus.export(path, battery)
    bus.add_message_handler(Portal(bus, f"{os.environ['XDG_RUNTIME_DIR']}/pipewire-0").answer)
    for name in (PORTAL, POWER):
        await bus.request_name(name)
    print("ready", flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        level, charging = line.split()
        for battery in batteries:
            battery.tell(float(level), charging == b"1")


if __name__ == "__main__":
    asyncio.run(serve())
