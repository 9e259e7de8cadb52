"""Drawn faces: square tiles, each of one made-up person, and the same tiles scrambled.

Two persons differ in what tells people apart even at 80 px: hair, skin, glasses, brows, beard, the shape of the head. A scrambled tile has exactly
the same pixels in another order, so a face filter changes the one and not the other, while a codec blurs both alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from virtual_devices.scenes.base import Colour, Plane

STRANGER: Final = 0x5712  # mixed into a person's seed: somebody else, for every person
BLOCKS: Final = 8  # a scrambled tile is shuffled in a grid of 8×8
_FINE: Final = 4  # drawn four times as large, then scaled down

_SKINS: Final[tuple[Colour, ...]] = ((150, 180, 224), (120, 156, 206), (168, 196, 236), (96, 130, 184))
_HAIRS: Final[tuple[Colour, ...]] = ((28, 26, 30), (36, 44, 66), (60, 62, 70), (24, 34, 52))
_WALLS: Final[tuple[Colour, ...]] = ((196, 178, 150), (168, 190, 176), (176, 168, 196), (206, 200, 186))


@lru_cache(maxsize=16)
def face(person: int, side: int, *, covered: bool = False) -> Plane:
    """The face of that person, BGR (side, side, 3), read-only; `covered`: behind a mask and dark glasses."""
    size = side * _FINE
    tile = np.empty((size, size, 3), np.uint8)
    _draw(tile, np.random.default_rng(person), covered=covered)
    small = np.asarray(cv2.resize(tile, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    small.setflags(write=False)
    return small


def scrambled(tile: Plane) -> Plane:
    """The tile's blocks in another, always the same, order; its side is a multiple of `BLOCKS`."""
    side, block = tile.shape[0], tile.shape[0] // BLOCKS
    order = np.random.default_rng(BLOCKS).permutation(BLOCKS * BLOCKS)
    blocks = tile.reshape(BLOCKS, block, BLOCKS, block, 3).swapaxes(1, 2).reshape(-1, block, block, 3)[order]
    return np.ascontiguousarray(blocks.reshape(BLOCKS, BLOCKS, block, block, 3).swapaxes(1, 2).reshape(side, side, 3))


def _draw(tile: Plane, chance: np.random.Generator, *, covered: bool) -> None:
    unit = tile.shape[0] / 100  # the tile is drawn on a grid of 100×100

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * unit), round(y * unit)

    def pick(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(chance.integers(len(colours)))]

    def blob(x: float, y: float, wide: float, high: float, colour: Colour, arc: tuple[int, int] = (0, 360)) -> None:
        cv2.ellipse(tile, at(x, y), at(wide, high), 0, arc[0], arc[1], colour, -1, cv2.LINE_AA)

    def line(x: float, y: float, x2: float, y2: float, colour: Colour, thick: float) -> None:
        cv2.line(tile, at(x, y), at(x2, y2), colour, max(1, round(thick * unit)), cv2.LINE_AA)

    skin, hair, wall = pick(_SKINS), pick(_HAIRS), pick(_WALLS)
    shade: Colour = (int(skin[0] * 0.82), int(skin[1] * 0.82), int(skin[2] * 0.84))
    wide, high = 23 + 6 * chance.random(), 29 + 5 * chance.random()
    coat: Colour = (int(chance.integers(40, 170)), int(chance.integers(40, 130)), int(chance.integers(40, 150)))
    long_hair, parted, glasses, beard = (bool(chance.random() < share) for share in (0.5, 0.5, 0.45, 0.3))
    brow, eye_gap, mouth = 1.4 + 2 * chance.random(), 9 + 3 * chance.random(), 6 + 5 * chance.random()

    tile[:] = wall
    if long_hair:
        blob(50, 52, wide + 8, high + 10, hair)
        cv2.rectangle(tile, at(50 - wide - 8, 52), at(50 + wide + 8, 92), hair, -1)
    blob(50, 108, 44, 24, coat)
    cv2.rectangle(tile, at(41, 72), at(59, 90), shade, -1)
    for ear in (-1, 1):
        blob(50 + ear * wide, 51, 4, 7, shade)
    blob(50, 50, wide, high, skin)
    blob(50, 50 - high * 0.36, wide + 2, high * 0.74, hair, (180, 360))
    if parted:
        blob(50 + wide * 0.45, 50 - high * 0.34, wide * 0.8, high * 0.28, hair)
    else:
        blob(50 - wide * 0.2, 50 - high * 0.34, wide * 0.95, high * 0.16, hair)
    if beard:
        blob(50, 50 + high * 0.62, wide * 0.72, high * 0.38, hair)
    for eye in (-1, 1):
        x = 50 + eye * eye_gap
        blob(x, 48, 4.6, 2.7, (236, 238, 240))
        blob(x, 48, 2.1, 2.4, (34, 34, 40))
        line(x - 5, 43 + eye * 0.4, x + 5, 43 - eye * 0.4, hair, brow)
    line(50, 50, 48, 59, shade, 1.6)
    line(48, 59, 52, 59.5, shade, 1.6)
    blob(50, 66, mouth, 2.8, (92, 84, 176))
    line(50 - mouth, 66, 50 + mouth, 66, (62, 54, 120), 0.9)
    if glasses:
        for eye in (-1, 1):
            cv2.ellipse(tile, at(50 + eye * eye_gap, 48), at(7, 5.6), 0, 0, 360, (40, 36, 34), max(1, round(1.3 * unit)), cv2.LINE_AA)
        line(50 - eye_gap + 7, 48, 50 + eye_gap - 7, 48, (40, 36, 34), 1.3)
    if covered:
        for eye in (-1, 1):
            blob(50 + eye * eye_gap, 48, 9, 7, (24, 22, 22))
        line(50 - wide, 46, 50 + wide, 46, (24, 22, 22), 2)
        blob(50, 66, wide * 0.94, 17, (214, 196, 172))
        for fold in (60, 66, 72):
            line(50 - wide * 0.8, fold, 50 + wide * 0.8, fold, (186, 166, 142), 0.8)
