"""The pan: the candidate turns once around with the phone, and the room passes by behind.

The wall of 360° is drawn once; on it hangs a yaw mark every 15°, at the same height, and the candidate stays in view below them. The
window onto it moves evenly from 0° to 360° over the setting's `lasts_ms`, with a short rest before and after.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from virtual_devices import symbols
from virtual_devices.scenes.base import NEUTRAL, SWAY, Frame, Marking, Plane, Planes, Scene, Setting, even, planes, sway
from virtual_devices.scenes.faces import face
from virtual_devices.scenes.room import bookcase, window

# From mark to mark, in sides of a mark. At 320×180 the window then spans 80°, as a phone's front camera does, and in a pan of three
# seconds each mark is whole in the picture for half a second.
_GAP: Final = 1.25
_REST: Final = 0.05  # of the pan's length, before and after: the first and the last mark are seen as long as the others


class Panorama:
    """A window that pans over a wall, with the candidate's head and shoulders before it."""

    marking: Marking = "plain"

    def __init__(self, setting: Setting) -> None:
        self._size = setting.width, setting.height
        self._lasts_ms = max(1, setting.lasts_ms)
        self._side = symbols.side(setting.module)
        self._step = even(self._side * _GAP)
        self._around = self._step * len(symbols.YAWS)
        self._wall = _wall(setting, self._step)
        self._whole: dict[int, tuple[str, ...]] = {}  # by where the window begins; pans pass the same places
        self._sitter, self._mask, self._place = _candidate(setting)

    def yaw(self, at_ms: int) -> float:
        """Degrees at the middle of the picture, 0 … 360."""
        share = (at_ms / self._lasts_ms - _REST) / (1 - 2 * _REST)
        return 360 * min(max(share, 0), 1)

    def whole(self, at_ms: int) -> tuple[str, ...]:
        """The yaw marks of which nothing is cut off at that time, left to right."""
        left = self._left(at_ms)
        if left not in self._whole:
            self._whole[left] = self._whole_from(left)
        return self._whole[left]

    def _whole_from(self, left: int) -> tuple[str, ...]:
        width, half = self._size[0], self._side // 2
        places = ((self._step * number + width // 2, yaw) for number, yaw in enumerate(symbols.YAWS))
        around = ((place + turn - left, yaw) for place, yaw in places for turn in (-self._around, 0, self._around))
        return tuple(yaw for place, yaw in sorted(around) if half <= place <= width - half)

    def _left(self, at_ms: int) -> int:
        """Where on the wall the window begins, px."""
        return even(self.yaw(at_ms) * self._around / 360)

    def render(self, at_ms: int) -> Frame:
        """The picture at that time."""
        frame = Frame(*self._size)
        self._wall.crop(frame, self._left(at_ms), 2 * (sway(at_ms)[1] // 2))
        x, y = self._place
        height, width = self._sitter.luma.shape
        np.copyto(frame.luma[y : y + height, x : x + width], self._sitter.luma, where=self._mask)
        rows, columns = slice(y // 2, (y + height) // 2), slice(x // 2, (x + width) // 2)
        for chroma, own in ((frame.chroma_u, self._sitter.chroma_u), (frame.chroma_v, self._sitter.chroma_v)):
            np.copyto(chroma[rows, columns], own, where=self._mask[::2, ::2])
        return frame


def panorama(setting: Setting) -> Scene:
    """The candidate pans the room once around."""
    return Panorama(setting)


def _wall(setting: Setting, step: int) -> Planes:
    """The whole wall plus one picture's width, which repeats its beginning: yaw 0 is in the middle of the first window."""
    width, height = setting.width, setting.height + 2 * SWAY
    around = step * len(symbols.YAWS)
    drawn = np.empty((height, around + width, 3), np.uint8)
    colours = np.array([(190, 198, 204), (176, 194, 190), (200, 190, 182), (184, 184, 200)], np.float64)
    place = np.linspace(0, 4, around, endpoint=False)
    low, share = place.astype(int), (place % 1)[:, None]
    drawn[:, :around] = (colours[low % 4] * (1 - share) + colours[(low + 1) % 4] * share).astype(np.uint8)
    cv2.rectangle(drawn, (0, round(height * 0.82)), (around, height), (92, 112, 140), -1)
    chance = np.random.default_rng(3)
    below = SWAY + setting.top + symbols.side(setting.module) + 6  # furniture stands beneath the marks
    for piece in range(12):
        left, right = around * piece // 12 + step // 4, around * piece // 12 + step * 5 // 4
        if piece % 3 == 1:
            window(drawn, (left, below), (right, round(height * 0.72)))
        else:
            bookcase(drawn, chance, (left, below), (right, round(height * 0.84)))
    drawn[:, around:] = drawn[:, :width]
    wall = planes(drawn)
    _hang(wall, setting, step)
    return wall


def _hang(wall: Planes, setting: Setting, step: int) -> None:
    side, around = symbols.side(setting.module), step * len(symbols.YAWS)
    y = SWAY + setting.top + 2 + side // 2
    for number, yaw in enumerate(symbols.YAWS):
        middle = number * step + setting.width // 2
        for x in (middle - around, middle, middle + around):
            symbols.draw(wall.luma, yaw, x, y, setting.module)
            rows = slice((y - side // 2) // 2, (y + side // 2) // 2)
            columns = slice(max(0, x - side // 2) // 2, max(0, x + side // 2) // 2)
            wall.chroma_u[rows, columns] = NEUTRAL
            wall.chroma_v[rows, columns] = NEUTRAL


def _candidate(setting: Setting) -> tuple[Planes, Plane, tuple[int, int]]:
    """Head and shoulders: the picture, where it covers, and its corner."""
    side = even((setting.bottom - setting.top - symbols.side(setting.module)) - 6)
    drawn = face(setting.person, side)
    mask = np.zeros((side, side), np.uint8)
    cv2.ellipse(mask, (side // 2, side // 2), (round(side * 0.4), round(side * 0.48)), 0, 0, 360, 1, -1)
    cv2.ellipse(mask, (side // 2, round(side * 1.08)), (round(side * 0.44), round(side * 0.24)), 0, 0, 360, 1, -1)
    return planes(drawn), mask.astype(bool), (even(setting.width / 2 - side / 2), even(setting.bottom - side))
