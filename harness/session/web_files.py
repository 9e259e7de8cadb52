"""Web pages on a machine that lacks packages of the device stack: what is left of a candidate's devices there, and of the scripts.

Laws: it is said that something is left out, why, and what would bring it back; what such a machine can't show (several cameras, what comes
and goes, the screen, sound, a window, the battery) is judged by nobody, and no script pretends that it happened. Asked by the certification,
the smoke check and the worlds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import VivaError
from harness.core.script import DISPLAY, SILENT, Action, DeviceSpec, Do, Plug, Script, ShowScene, Thread
from harness.core.view import ROLES, Act, Role
from harness.drivers.manifest import Subject
from harness.drivers.web.chromium import Machine
from harness.protocol.capture import Device
from harness.rules.rule import Need
from harness.session.rig import Outlet
from harness.session.web import WebMachines
from virtual_devices.camera import Port
from virtual_devices.stack import MICROPHONES, Fallback, missing, remedy

VARIABLE: Final = "VIVA_DEVICES"  # `files`: Chromium's test devices, whatever is installed
FILES: Final = "files"
CAMERAS: Final = frozenset({"camera-1", "phone-front"})  # one on each machine
UNSEEN: Final = frozenset({Need.RECORDINGS, Need.DEVICES, Need.WINDOW, Need.POWER})


def without_stack() -> str:
    """Why pages have no device stack on this machine, and what would give them one, in one sentence; nothing where they have it.

    Raises `VivaError` where `VIVA_DEVICES` asks for what there is not.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", FILES):
        raise VivaError(f"{VARIABLE} is {wanted!r}; set it to {FILES!r}, for Chromium's test devices, or not at all")
    lacking = missing(chromium=False)
    if not (wanted or lacking):
        return ""
    why, cure = (
        (f"{VARIABLE} is {FILES!r}", "unset it")
        if wanted
        else (f"{', '.join(lacking)} can't be found", f"install with `{remedy(lacking)}`")
    )
    return (
        "pages have Chromium's test devices for want of a device stack, so that recordings, several or changing devices, the window and the"
        f" battery are not judged: {why}; {cure}"
    )


def remark(subject: Subject) -> str:
    """What there is to say before that subject is judged here; nothing for one that is driven in no browser."""
    return without_stack() if subject.laptop.driver == "web" else ""


def fitted(script: Script) -> Script | None:
    """The script with what such machines have of its devices, all plugged in from the start; None where it is about others."""
    if script.battery or any(spec.id == DISPLAY.id or spec.scene in (SILENT, "frozen") for spec in script.devices):
        return None
    devices = tuple(
        msgspec.structs.replace(spec, plugged=True)
        for spec in script.devices
        if spec.kind != "camera" or spec.id in CAMERAS
    )
    there = {spec.id for spec in devices}
    threads = tuple(
        Thread(thread.name, steps)
        for thread in script.threads
        if (steps := tuple(step for step in thread.steps if _happens(step.action, there)))
    )
    return msgspec.structs.replace(script, devices=devices, threads=threads)


def _happens(action: Action, there: set[str]) -> bool:
    match action:
        case Plug():
            return False
        case ShowScene():
            return action.device in there
        case Do(act=Act.CHOOSE):
            return action.args.get("id") in there
    return True


class Files(Outlet):
    """Each machine's one camera; nothing else of the rig is seen or heard."""

    def __init__(self, machines: Mapping[Role, Fallback]) -> None:
        self._machines = machines

    def port(self, spec: DeviceSpec) -> Port:
        """The file of a machine's camera."""
        return self._machines[spec.role].camera_port(spec.label) if spec.kind == "camera" else Port()


class FileMachines(WebMachines):
    """Browsers without a window, on files."""

    def _furnish(self, folder: Path, watched_on: Mapping[str, str] | None) -> Outlet:
        del watched_on  # nobody watches what has no window, see `headed`
        self._files = {role: Fallback(folder / role.value) for role in ROLES}
        return Files(self._files)

    async def up(self) -> None:
        """Both machines' folders are there. Raises `HarnessError`."""
        for machine in self._files.values():
            self._up.enter_context(machine)

    def _machine(self, role: Role) -> Machine:
        machine = self._files[role.device]
        return Machine(environment=machine.environment, arguments=machine.arguments)

    def plug(self, device: str) -> None:
        """Cameras alone are ours."""
        if self._rig is not None and self._rig.specs[device].kind == "camera":
            super().plug(device)

    def unplug(self, device: str) -> None:
        """At the end; before, nothing comes or goes."""
        if self._rig is not None and self._rig.specs[device].kind == "camera":
            super().unplug(device)

    def offered(self, role: Role) -> tuple[Device, ...]:
        """By the names that Chromium gives its test devices."""
        camera, microphones = self._files[role.device].camera, iter(MICROPHONES)
        return tuple(
            msgspec.structs.replace(
                device,
                label=camera
                if device.kind == "camera"
                else next(microphones)
                if device.kind == "microphone"
                else device.label,
            )
            for device in super().offered(role)
        )

    def _sees_code(self, spec: DeviceSpec) -> bool:
        """The phone has one camera for all."""
        return spec.kind == "camera" and spec.role is Role.PHONE

    def held(self, role: Role, pid: int) -> frozenset[str]:
        """Nobody knows who reads a file."""
        del role, pid
        return frozenset()
