"""A strip of a recording: a few instants, and for each what the camera delivered above what the recording holds of that very frame.

Laws: the frames are those whose marks lie nearest to instants spread evenly over what the recording shows; what is not known for sure of a
camera stays grey; a strip is one small JPEG. For people to look at: nothing is judged by it. Called by the session, once a run is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError
from harness.core.footage import MarkClock
from harness.inspection import container
from harness.inspection.decoder import Picture, Playback, play
from harness.inspection.fidelity import CameraPictures
from virtual_devices.timecode import Mark, read

Luma = NDArray[np.uint8]

INSTANTS: Final = 7
TILE: Final = (128, 72)  # px
BETWEEN: Final = 4  # px
GREY: Final = 128
QUALITY: Final = 55  # seven pairs of tiles have about 20 kB


class Instant(NamedTuple):
    """One column of a strip: which device delivered the frame, and when, exam ms."""

    device: int
    at_ms: int


class Strip(NamedTuple):
    """The columns from left to right, and the picture: the camera's row above the recording's."""

    instants: tuple[Instant, ...]
    jpeg: bytes


def strip(
    paths: Sequence[Path], clock: MarkClock, pictures: CameraPictures | None, from_ms: int, to_ms: int
) -> Strip | None:
    """The strip of a recording that shows marks from `from_ms` to `to_ms` of exam time; None where no frame of it can be read.

    `pictures` draws the cameras' frames again; without it the recording's row stands alone.
    """
    wanted = np.linspace(from_ms, to_ms, INSTANTS)
    nearest: list[tuple[float, Mark, int, Luma] | None] = [None] * INSTANTS
    for luma in _pictures(paths):
        reading = read(luma)
        at = None if reading.mark is None else clock.frame_ms(*reading.mark)
        if reading.mark is None or at is None:
            continue
        column = int(np.argmin(np.abs(wanted - at)))
        away, best = abs(wanted[column] - at), nearest[column]
        if best is None or away < best[0]:
            upright = luma[:, ::-1] if reading.mirrored else luma
            nearest[column] = (float(away), reading.mark, at, _tile(upright))
    found = [each for each in nearest if each is not None]
    if not found:
        return None
    rows = [[each[3] for each in found]]
    if pictures is not None:
        delivered = (pictures.luma(*each[1]) for each in found)
        rows.insert(0, [_tile(each) if each is not None else _blank() for each in delivered])
    return Strip(tuple(Instant(each[1].device, each[2]) for each in found), _jpeg(rows))


def _pictures(paths: Sequence[Path]) -> Iterator[Luma]:
    """The pictures of all segments, one after the other, as far as they can be read."""
    for path in paths:
        try:
            with container.opened(path) as file:
                kind = container.walk(file).kind
                file.seek(0)
                if kind is not None:
                    yield from (piece.luma for piece in play(file, kind, Playback()) if isinstance(piece, Picture))
        except OSError:
            continue  # what can't be read is inspection's to say


def _tile(luma: Luma) -> Luma:
    small = cv2.resize(luma, TILE, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _blank() -> Luma:
    return np.full((TILE[1], TILE[0]), GREY, np.uint8)


def _jpeg(rows: Sequence[Sequence[Luma]]) -> bytes:
    """The tiles on white."""
    width = len(rows[0]) * (TILE[0] + BETWEEN) - BETWEEN
    sheet = np.full((len(rows) * (TILE[1] + BETWEEN) - BETWEEN, width), 255, np.uint8)
    for down, row in enumerate(rows):
        for across, tile in enumerate(row):
            top, left = down * (TILE[1] + BETWEEN), across * (TILE[0] + BETWEEN)
            sheet[top : top + TILE[1], left : left + TILE[0]] = tile
    done, data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise HarnessError("a strip of a recording could not be written as a JPEG")
    return bytes(data)
