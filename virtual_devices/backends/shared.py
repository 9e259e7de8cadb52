"""Files in shared memory that one process writes and others read while it does: a body, and an index that counts.

Beside `FILE` stands `FILE.idx`: one unsigned 64-bit little-endian number, how many items (frames, samples) were ever written. It is raised
after the item's bytes stand in the body, in one aligned store. `CLOSED` there means that the device was unplugged; the files then vanish.
A reader takes the count, copies, takes the count again, and throws away what may have been overwritten meanwhile. Nobody blocks
anybody. Each time a device is plugged in, its files are new ones: a reader opens them anew.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError

CLOSED: Final = 2**64 - 1


def index_of(path: Path) -> Path:
    """The index file beside `path`."""
    return path.with_name(f"{path.name}.idx")


class SharedWriter:
    """The writing side: a body of `size` bytes and its index, both there at once, both gone on `close`."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._index = _created(index_of(path), 8).view("<u8")
            self.body = _created(path, size)  # last: whoever sees the body finds the index
        except OSError as error:
            raise HarnessError(
                f"{path} can't be written ({error.strerror}): give a folder in shared memory such as /dev/shm"
            ) from None
        self.count = 0

    def raise_to(self, count: int) -> None:
        """`count` items have been written."""
        self.count = count
        self._index[0] = count

    def close(self) -> None:
        """Say that the device is gone, and remove its files; more than once is no fault."""
        self._index[0] = CLOSED
        self._path.unlink(missing_ok=True)
        index_of(self._path).unlink(missing_ok=True)


class SharedReader:
    """The reading side of one device, from its plugging in to its unplugging."""

    def __init__(self, path: Path) -> None:
        try:
            self.body: NDArray[np.uint8] = np.memmap(path, np.uint8, mode="r")
            self._index = np.memmap(index_of(path), "<u8", mode="r", shape=(1,))
        except (OSError, ValueError):
            raise HarnessError(
                f"there is no device at {path}: plug it in first, or give the path that it was plugged in with"
            ) from None

    @property
    def closed(self) -> bool:
        """Whether the device was unplugged."""
        return int(self._index[0]) == CLOSED

    @property
    def count(self) -> int:
        """How many items were written; 0 once the device is unplugged."""
        count = int(self._index[0])
        return 0 if count == CLOSED else count

    def __enter__(self) -> SharedReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        del self.body, self._index


def _created(path: Path, size: int) -> NDArray[np.uint8]:
    """A new file of zeros under that name, whatever was there before."""
    part = path.with_name(f".{path.name}.part")
    mapped: NDArray[np.uint8] = np.memmap(part, np.uint8, mode="w+", shape=(size,))
    part.replace(path)
    return mapped
