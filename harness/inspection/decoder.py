"""Plays one segment: pictures and sound in the order of the file, with their media times, and what went wrong on the way.

Laws: nothing that is decoded is kept (a picture's luma is a view of the decoder's own plane, valid until the next one); a stream that can't be
decoded ends or is skipped, and says so in `Playback`, never by an exception; FFmpeg sees only the demuxer that the first bytes called for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from harness.inspection.container import Kind

SOUND_RATE: Final = 16_000  # chirps end at 3.8 kHz, speech is matched below 1.2 kHz
_THREEFOLD: Final = 3 * SOUND_RATE  # what Opus decodes to

# A screen of 4K is 8.3 million pixels; a damaged header can ask for billions.
MOST_PIXELS: Final = 3_840 * 2_400
MOST_METADATA: Final = 64
LONGEST_METADATA: Final = 200

_PLANAR: Final = frozenset({"yuv420p", "yuvj420p", "nv12", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "gray"})
_DEMUXER: Final = {"mp4": "mp4", "webm": "matroska"}


class Picture(NamedTuple):
    """One decoded picture; `luma` (H, W) is valid until the next is asked for."""

    media_ms: float
    luma: NDArray[np.uint8]


class Sound(NamedTuple):
    """A stretch of mono sound at `SOUND_RATE`."""

    media_ms: float
    samples: NDArray[np.float32]


@dataclass
class Playback:
    """What a segment is, and how its playing went; filled while `play` runs."""

    video: str = ""
    audio: str = ""
    width: int = 0
    height: int = 0
    first_ms: float = float("inf")
    end_ms: float = float("-inf")
    pictures: int = 0
    errors: list[str] = field(default_factory=list)  # the first few
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def duration_ms(self) -> float:
        """From the first to the end of the last picture or sound, by the recording's clock."""
        return max(0.0, self.end_ms - self.first_ms)

    def failed(self, what: str) -> None:
        """Note what went wrong."""
        if len(self.errors) < 5:
            self.errors.append(what)

    def covers(self, from_ms: float, to_ms: float) -> None:
        """Note that something was decoded for that stretch of the recording's clock."""
        self.first_ms = min(self.first_ms, from_ms)
        self.end_ms = max(self.end_ms, to_ms)


def play(file: BinaryIO, kind: Kind, playback: Playback) -> Iterator[Picture | Sound]:
    """Decode the first video and the first audio stream of a container of that kind, to their end or as far as they go."""
    try:
        container = av.open(file, "r", format=_DEMUXER[kind], metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OverflowError) as problem:
        playback.failed(f"its header can't be read ({_said(problem)})")
        return
    with container:
        streams = _chosen(container, playback)
        if not streams:
            return
        ear = _Ear(playback)
        for frame in _frames(container, streams, playback):
            if isinstance(frame, av.VideoFrame):
                yield _picture(frame, playback)
            elif isinstance(frame, av.AudioFrame):
                yield from ear.hear(frame)
        yield from ear.hear(None)


def _frames(
    container: InputContainer, streams: Sequence[VideoStream | AudioStream], playback: Playback
) -> Iterator[av.VideoFrame | av.AudioFrame]:
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, ValueError) as problem:
            playback.failed(f"it can't be read further ({_said(problem)})")
            packet = None
        if packet is None:
            break
        yield from _decoded(packet.decode, playback)
    for stream in streams:  # frames still in the decoder where reading broke off; none where it ended
        yield from _decoded(stream.codec_context.decode, playback)


def _decoded(decode: Callable[[], Sequence[object]], playback: Playback) -> Iterator[av.VideoFrame | av.AudioFrame]:
    try:
        frames = decode()
    except av.error.EOFError:
        return
    except (av.error.FFmpegError, ValueError) as problem:
        playback.failed(f"a part of it can't be decoded ({_said(problem)})")
        return
    for frame in frames:
        if isinstance(frame, av.VideoFrame | av.AudioFrame):
            yield frame


def _picture(frame: av.VideoFrame, playback: Playback) -> Picture:
    start, length = playback.end_ms, 0.0
    if frame.time is not None:
        start = frame.time * 1_000
        # A duration is in units of the time base, as the time stamp is; this spares a fraction's arithmetic a picture.
        length = frame.duration * start / frame.pts if frame.pts else 0.0
    playback.covers(start, start + length)
    playback.pictures += 1
    return Picture(start, luma_of(frame))


