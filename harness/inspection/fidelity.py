"""Whether a camera recording is what the camera saw: its pictures against the very pictures that the camera delivered, about one a second.

A virtual camera can draw any of its frames again, so what the encoder was given is known. Compared is fine detail (what a picture has beyond its
own blur), cell by cell, since levels may be mapped on the way: how much of the camera's detail is left in the room behind, how much is
missing in the face and there in its scrambled twin (`filters`), and where there is detail that the camera never delivered. Only pictures of a
lit portrait are compared: papers and pans have no face, and in the dark the sensor's noise is all the detail there is. Sums alone are kept.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from harness.core.footage import Likeness
from harness.inspection.filters import filtered
from virtual_devices.scenes.portrait import tiles
from virtual_devices.timecode import Mark, Reading

Luma = NDArray[np.uint8]
Sums = NDArray[np.float64]

PERIOD_MS: Final = 950.0  # between two comparisons, by the recording's clock
ROWS: Final = 360  # larger pictures are scaled down to so many rows: what a filter removes is seen there as well
CELLS_HIGH: Final = 18  # a cell is square; at 180 rows it has 10×10 pixels
EDGE: Final = 2  # rows of cells at the top and at the bottom that belong to the strips
LIT: Final = 20.0  # standard deviation of a lit portrait's levels; the dim room has 9, the portrait 50
LEAST_GROUND: Final = 5.0  # levels of detail, RMS, above which a cell of the room is looked at: edges of furniture
LEAST_CELLS: Final = 8
SPELL: Final = 3  # comparisons, about as many seconds
# RMS of detail that was not delivered, levels. All scripts of the suite showed at most 1.0 and encoders of 70 to 300 kbit/s at 180 rows 1.1
# (2.3 around a blurred face); small print on the wall showed 10, a line of 0.4 times the usual letters 44, a watermark of 30 % opacity 9.
ADDED: Final = 5.0


class CameraPictures(Protocol):
    """Draws a camera's frames again; the session has one for its devices."""

    def luma(self, device: int, session: int, frame: int) -> Luma | None:
        """The luma (H, W), strips and all, that the camera delivered as that frame; None where that is not known for sure."""
        ...


class FidelityTrack:
    """Takes the pictures one by one, with what their strips said."""

    def __init__(self, pictures: CameraPictures) -> None:
        self._pictures = pictures
        self._looked = -PERIOD_MS
        self._mark: Mark | None = None
        self._faces: list[float] = []
        self._ground: list[float | None] = []
        self._sums: dict[tuple[int, int], _Sums] = {}  # by the size that is compared

    def look(self, media_ms: float, luma: Luma, reading: Reading) -> None:
        """Compare, where the picture (luma: H, W) is due."""
        mark = reading.mark
        if mark is None or mark == self._mark or 0 <= media_ms - self._looked < PERIOD_MS:
            return
        self._looked, self._mark = media_ms, mark
        delivered = self._pictures.luma(*mark)
        if delivered is None or delivered.std() < LIT or filtered(delivered) is None:
            return
        seen, given = _alike(luma[:, ::-1] if reading.mirrored else luma, delivered)
        whole, left = filtered(given), filtered(seen)
        if whole is None:
            return  # the recording is too small to show a face
        # A face that can't be found where the camera delivered one is no face of the camera's: all of it is missing.
        self._faces.append(1.0 if left is None else 1 - (1 - left) / (1 - whole))
        seen, given = _scaled(seen), _scaled(given)
        sums = self._sums.setdefault(given.shape, _Sums(given.shape))
        self._ground.append(sums.add(_detail(seen), _detail(given)))

    def found(self) -> Likeness | None:
        """What the comparisons show together; None where there was none."""
        if len(self._faces) < SPELL:
            return None
        added = max(self._sums.values(), key=lambda each: each.count).added()
        ground = [each for each in self._ground if each is not None]
        return Likeness(
            compared=len(self._faces),
            face_missing=round(max(_spells(self._faces)), 3),
            face_added=round(-min(_spells(self._faces)), 3),
            ground_left=round(min(_spells(ground)), 3) if len(ground) >= SPELL else None,
            added_cells=int((added >= ADDED).sum()),
            added_levels=round(float(added.max()), 1),
        )


