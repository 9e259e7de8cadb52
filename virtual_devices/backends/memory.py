"""The backend for clients in the same process: the latest picture of each camera, by name. Registered as `memory`.

A reader gets a picture whole or not at all: it is published by one assignment. A camera that is closed has no picture.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError

_latest: Final[dict[str, tuple[int, bytes]]] = {}
_open: Final[set[str]] = set()
_names: Final = itertools.count()


def latest(device: str) -> tuple[int, bytes] | None:
    """How many pictures that camera has sent, and the last one in I420; None before the first and after it was closed."""
    return _latest.get(device)


class Memory:
    """One camera; arguments as pyvirtualcam gives them."""

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        self._device = device if device is not None else f"memory-{next(_names)}"
        if self._device in _open:
            raise HarnessError(f"camera {self._device!r} is open already: give each camera a name of its own")
        _open.add(self._device)
        self._fourcc = fourcc
        self._sent = 0

    def send(self, frame: NDArray[np.uint8]) -> None:
        """Publish the picture."""
        self._sent += 1
        _latest[self._device] = (self._sent, frame.tobytes())

    def close(self) -> None:
        """The camera is unplugged."""
        _latest.pop(self._device, None)
        _open.discard(self._device)

    def device(self) -> str:
        """The name to give to `latest`."""
        return self._device

    def native_fourcc(self) -> int:
        """As it is sent."""
        return self._fourcc
