"""Screens: what the candidate's display shows, as a device like a camera, and what displays this machine has.

A synthetic screen is a `VirtualCamera` of kind `screen`: in-process and foreign clients take it as their screen. A browser captures a real
display instead, which is what `displays` looks for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Final

import msgspec
from Xlib import display as xlib
from Xlib.error import ConnectionClosedError, DisplayError

from harness.core.errors import HarnessError
from virtual_devices.camera import IN_PROCESS, CameraSpec, Port, VirtualCamera
from virtual_devices.scenes import Programme

SCREEN_FPS: Final = 5  # text changes seldom; five frames a second are what screen recorders of interviews take


def screen(
    device: int,
    session: int,
    label: str = "Entire screen",
    *,
    width: int = 320,
    height: int = 180,
    fps: int = SCREEN_FPS,
    epoch_ms: float = 0,
    programme: Programme | None = None,
    port: Port = IN_PROCESS,
) -> VirtualCamera:
    """The candidate's screen; raises as `VirtualCamera`."""
    spec = CameraSpec(device=device, session=session, label=label, kind="screen", width=width, height=height, fps=fps)
    return VirtualCamera(spec, epoch_ms=epoch_ms, programme=programme, port=port)


def require_display(display: str) -> None:
    """Raises `HarnessError` where that X display can't be opened."""
    try:
        xlib.Display(display).close()
    except (DisplayError, ConnectionClosedError, OSError) as error:
        raise HarnessError(f"X display {display!r} can't be opened ({error}): name one that is there, as :0") from None


class Displays(msgspec.Struct, frozen=True, kw_only=True):
    """What can show a real screen here."""

    display: str | None  # an X display that is there already
    xvfb: str | None  # the program that can make more


def displays(environment: Mapping[str, str] = os.environ) -> Displays:
    """What displays this machine has, by its environment and programs; starts nothing."""
    return Displays(display=environment.get("DISPLAY") or None, xvfb=shutil.which("Xvfb"))