class _Sums:
    """Of the detail in each cell of the pictures of one size."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._layout = _layout(*shape)
        self.count = 0
        self._given, self._both, self._seen = (np.zeros(self._layout.ground.shape) for _ in range(3))

    def add(self, seen: NDArray[np.float32], given: NDArray[np.float32]) -> float | None:
        """Returns the share of the room's detail that is left in this picture: the median over its cells, so that what covers a part of it makes
        no difference; None where the room has none.
        """
        own, both = self._per_cell(given * given), self._per_cell(given * seen)
        self.count += 1
        self._given += own
        self._both += both
        self._seen += self._per_cell(seen * seen)
        cells = self._layout.ground & (own >= LEAST_GROUND**2 * self._layout.pixels)
        return float(np.median(both[cells] / own[cells])) if cells.sum() >= LEAST_CELLS else None

    def _per_cell(self, values: NDArray[np.float32]) -> Sums:
        rows, columns = self._layout.rows, self._layout.columns
        return np.add.reduceat(np.add.reduceat(values, rows, axis=0, dtype=np.float64), columns, axis=1)

    def added(self) -> Sums:
        """RMS of the detail in each cell that what was delivered does not explain, beyond half as much as was delivered, levels."""
        explained = self._both**2 / np.maximum(self._given, 1)
        beyond = (self._seen - explained - self._given / 2) / (self.count * self._layout.pixels)
        beyond[:EDGE] = beyond[-EDGE:] = 0
        return np.sqrt(np.maximum(beyond, 0))


class _Layout(NamedTuple):
    rows: NDArray[np.intp]  # where each row and column of cells begins
    columns: NDArray[np.intp]
    pixels: Sums  # of each cell
    ground: NDArray[np.bool_]  # cells that show the room: no strip, no tile


@lru_cache(maxsize=8)
def _layout(height: int, width: int) -> _Layout:
    side = height / CELLS_HIGH
    rows = np.round(np.arange(CELLS_HIGH) * side).astype(np.intp)
    columns = np.round(np.arange(max(1, round(width / side))) * side).astype(np.intp)
    deep, wide = np.diff(np.append(rows, height)), np.diff(np.append(columns, width))
    ground = np.ones((len(rows), len(columns)), bool)
    ground[:EDGE] = ground[-EDGE:] = False
    place, card = tiles(width, height), max(2, height // 30)
    covered = (rows + deep > place.y - card) & (rows < place.y + place.side + card)
    for x in (place.face_x, place.scrambled_x):
        beside = (columns + wide > x - card) & (columns < x + place.side + card)
        ground &= ~(covered[:, None] & beside[None])
    return _Layout(rows, columns, np.outer(deep, wide).astype(np.float64), ground)


def _alike(seen: Luma, given: Luma) -> tuple[Luma, Luma]:
    """Both at the smaller one's size: to record a camera at fewer pixels is no filter."""
    height, width = min(seen.shape, given.shape)
    return _resized(seen, height, width), _resized(given, height, width)


def _scaled(luma: Luma) -> Luma:
    """Scaled down to `ROWS`, where it has more."""
    height, width = luma.shape
    return luma if height <= ROWS else _resized(luma, ROWS, 2 * round(width * ROWS / height / 2))


def _spells(values: Sequence[float]) -> list[float]:
    """The medians of every `SPELL` comparisons that follow each other: a single odd one decides nothing, a filter for some seconds does."""
    return [statistics.median(values[at : at + SPELL]) for at in range(len(values) - SPELL + 1)]


def _resized(luma: Luma, height: int, width: int) -> Luma:
    if luma.shape == (height, width):
        return luma
    return np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _detail(luma: Luma) -> NDArray[np.float32]:
    """What the picture has beyond its own blur: a fortieth of the height, five pixels of 180 rows."""
    size = max(3, luma.shape[0] // 36 | 1)
    fine = luma.astype(np.float32)
    fine -= cv2.blur(fine, (size, size))
    return fine
