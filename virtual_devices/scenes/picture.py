"""A scene of a picture that somebody else drew: what another screen shows, held before the camera. Its name carries the picture."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import cv2
import numpy as np

from harness.core.errors import VivaError
from virtual_devices.scenes.base import Frame, Marking, Plane, Scene, Setting, planes

PREFIX: Final = "picture:"
LARGEST: Final = 4_000  # pixels a side
_WALL: Final = 96


class Picture:
    """The picture in the middle, as large as whole multiples or the camera's height allow."""

    marking: Marking = "plain"

    def __init__(self, setting: Setting, drawn: Plane) -> None:
        free = setting.bottom - setting.top
        height, width = drawn.shape[:2]
        scale = min(free / height, setting.width / width)
        if scale > 1:
            scale = float(int(scale))
        size = max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)
        shown = cv2.resize(drawn, size, interpolation=cv2.INTER_NEAREST if scale >= 1 else cv2.INTER_AREA)
        whole = np.full((setting.height, setting.width, 3), _WALL, np.uint8)
        left, top = (setting.width - size[0]) // 2, setting.top + (free - size[1]) // 2
        whole[top : top + size[1], left : left + size[0]] = shown
        self._setting = setting
        self._whole = planes(whole)

    def render(self, at_ms: int) -> Frame:
        """It hangs still."""
        del at_ms
        frame = Frame(self._setting.width, self._setting.height)
        self._whole.crop(frame, 0, 0)
        return frame


def named(png: str) -> str:
    """The name of the scene that shows this picture (PNG, base64)."""
    return PREFIX + png


def picture(name: str, setting: Setting) -> Scene:
    """The scene of that name. Raises `VivaError` for a name that carries no picture."""
    try:
        data = base64.b64decode(name.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    drawn = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if drawn is None or max(drawn.shape[:2]) > LARGEST:
        raise VivaError(f"a scene's name after {PREFIX!r} is a PNG in base64 of at most {LARGEST} pixels a side")
    return Picture(setting, np.asarray(drawn, np.uint8))
