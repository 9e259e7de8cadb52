"""Marks by which a recording proves what a device delivered, and when: a strip in each picture, chirps in the sound.

A mark names the device, the session and the number of the frame, so what is read back needs no trust in the recording's own
timestamps. Laws: only luma is touched; `read(stamp(m))` is m or nothing, never another mark; a blend of two frames is called one and is
never interpolated. Pure: numpy alone, no clock, no file. Scenes stamp; inspection reads. The sound marks live in `chirps`.

A strip is 4 rows of 20 cells over the whole width, along the top edge and again along the bottom edge:

    guard 2 | data 16 | guard 2         64 data bits, row by row, most significant first:
                                        version 4 | device 4 | session 8 | frame 32 | crc 16

Cells are 1/20 of the width by 1/40 of the height: positions scale with the picture, so a rescaled recording reads as well.
The guards' pattern is balanced (it gives the black and white levels) and orthogonal to its mirror image (it tells mirroring).
"""

from __future__ import annotations

import binascii
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from virtual_devices.chirps import ChirpFinder, ChirpHeard, Chirps, locate

__all__ = ["ChirpFinder", "ChirpHeard", "Chirps", "Mark", "Reading", "locate", "read", "stamp", "strip_height"]

VERSION: Final = 1
ROWS: Final = 4
COLUMNS: Final = 20
CELLS_HIGH: Final = 40  # a picture is that many cells high; the strips take the outer four at each edge
BLACK: Final = 16  # the limits of limited-range video (ITU-R BT.601), so that no conversion on the way clips them
WHITE: Final = 235

# A cell this near to the middle of the range tells neither black nor white. A 50/50 ghost puts every cell that differs at 0.5; codec noise at
# H.264 180p 70 kbit/s left cells at most 0.3 from their level in our own runs (tests/timecode/test_strip.py).
AMBIGUOUS: Final = 0.14
GUARD_TOLERANCE: Final = 0.36  # how far a guard cell may lie from its level, as a share of the range
MIN_CONTRAST: Final = 24.0  # luma levels between black and white; below it a strip drowns in the codec's quantisation

# One row of four letters a guard row: the two left columns, then the two right ones. W is white.
_GUARDS: Final = ("WBWB", "WBBW", "BWWB", "BWBW")

Strip = NDArray[np.float32]
_HALF: Final = np.float32(0.5)


class Mark(NamedTuple):
    """Which device delivered a frame, in which session, and the number it gave it."""

    device: int  # 0..15
    session: int  # 0..255
    frame: int  # 0..2**32-1


class Reading(NamedTuple):
    """What the strips of one picture say.

    `ok`: one mark. `blend`: strips are there, but not of one frame (a ghost, a tear, a damaged picture). `absent`: no strip.
    `levels` are the luma of black and white that the guards showed, (0, 0) where there are none.
    """

    mark: Mark | None
    state: Literal["ok", "blend", "absent"]
    mirrored: bool
    levels: tuple[float, float]


_ABSENT: Final = Reading(None, "absent", False, (0.0, 0.0))


def strip_height(height: int) -> int:
    """Pixel rows that a strip takes at the top, and again at the bottom, of a picture `height` rows high."""
    return _edge(ROWS, height, CELLS_HIGH)


def stamp(luma: NDArray[np.uint8], mark: Mark) -> None:
    """Draw the mark over the top and bottom rows of `luma` (H, W), in place; chroma is the caller's to leave alone.

    Raises `ValueError` for a mark out of range or a picture below 160x90, whose cells would be under two pixels high.
    """
    height, width = luma.shape
    layout = _stamp_layout(height, width)
    cells = np.full((ROWS, COLUMNS), BLACK, np.uint8)
    cells[_GUARD_WHITE] = WHITE
    bits = np.unpackbits(np.frombuffer(_encode(mark), np.uint8)).reshape(ROWS, 16)
    np.multiply(bits, WHITE - BLACK, out=cells[:, 2:18])
    cells[:, 2:18] += BLACK
    rows = cells.repeat(layout.widths, axis=1)
    depth = len(layout.top_of)
    luma[:depth] = rows[layout.top_of]
    luma[-depth:] = rows[layout.bottom_of]


def read(luma: NDArray[np.uint8]) -> Reading:
    """Read the strips of a picture's luma (H, W), a view with any strides; never raises on a picture, whatever it shows.

    The two strips confirm each other: two different marks are a tear, so `blend`; one that is legible stands for both.
    """
    height, width = luma.shape
    if height < CELLS_HIGH * 2 or width < COLUMNS * 4:
        return _ABSENT
    cells = (
        luma[_samples(height, width)].reshape(_PER_CELL**2, -1).sum(axis=0, dtype=np.uint16).reshape(2, ROWS * COLUMNS)
    )
    strips = [found for strip in cells.astype(np.float32) / _PER_CELL**2 if (found := _judge(strip)) is not None]
    if not strips:
        return _ABSENT
    mirrored, levels = strips[0].mirrored, strips[0].levels
    marks = {mark for found in strips if (mark := _decode(found.shades)) is not None}
    if len(marks) == 1:
        return Reading(marks.pop(), "ok", mirrored, levels)
    if not marks and len(strips) == 2 and (mark := _decode((strips[0].shades + strips[1].shades) * _HALF)) is not None:
        return Reading(mark, "ok", mirrored, levels)
    return Reading(None, "blend", mirrored, levels)


