"""Rooms: the ground of every scene, with nobody in it, in the dark, or behind a camera that shows nothing.

The furniture is drawn from a seed: enough edges and texture that a blurred or replaced background shows, and little enough that a frame at
150 kbit/s keeps its marks.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from virtual_devices.scenes.base import BLACK, NEUTRAL, Frame, Marking, Plane, Scene, Setting, Swaying, margined, planes

_WALL: Final = (188, 196, 204)
_FLOOR: Final = (92, 112, 140)
_WOOD: Final = (64, 92, 128)


def room(width: int, height: int, seed: int = 1) -> Plane:
    """A room with a bookcase, a window and a lamp, BGR (height, width, 3)."""
    chance = np.random.default_rng(seed)
    drawn = np.empty((height, width, 3), np.uint8)
    drawn[:] = _WALL
    drawn[:] = np.clip(drawn + np.linspace(14, -22, height)[:, None, None], 0, 255).astype(np.uint8)
    cv2.rectangle(drawn, (0, round(height * 0.8)), (width, height), _FLOOR, -1)
    bookcase(drawn, chance, (round(width * 0.02), round(height * 0.14)), (round(width * 0.3), round(height * 0.82)))
    window(drawn, (round(width * 0.4), round(height * 0.16)), (round(width * 0.64), round(height * 0.58)))
    x, y = round(width * 0.84), round(height * 0.8)
    cv2.line(drawn, (x, y), (x, round(height * 0.4)), (70, 70, 76), max(2, width // 160), cv2.LINE_AA)
    shade = [(x - width // 14, round(height * 0.42)), (x + width // 14, round(height * 0.42))]
    shade += [(x + width // 28, round(height * 0.24)), (x - width // 28, round(height * 0.24))]
    cv2.fillPoly(drawn, [np.array(shade, np.int32)], (150, 206, 232), cv2.LINE_AA)
    return drawn


def bookcase(drawn: Plane, chance: np.random.Generator, corner: tuple[int, int], opposite: tuple[int, int]) -> None:
    """Three shelves of books between the two corners."""
    (left, top), (right, bottom) = corner, opposite
    cv2.rectangle(drawn, corner, opposite, _WOOD, -1)
    shelf = (bottom - top) // 3
    board = max(2, shelf // 12)
    for row in range(3):
        x, floor = left + board, top + (row + 1) * shelf - board
        while x < right - board:
            thick = round(shelf * (0.12 + 0.14 * chance.random()))
            tall = round(shelf * (0.58 + 0.26 * chance.random()))
            spine = tuple(int(part) for part in chance.integers(50, 200, 3))
            cv2.rectangle(drawn, (x, floor - tall), (min(x + thick, right - board), floor), spine, -1)
            x += thick + 1


def window(drawn: Plane, corner: tuple[int, int], opposite: tuple[int, int]) -> None:
    """A window with a cross, sky and a hill between the two corners."""
    (left, top), (right, bottom) = corner, opposite
    frame = max(2, (right - left) // 20)
    view = drawn[top:bottom, left:right]
    view[:] = np.linspace((232, 196, 150), (238, 226, 206), bottom - top)[:, None].astype(np.uint8)
    cv2.ellipse(
        view,
        ((right - left) // 3, bottom - top),
        ((right - left) // 2, (bottom - top) // 3),
        0,
        180,
        360,
        (110, 156, 118),
        -1,
        cv2.LINE_AA,
    )
    middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
    for start, end in (((middle_x, top), (middle_x, bottom)), ((left, middle_y), (right, middle_y))):
        cv2.line(drawn, start, end, (236, 240, 242), frame)
    cv2.rectangle(drawn, corner, opposite, (236, 240, 242), frame)


def empty_room(setting: Setting) -> Scene:
    """The candidate is out of the picture."""
    return Swaying(setting, planes(room(*margined(setting))))


class Dark:
    """A scene with the lights out: a sixth of the light, no colour to speak of, and the sensor's noise, new in each frame."""

    marking: Marking = "dim"
    LIGHT: Final = 6  # a sixth is left, rounded to whole levels
    NOISE: Final = 10  # levels, peak to peak: what a cheap sensor adds at full gain
    _WANDER: Final = 31  # the noise is one plane that is larger by so much, looked at from another corner in each frame

    def __init__(self, lit: Swaying, setting: Setting) -> None:
        levels = np.arange(256)
        luma = np.where(levels > BLACK, BLACK + (levels - BLACK) // self.LIGHT, BLACK).astype(np.uint8)
        chroma = (NEUTRAL + (levels - NEUTRAL) // 4).astype(np.uint8)
        self._dim = lit.through(luma, chroma)
        size = setting.height + self._WANDER, setting.width + self._WANDER
        self._noise = np.random.default_rng(7).binomial(self.NOISE, 0.5, size).astype(np.uint8)

    def render(self, at_ms: int) -> Frame:
        """The picture at that time."""
        frame = self._dim.render(at_ms)
        height, width = frame.luma.shape
        x, y = at_ms * 7 % self._WANDER, at_ms * 13 // 5 % self._WANDER
        cv2.add(frame.luma, self._noise[y : y + height, x : x + width], dst=frame.luma)
        return frame


class Black:
    """A camera that shows nothing: covered, or broken. Not even a mark."""

    marking: Marking = "none"

    def __init__(self, setting: Setting) -> None:
        self._size = setting.width, setting.height

    def render(self, at_ms: int) -> Frame:
        """The same picture always."""
        frame = Frame(*self._size)
        frame.luma.fill(BLACK)
        frame.chroma_u.fill(NEUTRAL)
        frame.chroma_v.fill(NEUTRAL)
        return frame
