"""Drawn faces: square tiles, each of one made-up person, and the same tiles scrambled.

Two persons differ in what tells people apart even at 80 px: hair, skin, glasses, brows, beard, the shape of the head. A scrambled tile
has exactly the same pixels in another order, so a face filter changes the one and not the other, while a codec blurs both alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np

from virtual_devices.scenes.base import Colour, Plane

Point = tuple[float, float]

STRANGER: Final = 0x5712  # mixed into a person's seed: somebody else, for every person
BLOCKS: Final = 8  # a scrambled tile is shuffled in a grid of 8×8
_FINE: Final = 4  # drawn four times as large, then scaled down

_FRAME: Final[Colour] = (34, 30, 28)
_SKINS: Final[tuple[Colour, ...]] = ((150, 180, 224), (120, 156, 206), (168, 196, 236), (96, 130, 184))
_HAIRS: Final[tuple[Colour, ...]] = ((28, 26, 30), (36, 44, 66), (60, 62, 70), (24, 34, 52))
_WALLS: Final[tuple[Colour, ...]] = ((196, 178, 150), (168, 190, 176), (176, 168, 196), (206, 200, 186))


@lru_cache(maxsize=16)
def face(person: int, side: int, *, covered: bool = False) -> Plane:
    """The face of that person, BGR (side, side, 3), read-only; `covered`: behind a mask and dark glasses."""
    size = side * _FINE
    tile = np.empty((size, size, 3), np.uint8)
    _draw(tile, _traits(person), covered=covered)
    small = np.asarray(cv2.resize(tile, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    small.setflags(write=False)
    return small


@lru_cache(maxsize=1)
def scrambled_order() -> Plane:
    """Which block of the face stands at each place of the scrambled tile, in reading order (64,), read-only."""
    order = np.random.default_rng(BLOCKS).permutation(BLOCKS * BLOCKS).astype(np.uint8)
    order.setflags(write=False)
    return order


def scrambled(tile: Plane) -> Plane:
    """The tile's blocks in another, always the same, order; its side is a multiple of `BLOCKS`."""
    side, block = tile.shape[0], tile.shape[0] // BLOCKS
    order = scrambled_order()
    blocks = tile.reshape(BLOCKS, block, BLOCKS, block, 3).swapaxes(1, 2).reshape(-1, block, block, 3)[order]
    return np.ascontiguousarray(blocks.reshape(BLOCKS, BLOCKS, block, block, 3).swapaxes(1, 2).reshape(side, side, 3))


class _Traits(NamedTuple):
    """What tells a person apart; lengths in hundredths of the tile."""

    skin: Colour
    hair: Colour
    wall: Colour
    coat: Colour
    head: tuple[float, float]
    long_hair: bool
    parted: bool
    glasses: bool
    beard: bool
    brow: float
    eye_gap: float
    mouth: float


def _traits(person: int) -> _Traits:
    chance = np.random.default_rng(person)

    def pick(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(chance.integers(len(colours)))]

    def likely(share: float) -> bool:
        return bool(chance.random() < share)

    return _Traits(
        skin=pick(_SKINS),
        hair=pick(_HAIRS),
        wall=pick(_WALLS),
        coat=(int(chance.integers(40, 170)), int(chance.integers(40, 130)), int(chance.integers(40, 150))),
        head=(23 + 6 * chance.random(), 29 + 5 * chance.random()),
        long_hair=likely(0.5),
        parted=likely(0.5),
        glasses=likely(0.45),
        beard=likely(0.3),
        brow=1.4 + 2 * chance.random(),
        eye_gap=9 + 3 * chance.random(),
        mouth=6 + 5 * chance.random(),
    )


