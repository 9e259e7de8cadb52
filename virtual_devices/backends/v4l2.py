"""Cameras of the system through v4l2loopback, which pyvirtualcam brings itself: where they are, and what is missing where there are none.

A kernel module has to be loaded beforehand by whoever owns the machine; nothing here loads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness.core.errors import HarnessError

PACKAGE: Final = "v4l2loopback-dkms"  # Debian
LOAD: Final = "modprobe v4l2loopback devices=3 exclusive_caps=1,1,1"
_VIDEO: Final = Path("/sys/devices/virtual/video4linux")  # only devices without hardware stand here


def devices(virtual: Path = _VIDEO) -> tuple[str, ...]:
    """The loopback cameras of this machine (`/dev/video0`, …), in order."""
    if not virtual.is_dir():
        return ()
    found = sorted(virtual.glob("video*"), key=lambda entry: int(entry.name.removeprefix("video")))
    return tuple(
        f"/dev/{entry.name}" for entry in found if (entry / "max_openers").exists()
    )  # an attribute of v4l2loopback's alone


def require(virtual: Path = _VIDEO) -> tuple[str, ...]:
    """`devices`, or `HarnessError` with what to do where there are none."""
    found = devices(virtual)
    if not found:
        raise HarnessError(f"no v4l2loopback camera: install Debian's {PACKAGE}, then run `{LOAD}` as root")
    return found
