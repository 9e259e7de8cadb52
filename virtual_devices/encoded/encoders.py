"""From raw pictures to VP8, and from raw sound to Opus, packet by packet and without delay.

Laws: a packet comes out of the very call that completes it and carries the time at which its picture was due, or its sound began, on
the device's own time; what was lost on the way in (a skipped picture, samples never written) is a hole, never a shift. One encoder a device,
made when somebody begins to read and thrown away when nobody does.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from virtual_devices.encoded.webm import Packet, Sound

# At 320×180 and 10 fps a picture took 0.65 ms of a core, half of what the raw rings' readers spend on theirs; printed symbols of 4 px
# and marks stayed legible, as the tests hold.
BITS: Final = 300_000
SPEED: Final = "16"  # libvpx's cpu-used; its fastest
SOUND_BITS: Final = 24_000  # chirps pass Opus at 16 kbit/s
FRAME_MS: Final = 20  # of Opus
KEY_EVERY_MS: Final = 1_000  # a late reader, and a new segment, begin within so long


class PictureEncoder:
    """VP8 of one camera or screen."""

    def __init__(self, width: int, height: int, fps: int) -> None:
        context = av.CodecContext.create("libvpx", "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.framerate = Fraction(fps)
        context.time_base = Fraction(1, fps)
        context.bit_rate = BITS
        context.gop_size = 1 << 20  # key frames are asked for, by the device's own time
        context.thread_count = 1
        context.options = {"deadline": "realtime", "cpu-used": SPEED, "lag-in-frames": "0", "auto-alt-ref": "0"}
        self._context = context
        self._fps = fps
        self._shape = (height * 3 // 2, width)
        self._key: int | None = None
        self.wants_key = True

    def encode(self, number: int, data: NDArray[np.uint8]) -> list[Packet]:
        """Picture `number` of the device: I420 in one buffer."""
        frame = av.VideoFrame.from_ndarray(data.reshape(self._shape), format="yuv420p")
        frame.pts = number
        if self.wants_key or self._key is None or (number + 1 - self._key) * 1_000 > KEY_EVERY_MS * self._fps:
            frame.pict_type = PictureType.I
        at_ms = number * 1_000 // self._fps
        packets = [
            Packet("picture", at_ms, bytes(packet), packet.is_keyframe) for packet in self._context.encode(frame)
        ]
        if any(packet.key for packet in packets):
            self._key, self.wants_key = number, False
        return packets


class SoundEncoder:
    """Opus of one microphone: mono, signed 16 bit."""

    def __init__(self, rate: int) -> None:
        context = av.CodecContext.create("libopus", "w")
        assert isinstance(context, av.AudioCodecContext)
        context.sample_rate = rate
        context.layout = "mono"
        context.format = av.AudioFormat("s16")
        context.bit_rate = SOUND_BITS
        context.options = {"application": "audio", "frame_duration": str(FRAME_MS), "compression_level": "3"}
        context.open()
        head = context.extradata or b""
        self._context = context
        self._rate = rate
        self._frame = rate * FRAME_MS // 1_000
        self._first: int | None = None  # sample number of the first that waits
        self._waiting: NDArray[np.int16] = np.empty(0, np.int16)
        self._begins: list[int] = []  # of the frames in the encoder, ms
        # RFC 7845, section 5.1: the pre-skip, samples at 48 kHz
        self.header: Final = Sound(head, int.from_bytes(head[10:12], "little") * 1_000_000_000 // 48_000)

    def encode(self, first: int, samples: NDArray[np.int16]) -> list[Packet]:
        """The samples from number `first` on; after a hole, whole frames begin anew."""
        if self._first is None or first != self._first + len(self._waiting):
            late = -first % self._frame
            self._first, self._waiting = first + late, samples[late:]
        else:
            self._waiting = np.concatenate((self._waiting, samples))
        packets = []
        while len(self._waiting) >= self._frame:
            frame = av.AudioFrame.from_ndarray(self._waiting[None, : self._frame], format="s16", layout="mono")
            frame.sample_rate = self._rate
            frame.pts = self._first
            self._begins.append(self._first * 1_000 // self._rate)
            packets += [
                Packet("sound", self._begins.pop(0), bytes(packet), key=True) for packet in self._context.encode(frame)
            ]
            self._first += self._frame
            self._waiting = self._waiting[self._frame :]
        return packets
