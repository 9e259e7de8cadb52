"""The machines of a candidate who sits before web pages: a private device stack and a browser for each of the two devices.

Laws: the laptop's browser has a window on a real display of its own, which is recorded whole; the phone's, and those of rivals, have none
and the size of their device (where a person watches, the phone's has a display too, and the same size); cameras, microphones and the display
are the rig's, plugged into the role's stack, so that no browser sees another machine's; profiles lie in the state folders, which outlive a
killed browser. Made by `waves`, used by the real world.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from playwright.async_api import Playwright

from harness.core.errors import HarnessError
from harness.core.script import DISPLAY, DeviceSpec, Script
from harness.core.view import ROLES, Role
from harness.drivers.driver import OnChange, OnContact, OnFault
from harness.drivers.manifest import Subject
from harness.drivers.web.chromium import Machine
from harness.drivers.web.driver import WebDriver
from harness.drivers.web.window import OnWindow
from harness.protocol.capture import Device
from harness.protocol.control import Initialized
from harness.session.contacts import Address
from harness.session.machines import Running
from harness.session.rig import Outlet, Rig
from harness.wallclock import WallClock
from virtual_devices.camera import Port, VirtualCamera
from virtual_devices.microphone import SoundPort, VirtualMicrophone
from virtual_devices.scenes.picture import named
from virtual_devices.schedule import PumpThread
from virtual_devices.stack import Stack

SCREEN: Final = (1_366, 960)
STRIP: Final = SCREEN[1] // 10  # at either edge, for the marks
WINDOW: Final = (f"--window-position=0,{STRIP}", f"--window-size={SCREEN[0]},{SCREEN[1] - 2 * STRIP}")

PHONE_SCREEN: Final = (500, 960)  # on which a watched phone's page stands; windows of Chromium are no narrower
PHONE_WINDOW: Final = ("--window-position=0,0", f"--window-size={PHONE_SCREEN[0]},{PHONE_SCREEN[1]}")

# A real display can't be had twice on one stack: Chromium's own, without a window, can.
TWO_DISPLAYS: Final = (f"--screen-info={{1366x768}}{{1024x768 label='{DISPLAY.label}'}}",)
LOW: Final = 0.08  # of a battery's charge: systems warn at a tenth

# A page is loaded and its camera open after 1 s on a machine with nothing else to do, and after 4 s beside two other interviews.
OPENS_MS: Final = 4_000
# A picture or a change goes through a browser's network, page, compositor and encoder, processes that wait for a core as our own loop does:
# where it was 0.3 to 0.5 s late, screens were recorded with gaps of 2 s on two overloaded cores.
HOPS: Final = 4
HELD_UP_MS: Final = 8_000  # for so long a candidate holds the phone to the laptop's screen


def _held(source: VirtualCamera | VirtualMicrophone) -> bool:
    try:
        return source.looked_at if isinstance(source, VirtualCamera) else source.listened_to
    except HarnessError:  # its server has just ended
        return False


class Stacks(Outlet):
    """Devices of each role in that role's stack."""

    def __init__(self, stacks: Mapping[Role, Stack]) -> None:
        self._stacks = stacks

    def port(self, spec: DeviceSpec) -> Port:
        """A camera on the PipeWire server, or the display's edges."""
        stack = self._stacks[spec.role]
        return stack.screen_port() if spec.kind == "screen" else stack.camera_port(spec.label)

    def sound(self, spec: DeviceSpec) -> SoundPort | None:
        """A source on the PulseAudio server."""
        return self._stacks[spec.role].sound_port(spec.label)


