"""One device as encoded packets, shared by all who read it, and as a still picture.

Laws: a device is encoded once however many read it, and not at all while nobody does; who begins to read gets a key frame at once. What
is encoded is what was delivered to everybody: a feed takes it from shared memory, some ms after it stood there. Made and asked by the server.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2

from virtual_devices.encoded.encoders import PictureEncoder, SoundEncoder
from virtual_devices.encoded.orders import PlugCamera, PlugMicrophone
from virtual_devices.encoded.pictures import PictureReader, Plane
from virtual_devices.encoded.webm import Packet, Picture, Sound
from virtual_devices.microphone import CHUNK, RATE, SoundReader

STILL_QUALITY: Final = 92  # of JPEG: marks and faces as the camera saw them

OnPacket = Callable[[Packet], None]
OnEnd = Callable[[], None]


class CameraFeed:
    """A camera's or screen's pictures."""

    def __init__(self, camera: PlugCamera) -> None:
        self.name: Final = camera.name
        self._camera = camera
        size = camera.width * camera.height * 3 // 2
        self._pictures, self._stills = (PictureReader(Path(camera.path), size) for _ in range(2))
        self._stills.remove_files()
        self._encoder: PictureEncoder | None = None
        self.readers: dict[OnPacket, OnEnd] = {}

    @property
    def track(self) -> Picture:
        """What a header says of it."""
        return Picture(self._camera.width, self._camera.height, self._camera.fps)

    def join(self, on_packet: OnPacket, on_end: OnEnd) -> None:
        """Packets from now on, a key frame first."""
        self.readers[on_packet] = on_end
        if self._encoder is not None:
            self._encoder.wants_key = True
            return
        self._encoder = PictureEncoder(self._camera.width, self._camera.height, self._camera.fps)
        newest = self._pictures.newest()
        if newest is not None:
            self._encode(*newest)  # was there before it was wanted, so its age is no lateness

    def leave(self, on_packet: OnPacket) -> None:
        """No packets any more."""
        self.readers.pop(on_packet, None)
        if not self.readers:
            self._encoder = None

    def take(self, now_ms: float) -> float:
        """Hand out what was delivered meanwhile; returns how late the latest of it is, ms."""
        if self._encoder is None:
            return 0.0
        late_ms = 0.0
        for number, data in self._pictures.read():
            self._encode(number, data)
            late_ms = max(late_ms, now_ms - self._camera.epoch_ms - number * 1_000 / self._camera.fps)
        return late_ms

    def _encode(self, number: int, data: Plane) -> None:
        if self._encoder is not None:
            _hand_out(self._encoder.encode(number, data), self.readers)

    def still(self) -> bytes | None:
        """The newest picture as JPEG; None before the first."""
        newest = self._stills.newest()
        if newest is None:
            return None
        i420 = newest[1].reshape(self._camera.height * 3 // 2, self._camera.width)
        drawn = cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420)
        return cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, STILL_QUALITY])[1].tobytes()


class MicrophoneFeed:
    """A microphone's sound."""

    def __init__(self, microphone: PlugMicrophone) -> None:
        self.name: Final = microphone.name
        self._microphone = microphone
        self._since = int((microphone.since_ms - microphone.epoch_ms) * RATE // 1_000)
        self._sound: SoundReader | None = None
        self._encoder: SoundEncoder | None = None
        self.readers: dict[OnPacket, OnEnd] = {}

    @property
    def track(self) -> Sound:
        """What a header says of it."""
        return (self._encoder or SoundEncoder(RATE)).header

    def join(self, on_packet: OnPacket, on_end: OnEnd) -> None:
        """Packets from now on."""
        self.readers[on_packet] = on_end
        if self._encoder is None:
            self._encoder, self._sound = SoundEncoder(RATE), SoundReader(self._microphone.path)

    def leave(self, on_packet: OnPacket) -> None:
        """No packets any more."""
        self.readers.pop(on_packet, None)
        if not self.readers:
            self._encoder = self._sound = None

    def take(self, now_ms: float) -> float:
        """Hand out what was written meanwhile; returns how late the oldest chunk of it is, ms."""
        if self._encoder is None or self._sound is None:
            return 0.0
        samples = self._sound.read()
        if not len(samples):
            return 0.0
        first = self._sound.position - len(samples)
        if (
            first < self._since
        ):  # the ring still has what was heard before it was pulled out, and never writes the time between
            samples, first = samples[self._since - first :], self._since
            if not len(samples):
                return 0.0
        _hand_out(self._encoder.encode(first, samples), self.readers)
        return max(0.0, now_ms - self._microphone.epoch_ms - (first + CHUNK) * 1_000 / RATE)


Feed = CameraFeed | MicrophoneFeed


def _hand_out(packets: list[Packet], readers: dict[OnPacket, OnEnd]) -> None:
    for packet in packets:
        for reader in list(readers):
            reader(packet)
