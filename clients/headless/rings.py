"""Devices of another process, read from rings in shared memory: pictures from a y4m ring, sound from an s16 ring, with a count beside each.

`FILE` never changes its size; `FILE.idx` is one unsigned 64-bit little-endian number: how many pictures or samples were ever written, raised
after their bytes stand. All ones: the device was unplugged. A reader takes the count, copies, takes the count again, and throws away what
may have been overwritten meanwhile. Nothing here blocks the writer. Used by the client in a process of its own; needs no numpy, which
would cost each start more than everything else together.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from clients.headless.media import SoundSource, VideoSource
from harness.protocol.capture import Device, Raw

GONE: Final = 2**64 - 1
FRAME: Final = b"FRAME\n"
ATTEMPTS: Final = 4  # a copy takes far less than a ring needs to go around
# Samples that the writer may be writing while its count does not say so yet: a tenth of a second is the most it writes at once.
MARGIN_MS: Final = 100


class Ring:
    """A body and its count, mapped when they are read and until they are released; whoever is gone counts as unplugged."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.lock = threading.RLock()  # a release may come from another thread than the reads
        self._maps: tuple[mmap.mmap, mmap.mmap] | None = None

    def body(self) -> mmap.mmap:
        """The bytes. Raises OSError or ValueError where there is none."""
        return self._opened()[0]

    def count(self) -> int | None:
        """How many items were ever written; None once the device is unplugged or where there is none."""
        with self.lock:
            try:
                count = int.from_bytes(self._opened()[1][:8], "little")
            except (OSError, ValueError):
                return None
        return None if count == GONE else count

    def release(self) -> None:
        """Lets go of the device; the next read takes it up again."""
        with self.lock:
            for mapped in self._maps or ():
                mapped.close()
            self._maps = None

    def _opened(self) -> tuple[mmap.mmap, mmap.mmap]:
        if self._maps is None:
            self._maps = (_mapped(self.path), _mapped(self.path.with_name(f"{self.path.name}.idx")))
        return self._maps


class RingCamera:
    """A `VideoSource` in a y4m ring."""

    def __init__(self, raw: Raw) -> None:
        self.width = raw.width
        self.height = raw.height
        self.frames_per_second = raw.frames_per_second
        self._ring = Ring(raw.path)
        self._size = raw.width * raw.height * 3 // 2

    def latest(self, now: int) -> tuple[int, bytes] | None:
        """The newest picture, whole."""
        del now  # the ring's writer lives in the present
        with self._ring.lock:
            for _ in range(ATTEMPTS):
                count = self._ring.count()
                if not count:
                    return None
                body = self._ring.body()
                header = body.find(b"\n") + 1
                slot = len(FRAME) + self._size
                slots = (len(body) - header) // slot
                at = header + (count - 1) % slots * slot + len(FRAME)
                picture = body[at : at + self._size]
                after = self._ring.count()
                if after is not None and after - count <= slots - 2:
                    return count, picture
        return None

    def release(self) -> None:
        """Lets go of the camera until it is read again."""
        self._ring.release()


class RingMicrophone:
    """A `SoundSource` in an s16 ring."""

    def __init__(self, raw: Raw) -> None:
        self.rate = raw.rate
        self._ring = Ring(raw.path)

    def count(self, now: int) -> int | None:
        """How many samples were delivered."""
        del now
        return self._ring.count()

    def samples(self, first: int, count: int) -> bytes:
        """Those samples, silence in the place of what was overwritten."""
        with self._ring.lock:
            try:
                body = self._ring.body()
            except (OSError, ValueError):
                return bytes(2 * count)
            ring = len(body) // 2
            taken = b"".join(body[2 * at : 2 * (at + size)] for at, size in _pieces(first, count, ring))
            reached = self._ring.count()
        if reached is None:
            return taken
        lost = min(count, max(0, reached + MARGIN_MS * self.rate // 1_000 - ring - first))
        return bytes(2 * lost) + taken[2 * lost :]

    def release(self) -> None:
        """Lets go of the microphone until it is read again."""
        self._ring.release()


class RingSources(dict[str, VideoSource | SoundSource]):
    """The sources of the devices that are plugged in now, by id."""

    def update_devices(self, devices: Sequence[Device]) -> None:
        """Opens what is new, forgets what is gone. A device that was plugged in again has new files."""
        known = {device.id: device for device in devices if device.raw is not None}
        for identifier in [item for item in self if item not in known]:
            del self[identifier]
        for identifier, device in known.items():
            if identifier not in self and device.raw is not None:
                self[identifier] = RingMicrophone(device.raw) if device.kind == "microphone" else RingCamera(device.raw)


def _pieces(first: int, count: int, ring: int) -> list[tuple[int, int]]:
    """Where those samples stand in the ring: one piece, or two where it wraps."""
    count = min(count, ring)
    at = first % ring
    head = min(count, ring - at)
    return [(at, head), (0, count - head)]


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
