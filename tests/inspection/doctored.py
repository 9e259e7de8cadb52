"""Recordings made to order: marked pictures and marked sound through real encoders, with any fault put in on purpose.

A take is a list of shots (which frame is shown, when by the recording's clock) and a sound; faults are edits of these lists before encoding, or
of the bytes after it. Everything is seeded: the same take gives the same pictures. Inspection's own tests and the rules' tests use it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

import av
import numpy as np
from numpy.typing import NDArray

from virtual_devices.timecode import Chirps, Mark, stamp

RATE: Final = 16_000
Luma = NDArray[np.uint8]
Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Format:
    """How a take is encoded."""

    container: Literal["mp4", "webm"] = "mp4"
    codec: Literal["libx264", "libvpx", "libvpx-vp9"] = "libx264"
    width: int = 640
    height: int = 360
    fps: int = 10  # what the encoder's rate control reckons with
    bit_rate: int = 500_000
    audio_bit_rate: int = 16_000
    live: bool = False  # WebM as a browser streams it: no duration, no cues
    metadata: tuple[tuple[str, str], ...] = ()


MP4: Final = Format()
WEBM: Final = Format(container="webm", codec="libvpx")


@dataclass(frozen=True)
class Shot:
    """One picture of a recording: the mark it carries (None: no strip), and when it stands by the recording's clock."""

    media_ms: int
    mark: Mark | None
    ghost: Mark | None = None  # a second frame, blended half and half
    mirrored: bool = False


