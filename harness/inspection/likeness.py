"""How far a still departs from the picture that the camera delivered: in the face, and in its scrambled twin beside it.

Both tiles have the very same pixels. Whatever happens to the whole picture (an encoder, a scaler, other levels) leaves at least as much
behind in the twin, which has more edges; what changes the face alone is a filter that found it. Pure: luma in, numbers out. For stills, where
the camera's own picture is known; recordings are judged without it (`filters`).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from harness.inspection.filters import filtered
from virtual_devices.scenes.portrait import tiles

Levels = NDArray[np.float64]


class Departure(NamedTuple):
    """Root mean square of the difference in luma levels, once the whole picture's own gain and offset are taken out."""

    face: float
    twin: float


def departure(luma: NDArray[np.uint8], delivered: NDArray[np.uint8], *, mirrored: bool = False) -> Departure | None:
    """What became of the picture `delivered` (H, W) in the still `luma`, of any size; None where the camera saw no face and twin."""
    if filtered(delivered) is None:
        return None
    height, width = delivered.shape
    upright = np.ascontiguousarray(luma[:, ::-1] if mirrored else luma)
    if upright.shape != delivered.shape:
        upright = np.asarray(cv2.resize(upright, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    place = tiles(width, height)
    (face, true_face), (twin, true_twin) = (
        [
            picture[place.y : place.y + place.side, x : x + place.side].astype(np.float64)
            for picture in (upright, delivered)
        ]
        for x in (place.face_x, place.scrambled_x)
    )
    gain, offset = np.polyfit(true_twin.ravel(), twin.ravel(), 1)
    if gain <= 0:
        return None  # the twin is not there: what the camera delivered is another picture

    def rest(shown: Levels, true: Levels) -> float:
        return float(np.sqrt(np.mean(((shown - offset) / gain - true) ** 2)))

    return Departure(rest(face, true_face), rest(twin, true_twin))
