r"""The backend for clients in another process: a ring of pictures in a file, registered as `y4m`. The file is a valid YUV4MPEG2 stream.

Layout, so that a client in any language can read it. `FILE` (a path in shared memory) is

    YUV4MPEG2 W<width> H<height> F<fps>:1 Ip A1:1 C420jpeg\n      the header line
    N times: FRAME\n, then width·height bytes Y, then U, then V (each width/2 · height/2)

and never changes its size, so N = (size − header) / (6 + width·height·3/2). `FILE.idx` is one unsigned 64-bit little-endian number, the
count of pictures ever written (see `shared`). To read the newest picture:

    1. c = the count. 0: no picture yet. 2^64 − 1: the camera was unplugged.
    2. copy slot (c − 1) mod N.
    3. d = the count again. The copy is good if d − c ≤ N − 2; else begin again.

Step 3 holds because the writer is then at most at the picture d + 1, whose slot is another. Pictures between two reads may be
missed; the count tells how many. Chromium reads the same file as a looping video (`--use-file-for-fake-video-capture`), where FILE
must end in `.y4m`, and without the index: what it shows is up to N pictures old, so give it a ring of one, which is always the newest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError
from virtual_devices.backends.shared import SharedReader, SharedWriter

Plane = NDArray[np.uint8]

SLOTS: Final = 8
_FRAME: Final = b"FRAME\n"
_I420: Final = int.from_bytes(b"I420", "little")
_ATTEMPTS: Final = 4  # a copy takes a hundredth of the time in which a ring of three goes around


class Y4m:
    """One camera; arguments as pyvirtualcam gives them, `device` its file, `slots` the length of its ring (2 or more for `RingReader`)."""

    def __init__(
        self, *, width: int, height: int, fps: float, fourcc: int, device: str | None, slots: int = SLOTS
    ) -> None:
        if device is None:
            raise HarnessError("a y4m camera needs device=PATH, the file to write, best in /dev/shm")
        if fourcc != _I420 or width % 2 or height % 2 or fps != int(fps) or slots < 1:
            raise HarnessError(
                f"a y4m camera takes I420, even sizes, whole frames a second and 1 slot or more, not {width}x{height} at {fps} in {slots} slots"
            )
        header = f"YUV4MPEG2 W{width} H{height} F{int(fps)}:1 Ip A1:1 C420jpeg\n".encode()
        picture = width * height * 3 // 2
        self._device = device
        self._shared = SharedWriter(Path(device), len(header) + slots * (len(_FRAME) + picture))
        self._shared.body[: len(header)] = np.frombuffer(header, np.uint8)
        ring = self._shared.body[len(header) :].reshape(slots, len(_FRAME) + picture)
        ring[:, : len(_FRAME)] = np.frombuffer(_FRAME, np.uint8)
        self._slots = ring[:, len(_FRAME) :]
        self._slots[:, : width * height] = 16  # black until the first picture, for readers without the index
        self._slots[:, width * height :] = 128

    def send(self, frame: NDArray[np.uint8]) -> None:
        """Write the picture into the next slot, then count it."""
        count = self._shared.count
        self._slots[count % len(self._slots)] = frame
        self._shared.raise_to(count + 1)

    def close(self) -> None:
        """The camera is unplugged: its files go."""
        self._shared.close()

    def device(self) -> str:
        """The path of the ring."""
        return self._device

    def native_fourcc(self) -> int:
        """I420."""
        return _I420


class Picture(NamedTuple):
    """A picture read from a ring: which one it is (1…), and its planes (H, W), (H/2, W/2), (H/2, W/2)."""

    number: int
    luma: Plane
    chroma_u: Plane
    chroma_v: Plane


class RingReader:
    """Reads the newest picture of a y4m camera. Raises `HarnessError` where there is no such camera."""

    def __init__(self, path: str | Path) -> None:
        self._shared = SharedReader(Path(path))
        header = self._shared.body[:128].tobytes().partition(b"\n")[0]
        tags = {tag[:1]: tag[1:] for tag in header.decode("ascii", "replace").split()[1:]}
        try:
            self.width, self.height, self.fps = int(tags["W"]), int(tags["H"]), int(tags["F"].partition(":")[0])
        except (KeyError, ValueError):
            raise HarnessError(f"{path} is no y4m ring: its first line is {header!r}") from None
        self._picture = self.width * self.height * 3 // 2
        slot = len(_FRAME) + self._picture
        slots = (len(self._shared.body) - len(header) - 1) // slot
        self._slots = self._shared.body[len(header) + 1 :].reshape(slots, slot)[:, len(_FRAME) :]

    @property
    def closed(self) -> bool:
        """Whether the camera was unplugged."""
        return self._shared.closed

    def latest(self) -> Picture | None:
        """The newest picture, whole; None before the first and after the camera was unplugged."""
        for _ in range(_ATTEMPTS):
            count = self._shared.count
            if count == 0:
                return None
            data = np.array(self._slots[(count - 1) % len(self._slots)])
            if 0 <= self._shared.count - count <= len(self._slots) - 2:
                area, quarter = self.width * self.height, self.width * self.height // 4
                chroma = (self.height // 2, self.width // 2)
                return Picture(
                    count,
                    data[:area].reshape(self.height, self.width),
                    data[area : area + quarter].reshape(chroma),
                    data[area + quarter :].reshape(chroma),
                )
        return None

    def close(self) -> None:
        """Let go of the files."""
        del self._slots
        self._shared.close()
