"""Printed DataMatrix symbols: what is written on the sheet, on the drawing and along the panorama's wall, and how it is read back.

A symbol carries a compact text of at most three codewords, so that it always fits the smallest DataMatrix (10×10 modules):
at 4 px a module it is 40 px wide, plus a quiet zone of one module, and survives H.264 at 320×180. People and rules only ever see
the names (`sheet-front`, `yaw-045`); the compact texts do not leave this module. Scenes draw, inspection reads.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from harness.core.errors import VivaError

Luma = NDArray[np.uint8]

SHEET_FRONT: Final = "sheet-front"
SHEET_BACK: Final = "sheet-back"
DRAWING: Final = "drawing"
YAW_STEP: Final = 15  # degrees between two marks of the panorama
YAWS: Final = tuple(f"yaw-{degrees:03d}" for degrees in range(0, 360, YAW_STEP))

_COMPACT: Final = {SHEET_FRONT: "SF", SHEET_BACK: "SB", DRAWING: "DR"} | {yaw: f"Y{yaw[4:]}" for yaw in YAWS}
_NAMES: Final = {compact: name for name, compact in _COMPACT.items()}

MODULES: Final = 12  # ten of the symbol, one of quiet zone on each side
INK: Final = 20  # studio-range luma, so that no codec clips it
PAPER: Final = 230

_FORMATS: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)


class SymbolRead(NamedTuple):
    """A symbol that was legible: its name, and its centre in pixels."""

    text: str
    x: float
    y: float


def side(module_px: int) -> int:
    """The width and height in pixels of a symbol with its quiet zone."""
    return MODULES * module_px


def draw(luma: Luma, text: str, centre_x: int, centre_y: int, module_px: int) -> None:
    """Draw the symbol called `text` into `luma` (H×W) in place; whatever falls outside of the picture is cut off.

    Raises `VivaError` for a name that has no symbol.
    """
    ink = _printed(text, module_px)
    half = ink.shape[0] // 2
    top, left = centre_y - half, centre_x - half
    rows = slice(max(0, top), min(luma.shape[0], top + ink.shape[0]))
    columns = slice(max(0, left), min(luma.shape[1], left + ink.shape[1]))
    if rows.start < rows.stop and columns.start < columns.stop:
        luma[rows, columns] = ink[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]


def read(luma: Luma, *, mirrored: bool | None = None) -> list[SymbolRead]:
    """Every symbol of ours that is legible in `luma` (H×W), left to right.

    `mirrored` says which way round the picture is, as its marks tell; where that is not known (None), a second look is taken when the first
    finds nothing. A look costs 0.1 to 0.2 ms at 320×180 and 0.9 to 2 ms at 1280×720, so a long recording is better read a few times
    a second than in every frame.
    """
    if mirrored:
        width = luma.shape[1]
        found = _look(np.ascontiguousarray(luma[:, ::-1]), turned=False)
        return [symbol._replace(x=width - 1 - symbol.x) for symbol in reversed(found)]
    found = _look(luma, turned=False)
    return found or (_look(luma, turned=True) if mirrored is None else [])


def _look(luma: Luma, *, turned: bool) -> list[SymbolRead]:
    found = zxingcpp.read_barcodes(
        luma,
        formats=_FORMATS,
        try_rotate=turned,
        try_downscale=False,
        try_invert=turned,  # zxing-cpp finds a mirrored symbol only on this path
    )
    ours = [_symbol(barcode) for barcode in found if barcode.text in _NAMES]
    return sorted(ours, key=lambda symbol: symbol.x)


def _symbol(barcode: zxingcpp.Barcode) -> SymbolRead:
    where = barcode.position
    corners = (where.top_left, where.top_right, where.bottom_right, where.bottom_left)
    x = sum(corner.x for corner in corners) / len(corners)
    y = sum(corner.y for corner in corners) / len(corners)
    return SymbolRead(_NAMES[barcode.text], x, y)


@lru_cache(maxsize=64)
def _printed(text: str, module_px: int) -> Luma:
    if text not in _COMPACT:
        raise VivaError(f"no symbol is called {text!r}: use one of {', '.join(sorted(_COMPACT))}")
    barcode = zxingcpp.create_barcode(_COMPACT[text], zxingcpp.BarcodeFormat.DataMatrix)
    dark = np.array(barcode.to_image(scale=1, add_quiet_zones=False)) == 0
    modules = np.where(np.pad(dark, 1), np.uint8(INK), np.uint8(PAPER))
    return np.ascontiguousarray(modules.repeat(module_px, axis=0).repeat(module_px, axis=1))
