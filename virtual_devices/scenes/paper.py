"""Paper held to the camera: the A4 sheet, front and back, and the finished drawing (notice, section seven).

Each carries its printed symbol, of the setting's module size, and looks like what it is; the symbol stands still while the room behind sways.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from virtual_devices import symbols
from virtual_devices.scenes.base import NEUTRAL, SWAY, Plane, Scene, Setting, Swaying, even, margined, planes
from virtual_devices.scenes.room import room

_PAPER = (236, 240, 242)
_PENCIL = (96, 92, 90)
_SKIN = (140, 170, 216)


def sheet_front(setting: Setting) -> Scene:
    """The front of the A4 sheet: notes of a lesson."""
    return _held_up(setting, symbols.SHEET_FRONT, _notes)


def sheet_back(setting: Setting) -> Scene:
    """The back of the A4 sheet: almost empty."""
    return _held_up(setting, symbols.SHEET_BACK, lambda sheet: None)


def drawing(setting: Setting) -> Scene:
    """The finished drawing of the art test."""
    return _held_up(setting, symbols.DRAWING, _landscape)


def _held_up(setting: Setting, symbol: str, fill: Callable[[Plane], None]) -> Scene:
    high = setting.bottom - setting.top - 4
    wide = even(min(high * 1.414, setting.width * 0.8))
    x, y = even((setting.width - wide) / 2), setting.top + 2
    ground = room(*margined(setting), seed=2)
    _hands(ground, (x, y + SWAY + high * 2 // 3), (x + wide + 2 * SWAY, y + SWAY + high * 2 // 3), wide // 14)
    sheet = np.full((high, wide, 3), _PAPER, np.uint8)
    fill(sheet)
    page = planes(sheet)
    half = symbols.side(setting.module) // 2 + 2
    symbols.draw(page.luma, symbol, wide - half, half, setting.module)
    page.chroma_u[: half + 1, (wide - 2 * half) // 2 :] = NEUTRAL
    page.chroma_v[: half + 1, (wide - 2 * half) // 2 :] = NEUTRAL
    return Swaying(setting, planes(ground), ((page, x, y),))


def _hands(ground: Plane, left: tuple[int, int], right: tuple[int, int], size: int) -> None:
    for x, y in (left, right):
        cv2.ellipse(ground, (x, y), (size, size * 2), 0, 0, 360, _SKIN, -1, cv2.LINE_AA)


def _notes(sheet: Plane) -> None:
    """A heading and lines of writing, coarse enough for a small picture."""
    high, wide = sheet.shape[:2]
    chance = np.random.default_rng(4)
    thick = max(1, high // 60)
    cv2.line(sheet, (wide // 12, high // 8), (wide // 2, high // 8), (60, 52, 50), thick * 2)
    for row in range(3, 10):
        y, x, end = high * row // 10, wide // 12, round(wide * (0.5 if row < 5 else 0.72 + 0.2 * chance.random()))
        while x < end:
            word = round(wide * (0.03 + 0.05 * chance.random()))
            cv2.line(sheet, (x, y), (min(x + word, end), y), _PENCIL, thick)
            x += word + wide // 40


def _landscape(sheet: Plane) -> None:
    """Hills, a house and the sun."""
    high, wide = sheet.shape[:2]
    thick = max(1, high // 80)
    cv2.ellipse(sheet, (wide // 4, high), (wide // 3, high // 3), 0, 180, 360, (128, 176, 132), -1, cv2.LINE_AA)
    cv2.ellipse(sheet, (wide * 3 // 4, high), (wide // 3, high // 4), 0, 180, 360, (104, 150, 112), -1, cv2.LINE_AA)
    cv2.circle(sheet, (wide // 6, high // 5), high // 10, (92, 196, 240), -1, cv2.LINE_AA)
    corner, size = (wide * 2 // 5, high * 5 // 9), high // 4
    cv2.rectangle(sheet, corner, (corner[0] + size, corner[1] + size), (118, 150, 206), -1)
    roof = [corner, (corner[0] + size, corner[1]), (corner[0] + size // 2, corner[1] - size * 2 // 3)]
    cv2.fillPoly(sheet, [np.array(roof, np.int32)], (70, 78, 150), cv2.LINE_AA)
    cv2.rectangle(sheet, corner, (corner[0] + size, corner[1] + size), _PENCIL, thick)
    door = corner[0] + size // 3, corner[1] + size // 2
    cv2.rectangle(sheet, door, (door[0] + size // 4, corner[1] + size), _PENCIL, -1)
