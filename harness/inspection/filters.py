"""Whether a face filter was at work: a portrait's face against its scrambled twin, which has the very same pixels in another order.

A filter finds the face in the one and none in the other; a codec blurs both alike. So the share of the face's fine detail that is missing where
the twin still has it tells a filter from an encoder, whatever the bit rate, without the camera's own picture. Pure: luma in, a number out.
Called for recordings (`fidelity`) and for the still of a login.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from virtual_devices.scenes.faces import BLOCKS, scrambled_order
from virtual_devices.scenes.portrait import tiles

Blocks = NDArray[np.float32]

# More than this share of the face's detail is gone: filtered. Honest portraits of three persons at 180, 360 and 720 rows lost at most 0.20
# (H.264 at 70 kbit/s and 180 rows, the worst of its pictures; 0.14 at constant quality 26, 0.09 with VP8 at 150 kbit/s); the smallest blur
# there is, 3×3, lost at least 0.43 in every picture of the same encoders. What spares edges and finds no texture to smooth stays unseen.
FILTERED: Final = 0.3
# The tiles are there where the blocks' mean levels agree so far; filters and codecs left 0.99 and more, rooms and papers reach 0.3.
ALIKE: Final = 0.8
LEAST_BLOCK: Final = 8  # pixels: smaller ones hold no detail to speak of
LEAST_DETAIL: Final = 0.5  # levels of the twin's own detail, in the mean: below it there is nothing to lose


def filtered(luma: NDArray[np.uint8], *, mirrored: bool = False) -> float | None:
    """The share of the face's fine detail that is missing in a portrait's luma (H, W) and there in its twin.

    About 0 as the camera saw it, 0.4 and more behind a filter (`FILTERED` is the bound), negative where the face was sharpened. None where
    the picture shows no such pair.
    """
    height, width = luma.shape
    place = tiles(width, height)
    if place.side < LEAST_BLOCK * BLOCKS:
        return None
    upright = luma[:, ::-1] if mirrored else luma
    face, twin = (
        _blocks(upright[place.y : place.y + place.side, x : x + place.side]) for x in (place.face_x, place.scrambled_x)
    )
    face = face[scrambled_order()]
    if not _alike(face, twin):
        return None
    whole = _detail(twin)
    return None if whole < LEAST_DETAIL else 1 - _detail(face) / whole


def _blocks(tile: NDArray[np.uint8]) -> Blocks:
    """The tile's blocks (64, block, block) in reading order."""
    block = tile.shape[0] // BLOCKS
    parts = tile.astype(np.float32).reshape(BLOCKS, block, BLOCKS, block)
    return parts.swapaxes(1, 2).reshape(BLOCKS * BLOCKS, block, block)


def _alike(face: Blocks, twin: Blocks) -> bool:
    levels = face.mean(axis=(1, 2)), twin.mean(axis=(1, 2))
    if min(float(each.std()) for each in levels) < 1:
        return False
    return float(np.corrcoef(*levels)[0, 1]) >= ALIKE


def _detail(blocks: Blocks) -> float:
    """The mean size of the Laplacian inside the blocks: the seams between them belong to the scrambling, not to the face."""
    inner = blocks[:, 1:-1, 1:-1]
    around = blocks[:, :-2, 1:-1] + blocks[:, 2:, 1:-1] + blocks[:, 1:-1, :-2] + blocks[:, 1:-1, 2:]
    return float(np.abs(4 * inner - around).mean())