class _Pen:
    """Draws on a tile as on a grid of 100×100."""

    def __init__(self, tile: Plane) -> None:
        self._tile = tile
        self._unit: float = tile.shape[0] / 100

    def blob(self, centre: Point, half: Point, colour: Colour, arc: tuple[int, int] = (0, 360)) -> None:
        """A filled ellipse, or its part between two angles."""
        cv2.ellipse(self._tile, self._at(centre), self._at(half), 0, *arc, colour, -1, cv2.LINE_AA)

    def ring(self, centre: Point, half: Point, colour: Colour, thick: float) -> None:
        """An ellipse's outline."""
        cv2.ellipse(self._tile, self._at(centre), self._at(half), 0, 0, 360, colour, self._thick(thick), cv2.LINE_AA)

    def line(self, start: Point, end: Point, colour: Colour, thick: float) -> None:
        """A straight line."""
        cv2.line(self._tile, self._at(start), self._at(end), colour, self._thick(thick), cv2.LINE_AA)

    def box(self, corner: Point, opposite: Point, colour: Colour) -> None:
        """A filled rectangle."""
        cv2.rectangle(self._tile, self._at(corner), self._at(opposite), colour, -1)

    def _at(self, point: Point) -> tuple[int, int]:
        return round(point[0] * self._unit), round(point[1] * self._unit)

    def _thick(self, thick: float) -> int:
        return max(1, round(thick * self._unit))


def _draw(tile: Plane, who: _Traits, *, covered: bool) -> None:
    pen = _Pen(tile)
    wide, high = who.head
    shade: Colour = (int(who.skin[0] * 0.82), int(who.skin[1] * 0.82), int(who.skin[2] * 0.84))
    tile[:] = who.wall
    if who.long_hair:
        pen.blob((50, 52), (wide + 8, high + 10), who.hair)
        pen.box((50 - wide - 8, 52), (50 + wide + 8, 92), who.hair)
    pen.blob((50, 108), (44, 24), who.coat)
    pen.box((41, 72), (59, 90), shade)
    for ear in (-1, 1):
        pen.blob((50 + ear * wide, 51), (4, 7), shade)
    pen.blob((50, 50), (wide, high), who.skin)
    pen.blob((50, 50 - high * 0.36), (wide + 2, high * 0.74), who.hair, (180, 360))
    fringe = ((50 + wide * 0.45, wide * 0.8, 0.28), (50 - wide * 0.2, wide * 0.95, 0.16))[not who.parted]
    pen.blob((fringe[0], 50 - high * 0.34), (fringe[1], high * fringe[2]), who.hair)
    if who.beard:
        pen.blob((50, 50 + high * 0.62), (wide * 0.72, high * 0.38), who.hair)
    for eye in (50 - who.eye_gap, 50 + who.eye_gap):
        pen.blob((eye, 48), (4.6, 2.7), (236, 238, 240))
        pen.blob((eye, 48), (2.1, 2.4), (34, 34, 40))
        pen.line((eye - 5, 43), (eye + 5, 43), who.hair, who.brow)
    pen.line((50, 50), (48, 59), shade, 1.6)
    pen.line((48, 59), (52, 59.5), shade, 1.6)
    pen.blob((50, 66), (who.mouth, 2.8), (92, 84, 176))
    pen.line((50 - who.mouth, 66), (50 + who.mouth, 66), (62, 54, 120), 0.9)
    if who.glasses:
        for eye in (50 - who.eye_gap, 50 + who.eye_gap):
            pen.ring((eye, 48), (7, 5.6), _FRAME, 1.3)
        pen.line((57 - who.eye_gap, 48), (43 + who.eye_gap, 48), _FRAME, 1.3)
    if covered:
        _cover(pen, who)


def _cover(pen: _Pen, who: _Traits) -> None:
    wide = who.head[0]
    for eye in (50 - who.eye_gap, 50 + who.eye_gap):
        pen.blob((eye, 48), (9, 7), _FRAME)
    pen.line((50 - wide, 46), (50 + wide, 46), _FRAME, 2)
    pen.blob((50, 66), (wide * 0.94, 17), (214, 196, 172))
    for fold in (60, 66, 72):
        pen.line((50 - wide * 0.8, fold), (50 + wide * 0.8, fold), (186, 166, 142), 0.8)
