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

# A cell this near to the middle of the range tells neither black nor white. A 50/50 ghost puts every cell that differs at 0.5; H.264 at 180p
# and 70 kbit/s left none further than 0.07 from its level in our own runs, so 0.3 leaves room for worse encoders and for blur.
AMBIGUOUS: Final = 0.2
MIN_CONTRAST: Final = 24.0  # luma levels between black and white; below it a strip drowns in the codec's quantisation

# One row of four letters a guard row: the two left columns, then the two right ones. W is white.
_GUARDS: Final = ("WBWB", "WBBW", "BWWB", "BWBW")


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
    rows, samples = _samples(height, width)
    cells = np.add.reduce(luma[rows].take(samples), axis=0, dtype=np.float32).reshape(2, _CELLS)
    cells /= _PER_CELL
    found = [_judge(*guards) for guards in (cells @ _PROJECTIONS).tolist()]
    if found[0] is None and found[1] is None:
        return _ABSENT
    shades = _normalised(cells, found)
    margins = np.abs(shades).min(axis=1).tolist()
    bits = np.packbits(shades > 0, axis=1).tobytes()
    strips = [
        (each, margin, word[:8])
        for each, margin, word in zip(found, margins, (bits[:_BYTES], bits[_BYTES:]), strict=True)
        if each is not None and word[8:] == _GUARD_BYTES[each.mirrored]
    ]
    if not strips:
        return _ABSENT
    mirrored, levels = strips[0][0]
    marks = {_decode(word, each.mirrored) for each, margin, word in strips if margin >= AMBIGUOUS} - {None}
    if not marks and len(strips) == 2:
        both = shades.mean(axis=0)
        if float(np.abs(both).min()) >= AMBIGUOUS:
            marks = {_decode(np.packbits(both > 0).tobytes()[:8], mirrored)} - {None}
    if len(marks) == 1:
        return Reading(marks.pop(), "ok", mirrored, levels)
    return Reading(None, "blend", mirrored, levels)


class _Levels(NamedTuple):
    mirrored: bool
    levels: tuple[float, float]


class _StampLayout(NamedTuple):
    widths: NDArray[np.intp]  # (20,) pixel columns of each cell column
    top_of: NDArray[np.intp]  # (strip height,) the cell row of each pixel row of the top strip, and of the bottom one
    bottom_of: NDArray[np.intp]


_GUARD_COLUMNS: Final = np.array([0, 1, 18, 19])
_GUARD_IS_WHITE: Final = np.array([[letter == "W" for letter in row] for row in _GUARDS])
_GUARD_WHITE: Final = (np.nonzero(_GUARD_IS_WHITE)[0], _GUARD_COLUMNS[np.nonzero(_GUARD_IS_WHITE)[1]])
_CELLS: Final = ROWS * COLUMNS  # read in this order: the data row by row, then the guards row by row
_BYTES: Final = _CELLS // 8
_GUARD_BYTES: Final = tuple(np.packbits(guards).tobytes() for guards in (_GUARD_IS_WHITE, _GUARD_IS_WHITE[:, ::-1]))


def _guard_projections() -> NDArray[np.float32]:
    """(80, 3): a strip's cells times this give white minus black, the same for its mirror image, and the guards' mean."""
    signs = np.where(_GUARD_IS_WHITE, 1.0, -1.0)
    guards = np.stack([signs / 8, signs[:, ::-1] / 8, np.full_like(signs, 1 / 16)], axis=-1).reshape(-1, 3)
    return np.concatenate([np.zeros((_CELLS - len(guards), 3)), guards]).astype(np.float32)


_PROJECTIONS: Final = _guard_projections()

# Where in a cell it is sampled, as shares of its width and height: far enough from the edges for a blur of a fifth of the cell.
_ACROSS: Final = np.array([0.3, 0.43, 0.57, 0.7])
_DOWN: Final = np.array([0.4, 0.6])
_PER_CELL: Final = len(_ACROSS) * len(_DOWN)


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
    """The rows that are looked at, in order, and where in them (8, 160): eight pixels in each cell of the top strip, then the bottom one."""
    data = [(row, column) for row in range(ROWS) for column in range(2, 18)]
    guards = [(row, int(column)) for row in range(ROWS) for column in _GUARD_COLUMNS]
    strip = np.array(data + guards)
    cells = np.concatenate([strip, strip + np.array([CELLS_HIGH - ROWS, 0])])
    down, across = (inside.reshape(-1, 1) for inside in np.meshgrid(_DOWN, _ACROSS, indexing="ij"))
    rows = ((cells[:, 0] + down) * (height / CELLS_HIGH)).astype(np.intp)
    columns = ((cells[:, 1] + across) * (width / COLUMNS)).astype(np.intp)
    wanted, places = np.unique(rows, return_inverse=True)
    return wanted, places.reshape(rows.shape) * width + columns


def _judge(straight: float, flipped: float, middle: float) -> _Levels | None:
    """A strip's levels and mirroring by the projections of its guards; None where the contrast is too low for one."""
    contrast = max(straight, flipped)
    if contrast < MIN_CONTRAST:
        return None
    return _Levels(flipped > straight, (middle - contrast / 2, middle + contrast / 2))


def _normalised(cells: NDArray[np.float32], found: list[_Levels | None]) -> NDArray[np.float32]:
    """Both strips' cells (2, 80) from -0.5 (black) to 0.5 (white); a strip without levels is left all zero."""
    levels = [(each.levels if each is not None else (0.0, 0.0)) for each in found]
    middle = np.array([[(black + white) / 2] for black, white in levels], np.float32)
    scale = np.array([[1 / (white - black) if white > black else 0.0] for black, white in levels], np.float32)
    shades: NDArray[np.float32] = (cells - middle) * scale
    return shades


_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _decode(word: bytes, mirrored: bool) -> Mark | None:
    if mirrored:  # each row of two bytes reads backwards
        turned = word.translate(_REVERSED)
        word = bytes(turned[at ^ 1] for at in range(8))
    if binascii.crc_hqx(word[:6], 0xFFFF) != int.from_bytes(word[6:]) or word[0] >> 4 != VERSION:
        return None
    return Mark(word[0] & 0xF, word[1], int.from_bytes(word[2:6]))


def _encode(mark: Mark) -> bytes:
    """The eight bytes of a strip; the check is CRC-16/CCITT-FALSE over the first six."""
    if not (0 <= mark.device < 16 and 0 <= mark.session < 256 and 0 <= mark.frame < 1 << 32):
        raise ValueError(f"{mark} does not fit: a device is 0..15, a session 0..255, a frame 0..2**32-1")
    body = bytes((VERSION << 4 | mark.device, mark.session)) + mark.frame.to_bytes(4)
    return body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2)