class _Found(NamedTuple):
    shades: Strip  # (4, 16) data cells, 0 black … 1 white, unmirrored
    mirrored: bool
    levels: tuple[float, float]


class _StampLayout(NamedTuple):
    widths: NDArray[np.intp]  # (20,) pixel columns of each cell column
    top_of: NDArray[np.intp]  # (strip height,) the cell row of each pixel row of the top strip, and of the bottom one
    bottom_of: NDArray[np.intp]


_GUARD_COLUMNS: Final = np.array([0, 1, 18, 19])
_GUARD_IS_WHITE: Final = np.array([[letter == "W" for letter in row] for row in _GUARDS])
_GUARD_WHITE: Final = (np.nonzero(_GUARD_IS_WHITE)[0], _GUARD_COLUMNS[np.nonzero(_GUARD_IS_WHITE)[1]])


def _guard_projections() -> NDArray[np.float32]:
    """(80, 3): a strip's cells times this give white minus black, the same for its mirror image, and the guards' mean."""
    signs = np.zeros((ROWS, COLUMNS))
    signs[:, _GUARD_COLUMNS] = np.where(_GUARD_IS_WHITE, 1, -1)
    return np.stack([signs / 8, signs[:, ::-1] / 8, np.abs(signs) / 16], axis=-1).reshape(-1, 3).astype(np.float32)


_PROJECTIONS: Final = _guard_projections()
_GUARD_SHADES: Final = _GUARD_IS_WHITE.astype(np.float32)

# Where in a cell it is sampled, as shares of its width and height: far enough from the edges for a blur of a fifth of the cell.
_INSIDE: Final = np.array([0.3, 0.43, 0.57, 0.7])
_PER_CELL: Final = len(_INSIDE)


def _edge(cell: int, pixels: int, cells: int) -> int:
    return (2 * cell * pixels + cells) // (2 * cells)


@lru_cache(maxsize=32)
def _stamp_layout(height: int, width: int) -> _StampLayout:
    if height < 90 or width < 160:
        raise ValueError(f"a picture of {width}x{height} is too small for a mark: 160x90 is the least")
    edges = [_edge(cell, height, CELLS_HIGH) for cell in range(ROWS + 1)]
    widths = np.diff([_edge(cell, width, COLUMNS) for cell in range(COLUMNS + 1)])
    top_of = np.repeat(np.arange(ROWS), np.diff(edges))
    return _StampLayout(widths, top_of, ROWS - 1 - top_of[::-1])


@lru_cache(maxsize=32)
def _samples(height: int, width: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Index arrays (4, 1, 8, 1) and (1, 4, 1, 20) of the pixels that are looked at: sixteen in each cell of both strips."""
    bands = np.concatenate([np.arange(ROWS), np.arange(CELLS_HIGH - ROWS, CELLS_HIGH)])
    rows = (_INSIDE[:, None] + bands) * (height / CELLS_HIGH)
    columns = (_INSIDE[:, None] + np.arange(COLUMNS)) * (width / COLUMNS)
    return rows.astype(np.intp)[:, None, :, None], columns.astype(np.intp)[None, :, None, :]


def _judge(cells: NDArray[np.float32]) -> _Found | None:
    """Judge a strip's cells (80,) by its guards: levels, mirroring and normalised data cells; None where no strip is."""
    straight, flipped, middle = (cells @ _PROJECTIONS).tolist()
    mirrored = flipped > straight
    contrast = max(straight, flipped)
    if contrast < MIN_CONTRAST:
        return None
    black = middle - contrast / 2
    shades = ((cells - np.float32(black)) / np.float32(contrast)).reshape(ROWS, COLUMNS)
    if mirrored:
        shades = shades[:, ::-1]
    if (np.abs(shades[:, _GUARD_COLUMNS] - _GUARD_SHADES) > GUARD_TOLERANCE).any():
        return None
    return _Found(shades[:, 2:18], mirrored, (black, black + contrast))


def _decode(shades: Strip) -> Mark | None:
    distance = shades - _HALF
    if float(np.abs(distance).min()) < AMBIGUOUS:
        return None
    payload = np.packbits(distance > 0).tobytes()
    if binascii.crc_hqx(payload[:6], 0xFFFF) != int.from_bytes(payload[6:]) or payload[0] >> 4 != VERSION:
        return None
    return Mark(payload[0] & 0xF, payload[1], int.from_bytes(payload[2:6]))


def _encode(mark: Mark) -> bytes:
    """The eight bytes of a strip; the check is CRC-16/CCITT-FALSE over the first six."""
    if not (0 <= mark.device < 16 and 0 <= mark.session < 256 and 0 <= mark.frame < 1 << 32):
        raise ValueError(f"{mark} does not fit: a device is 0..15, a session 0..255, a frame 0..2**32-1")
    body = bytes((VERSION << 4 | mark.device, mark.session)) + mark.frame.to_bytes(4)
    return body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2)
