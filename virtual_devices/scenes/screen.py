"""What the screen shows: a desktop with one window, in blocks of text too coarse for any codec to lose.

The text itself means nothing; a pointer wanders, a clock ticks and a line grows, so that a screen that hangs is seen to hang.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from virtual_devices.scenes.base import Frame, Marking, Plane, Scene, Setting, planes

_DESK: Final = (132, 98, 58)
_INK: Final = 60
_LINE_MS: Final = 400  # a block of text is added that often
_LINES: Final = 12


class Screen:
    """A desktop."""

    marking: Marking = "plain"

    def __init__(self, setting: Setting) -> None:
        self._size = setting.width, setting.height
        self._desk = planes(_desktop(setting))
        self._unit = max(2, setting.height // 60)

    def render(self, at_ms: int) -> Frame:
        """The picture at that time."""
        width, height = self._size
        frame, unit = Frame(width, height), self._unit
        self._desk.crop(frame, 0, 0)
        typed = at_ms // _LINE_MS % (_LINES * 4)
        y = round(height * 0.72)
        frame.luma[y : y + 2 * unit, round(width * 0.2) : round(width * 0.2) + typed * unit] = _INK
        second = at_ms // 1_000 % 10
        frame.luma[
            round(height * 0.82) : round(height * 0.82) + unit, width - (2 + second) * 2 * unit : width - 2 * unit
        ] = 225
        x = round(width * (0.5 + 0.28 * math.sin(at_ms / 1_700)))
        y = round(height * (0.5 + 0.2 * math.sin(at_ms / 1_300)))
        frame.luma[y : y + 3 * unit, x : x + unit] = 20
        frame.luma[y : y + unit, x : x + 3 * unit] = 20
        return frame


def screen(setting: Setting) -> Scene:
    """The candidate's whole screen."""
    return Screen(setting)


def _desktop(setting: Setting) -> Plane:
    width, height = setting.width, setting.height
    drawn = np.empty((height, width, 3), np.uint8)
    drawn[:] = np.linspace(_DESK, (176, 148, 104), height)[:, None].astype(np.uint8)

    def box(left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        corner, opposite = (round(left * width), round(top * height)), (round(right * width), round(bottom * height))
        cv2.rectangle(drawn, corner, opposite, colour, -1)

    box(0, 0.8, 1, 1, (60, 52, 48))
    for icon in range(3):
        box(0.03, 0.16 + 0.2 * icon, 0.09, 0.26 + 0.2 * icon, ((90, 170, 220), (120, 190, 120), (200, 150, 110))[icon])
    box(0.15, 0.14, 0.96, 0.79, (246, 246, 246))
    box(0.15, 0.14, 0.96, 0.21, (150, 110, 70))
    chance = np.random.default_rng(5)
    for row in range(6):
        left = 0.2
        while left < 0.6:
            word = 0.02 + 0.06 * chance.random()
            box(left, 0.28 + 0.07 * row, min(left + word, 0.62), 0.305 + 0.07 * row, (70, 66, 64))
            left += word + 0.02
    box(0.7, 0.27, 0.92, 0.5, (170, 186, 196))
    box(0.7, 0.56, 0.92, 0.63, (96, 150, 84))
    return drawn
