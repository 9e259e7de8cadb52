"""A camera's delivered pictures with their numbers, in shared memory, from the pump that delivers to the process that encodes.

Every slot is a little-endian unsigned 64-bit number of the camera's own, then the picture as I420; how such a ring is written and read
without anybody's waiting is told in `backends.shared`. A reader that falls behind by a ring loses pictures, which its numbers show.
The files only hand the memory over: the encoders take them away as they open them, and the memory goes when both sides have let go of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from virtual_devices.backends.shared import SharedReader, SharedWriter, index_of

SLOTS: Final = 16  # more than a second and a half at 10 pictures a second
_NUMBER: Final = 8  # bytes

Plane = NDArray[np.uint8]


class PictureWriter:
    """The pump's side; `put` is a camera's tap. `size` is that of a picture, bytes."""

    def __init__(self, path: Path, size: int) -> None:
        self._shared = SharedWriter(path, SLOTS * (_NUMBER + size))
        self._slots = self._shared.body.reshape(SLOTS, _NUMBER + size)

    def put(self, number: int, data: Plane) -> None:
        """Picture `number` was delivered."""
        slot = self._slots[self._shared.count % SLOTS]
        slot[:_NUMBER].view("<u8")[0] = number
        slot[_NUMBER:] = data
        self._shared.raise_to(self._shared.count + 1)


class PictureReader:
    """The encoders' side. Raises `HarnessError` where there is no such ring."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._shared = SharedReader(path)
        self._slots = self._shared.body.reshape(SLOTS, _NUMBER + size)
        self._position = 0

    def remove_files(self) -> None:
        """Nobody else opens the ring; what was opened stays good."""
        self._path.unlink()
        index_of(self._path).unlink()

    def newest(self) -> tuple[int, Plane] | None:
        """The newest picture and its number, and `read` goes on after it; None before the first."""
        self._position = max(0, self._shared.count - 1)
        pictures = self.read()
        return pictures[-1] if pictures else None

    def read(self) -> list[tuple[int, Plane]]:
        """The pictures since the last one that was read, with their numbers."""
        count = self._shared.count
        pictures = []
        for place in range(max(self._position, count - SLOTS + 2), count):
            slot = np.array(self._slots[place % SLOTS])
            if self._shared.count - place < SLOTS:  # else it may have been overwritten meanwhile
                pictures.append((int(slot[:_NUMBER].view("<u8")[0]), slot[_NUMBER:]))
        self._position = max(self._position, count)
        return pictures
