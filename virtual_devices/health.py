"""What this machine can do: each route by which devices reach a client, whether it works here, and what it lacks. For `viva doctor`.

Nothing is started or loaded to find out, but for one clip that is spoken.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import HarnessError
from virtual_devices import backends, speech, stack
from virtual_devices.backends import v4l2
from virtual_devices.display import displays

SHARED_MEMORY: Final = Path("/dev/shm")
ROOM_NEEDED: Final = 256 << 20  # bytes: two sessions' 720p rings of eight and their sound


class RouteHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One route; `missing` are Debian packages, `note` a sentence for a person."""

    name: str
    available: bool
    missing: tuple[str, ...] = ()
    note: str = ""


def routes() -> list[RouteHealth]:
    """Every route that is built, in the order in which a session prefers them."""
    return [_memory(), _y4m(), _stack(), _v4l2loopback(), _screen(), _speech()]


def _memory() -> RouteHealth:
    return RouteHealth(
        name="memory", available="memory" in backends.known(), note="cameras for clients in the same process"
    )


def _y4m() -> RouteHealth:
    if not (SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)):
        return RouteHealth(name="y4m", available=False, note=f"{SHARED_MEMORY} can't be written: mount a tmpfs there")
    free = shutil.disk_usage(SHARED_MEMORY).free
    if free < ROOM_NEEDED:
        return RouteHealth(
            name="y4m",
            available=False,
            note=f"{SHARED_MEMORY} has {free >> 20} MiB free of {ROOM_NEEDED >> 20} needed: enlarge it",
        )
    return RouteHealth(name="y4m", available=True, note=f"rings in {SHARED_MEMORY} for clients in other processes")


def _stack() -> RouteHealth:
    lacking = stack.missing(chromium=False)
    if lacking:
        return RouteHealth(name="stack", available=False, missing=lacking, note="private devices for browsers")
    return RouteHealth(
        name="stack", available=True, note="private cameras, microphones, display and battery for browsers, by PipeWire"
    )


def _v4l2loopback() -> RouteHealth:
    found = v4l2.devices()
    if not found:
        return RouteHealth(
            name="v4l2loopback", available=False, missing=(v4l2.PACKAGE,), note=f"then, as root: {v4l2.LOAD}"
        )
    unwritable = [device for device in found if not os.access(device, os.W_OK)]
    if unwritable:
        return RouteHealth(
            name="v4l2loopback",
            available=False,
            note=f"{unwritable[0]} can't be written: add yourself to the group video",
        )
    return RouteHealth(name="v4l2loopback", available=True, note=", ".join(found))


def _screen() -> RouteHealth:
    found = displays()
    if found.display is not None:
        return RouteHealth(name="screen", available=True, note=f"X display {found.display}")
    if found.xvfb is not None:
        return RouteHealth(name="screen", available=True, note=found.xvfb)
    return RouteHealth(
        name="screen",
        available=False,
        missing=("xvfb",),
        note="needed for clients that capture a real screen, as browsers do",
    )


def _speech() -> RouteHealth:
    source = speech.available()
    try:
        speech.clip(speech.PRESENTATION)
    except HarnessError as error:
        return RouteHealth(name="speech", available=False, missing=("espeak-ng",), note=str(error))
    return RouteHealth(name="speech", available=True, note=f"Mandarin by {source}")