@dataclass(frozen=True)
class Take:
    """What is to be recorded."""

    shots: tuple[Shot, ...]
    sound: Sound | None  # mono, 16 kHz, from media time 0
    format: Format = MP4

    def encoded_as(self, wanted: Format) -> Take:
        return replace(self, format=replace(wanted, fps=self.format.fps))

    def without(self, first: int, last: int) -> Take:
        """Shots [first, last) never reached the recording; its clock went on."""
        return replace(self, shots=self.shots[:first] + self.shots[last:])

    def frozen(self, first: int, last: int) -> Take:
        """Shots [first, last) show the picture before them again."""
        held = self.shots[first - 1]
        stuck = tuple(replace(held, media_ms=shot.media_ms) for shot in self.shots[first:last])
        return replace(self, shots=self.shots[:first] + stuck + self.shots[last:])

    def blended(self, indexes: Iterable[int]) -> Take:
        """These shots are ghosts: half themselves, half the shot before."""
        shots = list(self.shots)
        for index in indexes:
            shots[index] = replace(shots[index], ghost=self.shots[index - 1].mark)
        return replace(self, shots=tuple(shots))

    def mirrored(self) -> Take:
        return replace(self, shots=tuple(replace(shot, mirrored=True) for shot in self.shots))

    def sound_shifted(self, by_ms: int) -> Take:
        """The sound is `by_ms` late (or early, where negative) against the picture."""
        assert self.sound is not None
        by = by_ms * RATE // 1_000
        moved = np.zeros_like(self.sound)
        if by >= 0:
            moved[by:] = self.sound[: len(moved) - by]
        else:
            moved[:by] = self.sound[-by:]
        return replace(self, sound=moved)

    def muted(self, from_ms: int, to_ms: int) -> Take:
        assert self.sound is not None
        quiet = self.sound.copy()
        quiet[from_ms * RATE // 1_000 : to_ms * RATE // 1_000] = 0
        return replace(self, sound=quiet)

    def with_speech(self, clip: Sound, at_ms: int) -> Take:
        """The clip is heard from `at_ms` of the recording."""
        assert self.sound is not None
        mixed = self.sound.copy()
        first = at_ms * RATE // 1_000
        part = clip[: max(0, len(mixed) - first)]
        mixed[first : first + len(part)] += part
        return replace(self, sound=mixed)

    def record(self) -> bytes:
        return encode(self.pictures(), self.sound, self.format)

    def pictures(self) -> Iterator[tuple[int, Luma]]:
        height, width = self.format.height, self.format.width
        for number, shot in enumerate(self.shots):
            yield shot.media_ms, picture(shot, number, height, width)


def take(
    seconds: float = 4, *, fps: int = 10, device: int = 1, session: int = 7, first_ms: int = 0, microphone: int = 9
) -> Take:
    """A faultless take: camera `device` and its microphone from their own time `first_ms` on, 10 pictures a second."""
    shots = [
        Shot(round(number * 1_000 / fps), Mark(device, session, first_ms * fps // 1_000 + number))
        for number in range(round(seconds * fps))
    ]
    sound = Chirps(microphone, session, RATE).render(first_ms * RATE // 1_000, round(seconds * RATE))
    return Take(tuple(shots), sound, replace(MP4, fps=fps))


def picture(shot: Shot, number: int, height: int, width: int) -> Luma:
    """The luma of a shot: textured ground that moves, and its strips."""
    luma = _marked(shot.mark, number, height, width)
    if shot.ghost is not None:
        other = _marked(shot.ghost, number - 1, height, width)
        luma = ((luma.astype(np.uint16) + other) // 2).astype(np.uint8)
    return np.ascontiguousarray(luma[:, ::-1]) if shot.mirrored else luma


def encode(pictures: Iterable[tuple[int, Luma]], sound: Sound | None, wanted: Format) -> bytes:
    """Encode pictures and a sound (mono, 16 kHz) into one file's bytes, interleaved as a recorder writes them.

    A picture is (media ms, luma of H rows), or (media ms, all planes of I420 in 3/2 H rows).
    """
    sink = io.BytesIO()
    fragmented = {"movflags": "frag_keyframe+empty_moov+default_base_moof+delay_moov"}
    live = {"live": "1"} if wanted.live else {}
    with av.open(sink, "w", format=wanted.container, options=fragmented if wanted.container == "mp4" else live) as out:
        out.metadata.update(dict(wanted.metadata))
        video = out.add_stream(wanted.codec, rate=wanted.fps, options=_SPEED[wanted.codec])
        video.width, video.height, video.pix_fmt = wanted.width, wanted.height, "yuv420p"
        video.bit_rate = wanted.bit_rate
        video.time_base = video.codec_context.time_base = Fraction(1, 1_000)
        video.codec_context.gop_size = 20
        audio = None
        if sound is not None:
            audio = out.add_stream("libopus", rate=48_000, layout="mono")
            audio.bit_rate = wanted.audio_bit_rate
        told = 0
        last = 0
        for media_ms, luma in pictures:
            last = media_ms
            if sound is not None and audio is not None:
                told = _tell(out, audio, sound, told, media_ms)
            frame = av.VideoFrame.from_ndarray(_planes(luma) if len(luma) == wanted.height else luma, format="yuv420p")
            frame.pts, frame.time_base = media_ms, Fraction(1, 1_000)
            out.mux(video.encode(frame))
        if sound is not None and audio is not None:
            _tell(out, audio, sound, told, max(last, len(sound) * 1_000 // RATE) + 1_000)
            out.mux(audio.encode(None))
        out.mux(video.encode(None))
    return sink.getvalue()


def flipped(recording: bytes, positions: Sequence[int]) -> bytes:
    """The recording with the bytes at these positions inverted."""
    damaged = bytearray(recording)
    for position in positions:
        damaged[position] ^= 0xFF
    return bytes(damaged)


_SPEED: Final = {
    "libx264": {"preset": "veryfast", "tune": "zerolatency"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}


def _tell(out: av.container.OutputContainer, audio: av.AudioStream, sound: Sound, told: int, until_ms: int) -> int:
    """Encode the sound up to `until_ms`, in frames of 20 ms; returns the samples told so far."""
    while told < min(until_ms * RATE // 1_000, len(sound)):
        block = sound[told : told + RATE // 50]
        frame = av.AudioFrame.from_ndarray(block[None], format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, told, Fraction(1, RATE)
        out.mux(audio.encode(frame))
        told += len(block)
    return told


def _planes(luma: Luma) -> Luma:
    height, width = luma.shape
    return np.concatenate([luma, np.full((height // 2, width), 128, np.uint8)])


def _marked(mark: Mark | None, number: int, height: int, width: int) -> Luma:
    texture = _texture(height, width)
    luma = texture[number * 3 % 64 :][:height, number * 5 % 96 :][:, :width].copy()
    if mark is not None:
        stamp(luma, mark)
    return luma


@lru_cache(maxsize=8)
def _texture(height: int, width: int) -> Luma:
    """Soft noise in blobs of some 8 pixels: moving, it costs a codec what foliage or cloth does."""
    grain = np.random.default_rng(5).normal(0, 1, (height + 64, width + 96))
    spectrum = np.fft.rfft2(grain)
    radius = np.hypot(np.fft.fftfreq(grain.shape[0])[:, None], np.fft.rfftfreq(grain.shape[1])[None])
    soft = np.fft.irfft2(spectrum * np.exp(-((radius * 16) ** 2)), grain.shape)
    luma: Luma = np.clip(125 + 40 * soft / soft.std(), 16, 235).astype(np.uint8)
    return luma