class WebMachines:
    """`folder` has a short path, because sockets stand in it; `watched_on` are the variables of the display on which a person watches.
    `films` is a folder for what the candidate's browsers show, `<script>-<role>.zip`.
    """

    hops = HOPS
    opens_ms = OPENS_MS

    def __init__(
        self,
        script: Script,
        subject: Subject,
        *,
        clock: WallClock,
        playwright: Playwright,
        folder: Path,
        watched_on: Mapping[str, str] | None = None,
        films: Path | None = None,
    ) -> None:
        self._script = script
        self._subject = subject
        self._clock = clock
        # A pump of its own: a device that fails is this run's error and no other's.
        self._pump = PumpThread(lambda: clock.now_us() / 1_000)
        self._playwright = playwright
        self._up = contextlib.ExitStack()
        self._rig: Rig | None = None
        self._films = films
        self._drivers: dict[Role, WebDriver] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.outlet: Outlet = self._furnish(folder, watched_on)

    def _furnish(self, folder: Path, watched_on: Mapping[str, str] | None) -> Outlet:
        """Whatever stands behind the devices, not started yet."""
        screens = {Role.LAPTOP: SCREEN, Role.PHONE: PHONE_SCREEN if watched_on else None}
        self._stacks = {role: Stack(folder / role.value, screen=screens[role], watched_on=watched_on) for role in ROLES}
        return Stacks(self._stacks)

    async def up(self) -> None:
        """Both stacks are whole. Raises `HarnessError` with the package that is missing, or what has died."""
        for stack in self._stacks.values():
            await asyncio.to_thread(self._up.enter_context, stack)
        self._loop = asyncio.get_running_loop()
        if self._script.battery:
            laptop = self._stacks[Role.LAPTOP]
            await asyncio.to_thread(laptop.power, LOW, self._script.battery == "charging")

    async def down(self) -> None:
        """Both are gone."""
        await asyncio.to_thread(self._up.close)

    def driver(
        self, role: Role, *, on_change: OnChange, on_fault: OnFault, on_contact: OnContact, on_window: OnWindow
    ) -> Running:
        """A browser with a profile of its own on the machine of that role."""
        driver = WebDriver(
            self._subject.device(role),
            clock=self._clock,
            playwright=self._playwright,
            machine=self._machine(role),
            titles={item.id: item.title for item in self._script.plan.attachments},
            on_change=on_change,
            on_fault=on_fault,
            on_contact=on_contact,
            on_window=on_window,
            film=self._films / f"{self._script.digest()}-{role.value}.zip" if self._films and role in ROLES else None,
        )
        self._drivers[role] = driver
        return driver

    def _machine(self, role: Role) -> Machine:
        """What a browser of that role runs on. Raises `HarnessError` where it is not whole any more."""
        stack = self._stacks[role.device]
        extended = role.device is Role.LAPTOP and any(spec.kind == "display" for spec in self._script.devices)
        headed = role in ROLES and stack.screen is not None and not extended
        for wrong in stack.health():
            raise HarnessError(wrong)
        environment = dict(stack.environment)
        if not headed:
            environment.pop("DISPLAY", None)
        window = WINDOW if role is Role.LAPTOP else PHONE_WINDOW
        displays = window if headed else TWO_DISPLAYS if extended else ()
        return Machine(
            environment=environment,
            arguments=(*stack.arguments, *displays),
            headed=headed,
            emulated=not headed or role is Role.PHONE,
        )

    def said(self, role: Role, said: Initialized) -> None:
        """Every browser takes its devices from its system."""

    @contextlib.contextmanager
    def fitted(self, rig: Rig) -> Iterator[None]:
        """Plugged in in the script's order, which is that in which browsers list them."""
        self._rig = rig
        with self._pump:
            try:
                for spec in self._script.devices:
                    if spec.id in rig.plugged:
                        self.plug(spec.id)
                yield
            finally:
                for device in list(rig.sources):
                    self.unplug(device)

    def plug(self, device: str) -> None:
        """There for every browser of that machine."""
        source = None if self._rig is None else self._rig.sources.get(device)
        if source is not None:
            source.__enter__()
            self._pump.add(source)

    def unplug(self, device: str) -> None:
        """Gone; harmless where it was not there. A display goes as its browser is told to have it no more; of the whole screen, which
        can't be pulled out, the sharing is stopped, as by the person before it.
        """
        laptop = self._drivers.get(Role.LAPTOP)
        if device == DISPLAY.id and laptop is not None and self._loop is not None:
            asyncio.run_coroutine_threadsafe(laptop.remove_second_display(), self._loop).result()
        source = None if self._rig is None else self._rig.sources.get(device)
        if source is not None:
            self._pump.remove(source)
            source.__exit__(None, None, None)
            if self._rig is not None and self._rig.specs[device].kind == "screen":
                self._stacks[self._rig.specs[device].role].unshare()

    def offered(self, role: Role) -> tuple[Device, ...]:
        """Labels, by which a candidate knows them."""
        return () if self._rig is None else self._rig.devices(role.device)

    def held_up(self, png: str) -> None:
        """For some seconds the camera that looks at the laptop sees it."""
        if self._rig is None or not png:
            return
        for spec in self._script.devices:
            camera = self._rig.sources.get(spec.id)
            if self._sees_code(spec) and isinstance(camera, VirtualCamera):
                now = camera.own_ms(self._clock.now())
                camera.during(now, now + HELD_UP_MS, named(png))

    def _sees_code(self, spec: DeviceSpec) -> bool:
        """The rear camera, which is held to the laptop's screen."""
        return spec.facing == "environment"

    def held(self, role: Role, pid: int) -> frozenset[str]:
        """Whom a browser looks at or listens to."""
        del pid  # all browsers of a role are the candidate's
        if self._rig is None:
            return frozenset()
        self._hold_back_screen(role)
        specs = (spec for spec in self._script.devices if spec.role is role)
        sources = ((spec.id, self._rig.sources.get(spec.id)) for spec in specs)
        return frozenset(device for device, source in sources if source is not None and _held(source))

    def _hold_back_screen(self, role: Role) -> None:
        """A browser has the whole screen wherever there is one: what is not plugged in is not shared for long."""
        screens = {spec.id for spec in self._script.devices if spec.kind == "screen" and spec.role is role}
        if self._rig is not None and screens - self._rig.plugged:
            self._stacks[role].unshare()

    @property
    def inspected_at(self) -> Mapping[Role, str]:
        """The browsers' DevTools."""
        return {role: driver.devtools for role, driver in self._drivers.items() if driver.alive}

    def serves(self, address: Address) -> bool:
        """No device has an address."""
        del address
        return False

    @property
    def lateness_ms(self) -> int:
        """The rig knows how late its devices were."""
        return 0
