"""Ways for a camera's pictures to reach a client, each a backend of pyvirtualcam."""

from __future__ import annotations

from typing import Final

import pyvirtualcam
from pyvirtualcam.camera import BACKENDS

from virtual_devices.backends import memory, pipewire, v4l2, x11, y4m

OURS: Final = {"memory": memory.Memory, "y4m": y4m.Y4m, "pipewire": pipewire.Pipewire, "x11": x11.X11}


def register() -> None:
    """Make our backends known to pyvirtualcam; cameras call it, more than once is no fault."""
    for name, backend in OURS.items():
        pyvirtualcam.register_backend(name, backend)


def known() -> tuple[str, ...]:
    """The names that a camera can be opened with on this system, ours and pyvirtualcam's own."""
    register()
    return tuple(BACKENDS)


__all__ = ["OURS", "known", "memory", "pipewire", "register", "v4l2", "x11", "y4m"]