def luma_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """The luma (H, W) of a picture: a view of the decoder's plane wherever it has eight bits of it."""
    if frame.format.name not in _PLANAR:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


class _Ear:
    """Brings decoded sound to mono at `SOUND_RATE`, about a second at a time, and keeps its place in media time."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
        self._rate = 0
        self._held: list[NDArray[np.float32]] = []
        self._count = 0  # samples held
        self._start = 0.0  # media ms of the first of them
        self._lag = 0.0  # ms of sound that the resampler holds back

    def hear(self, frame: av.AudioFrame | None) -> Iterator[Sound]:
        """Take the next frame, or None at the end; gives what is ready."""
        if frame is None:
            yield from self._drain()
            return
        due = self._start + self._count * 1_000 / self._rate if self._rate else 0.0
        start = due if frame.time is None else frame.time * 1_000
        # Containers round to 1 ms; a step above 5 ms is a hole, or sound that was stamped late.
        if frame.sample_rate != self._rate or abs(start - due) > 5 or self._count >= self._rate:
            yield from self._drain()
            if frame.sample_rate != self._rate:
                self._rate, self._lag = frame.sample_rate, 0.0
                self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
            self._start = start if abs(start - due) > 5 else due
        samples = _mono(frame)
        self._playback.covers(start, start + len(samples) * 1_000 / self._rate)
        self._held.append(samples)
        self._count += len(samples)

    def _drain(self) -> Iterator[Sound]:
        if not self._held:
            return
        held = np.concatenate(self._held)
        heard = _thinned(held) if self._rate == _THREEFOLD else self._resampled(held)
        yield Sound(self._start - self._lag, heard)
        if self._rate != _THREEFOLD:
            self._lag += self._count * 1_000 / self._rate - len(heard) * 1_000 / SOUND_RATE
        self._held, self._count = [], 0

    def _resampled(self, held: NDArray[np.float32]) -> NDArray[np.float32]:
        block = av.AudioFrame.from_ndarray(held[None], format="flt", layout="mono")
        block.sample_rate = self._rate
        made = [each.to_ndarray()[0] for each in self._resampler.resample(block)]
        return np.concatenate(made) if made else np.zeros(0, np.float32)


def _thinned(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """48 kHz → 16 kHz by the mean of three samples: 1 dB down at 4 kHz, what folds onto the chirps 10 dB; a fifth of a resampler's cost."""
    whole = len(sound) // 3 * 3
    return (sound[0:whole:3] + sound[1:whole:3] + sound[2:whole:3]) * np.float32(1 / 3)


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    if frame.format.name in ("flt", "fltp") and len(frame.layout.channels) == 1:
        return np.frombuffer(memoryview(frame.planes[0]), np.float32)[: frame.samples].copy()
    samples: NDArray[np.generic] = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, len(frame.layout.channels)).T
    scale = 1.0 if samples.dtype.kind == "f" else 1.0 / 2 ** (8 * samples.dtype.itemsize - 1)
    return np.asarray(samples.astype(np.float32).mean(axis=0) * scale, np.float32)


def _chosen(container: InputContainer, playback: Playback) -> list[VideoStream | AudioStream]:
    """Describe the container, and make its first video and first audio stream ready to decode."""
    found = {f"container.{key}": value for key, value in container.metadata.items()}
    for stream in container.streams:
        found |= {f"{stream.type}.{key}": value for key, value in stream.metadata.items()}
    for key, value in list(found.items())[:MOST_METADATA]:
        playback.metadata[_printable(key)] = _printable(value)
    chosen: list[VideoStream | AudioStream] = []
    for each in (*container.streams.video[:1], *container.streams.audio[:1]):
        codec: CodecContext | None = each.codec_context  # None where FFmpeg has no decoder, whatever PyAV's types say
        if codec is None:
            playback.failed(f"its {each.type} is of no codec that is known")
        elif isinstance(each, VideoStream):
            playback.video, playback.width, playback.height = codec.name, each.width, each.height
            each.thread_type = "AUTO"
            # A damaged slice is an error to report, not a picture to make up.
            codec.options = {"err_detect": "explode", "max_pixels": str(MOST_PIXELS)}
            chosen.append(each)
        elif isinstance(each, AudioStream):
            playback.audio = codec.name
            chosen.append(each)
    return chosen


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text[:LONGEST_METADATA])


def _said(problem: Exception) -> str:
    return _printable(str(getattr(problem, "strerror", None) or problem)).rstrip(".")
