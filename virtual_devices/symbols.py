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


def read(luma: Luma) -> list[SymbolRead]:
    """Every symbol of ours that is legible in `luma` (H×W), upright or mirrored, left to right.

    Costs about 0.1 ms at 320×180 where a symbol is found upright; a second look for mirrored or tilted symbols is taken only where the
    first found none.
    """
    for turned in (False, True):
        found = zxingcpp.read_barcodes(
            luma,
            formats=_FORMATS,
            try_rotate=turned,
            try_downscale=False,
            try_invert=turned,  # zxing-cpp finds a mirrored symbol only on this path
        )
        ours = [_symbol(barcode) for barcode in found if barcode.text in _NAMES]
        if ours:
            return sorted(ours, key=lambda symbol: symbol.x)
    return []


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
