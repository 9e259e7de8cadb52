"""One device as encoded packets, shared by all who read it, and as a still picture.

Laws: a device is encoded once however many read it, and not at all while nobody does; who begins to read gets a key frame at once. All
methods but `newest`'s setter are called in the server's own thread. Made by the server, fed by the device's tap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from virtual_devices.camera import VirtualCamera
from virtual_devices.encoded.encoders import PictureEncoder, SoundEncoder
from virtual_devices.encoded.webm import Packet, Picture, Sound
from virtual_devices.microphone import RATE, VirtualMicrophone
from virtual_devices.schedule import Lateness, Now

STILL_QUALITY: Final = 92  # of JPEG: marks and faces as the camera saw them

OnPacket = Callable[[Packet], None]
OnEnd = Callable[[], None]


class CameraFeed:
    """A camera's or screen's pictures."""

    def __init__(self, camera: VirtualCamera, now: Now) -> None:
        self._camera = camera
        self._now = now
        self._encoder: PictureEncoder | None = None
        self._last = -1
        self.readers: dict[OnPacket, OnEnd] = {}
        self.lateness = Lateness()
        self.newest: tuple[int, NDArray[np.uint8]] | None = None  # number and I420

    @property
    def track(self) -> Picture:
        """What a header says of it."""
        spec = self._camera.spec
        return Picture(spec.width, spec.height, spec.fps)

    def join(self, on_packet: OnPacket, on_end: OnEnd) -> None:
        """Packets from now on, a key frame first."""
        self.readers[on_packet] = on_end
        if self._encoder is not None:
            self._encoder.wants_key = True
            return
        spec = self._camera.spec
        self._encoder, self._last = PictureEncoder(spec.width, spec.height, spec.fps), -1
        if self.newest is not None:
            self._encode(*self.newest)  # was there before it was wanted, so its age is no lateness

    def leave(self, on_packet: OnPacket) -> None:
        """No packets any more."""
        self.readers.pop(on_packet, None)
        if not self.readers:
            self._encoder = None

    def feed(self, number: int, data: NDArray[np.uint8]) -> None:
        """The camera delivered picture `number`."""
        if self._encode(number, data):
            self.lateness.record(self._now() - self._camera.due_ms(number))

    def _encode(self, number: int, data: NDArray[np.uint8]) -> bool:
        """Whether it was new, and somebody reads."""
        if self._encoder is None or number <= self._last:
            return False
        self._last = number
        _hand_out(self._encoder.encode(number, data), self.readers)
        return True

    def still(self) -> bytes | None:
        """The newest picture as JPEG; None before the first."""
        if self.newest is None:
            return None
        spec = self._camera.spec
        i420 = self.newest[1].reshape(spec.height * 3 // 2, spec.width)
        drawn = cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420)
        return cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, STILL_QUALITY])[1].tobytes()


class MicrophoneFeed:
    """A microphone's sound."""

    def __init__(self, microphone: VirtualMicrophone, now: Now) -> None:
        self._microphone = microphone
        self._now = now
        self._encoder: SoundEncoder | None = None
        self.readers: dict[OnPacket, OnEnd] = {}
        self.lateness = Lateness()

    @property
    def track(self) -> Sound:
        """What a header says of it."""
        return (self._encoder or SoundEncoder(RATE)).header

    def join(self, on_packet: OnPacket, on_end: OnEnd) -> None:
        """Packets from now on."""
        self.readers[on_packet] = on_end
        if self._encoder is None:
            self._encoder = SoundEncoder(RATE)

    def leave(self, on_packet: OnPacket) -> None:
        """No packets any more."""
        self.readers.pop(on_packet, None)
        if not self.readers:
            self._encoder = None

    def feed(self, first: int, samples: NDArray[np.int16]) -> None:
        """The microphone wrote the samples from number `first` on."""
        if self._encoder is None:
            return
        _hand_out(self._encoder.encode(first, samples), self.readers)
        over_ms = self._microphone.epoch_ms + (first + len(samples)) * 1_000 / RATE
        self.lateness.record(self._now() - over_ms)


Feed = CameraFeed | MicrophoneFeed


def _hand_out(packets: list[Packet], readers: dict[OnPacket, OnEnd]) -> None:
    for packet in packets:
        for reader in list(readers):
            reader(packet)
