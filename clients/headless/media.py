"""One segment while it is recorded: pictures as H.264 and sound as Opus in a fragmented MP4 that plays however short it was cut.

Laws: media time is time since the segment's start, for pictures (when they were taken) and for sound (counted by its samples) alike, so
that both stay in step; a picture seen again is recorded again only when no new one has come, so that a frozen camera looks frozen; only whole
fragments leave. Nothing of the person or of a device's name is in the file. Made by `capture`, driven by the client or by its pacing thread.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final, Protocol

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from harness.protocol.capture import CaptureError

MIME: Final = "video/mp4"
MS: Final = Fraction(1, 1_000)
FRAGMENT_US: Final = 400_000  # what can be decoded of the bytes that left lags by no more
KEY_FRAMES_MS: Final = 2_000
SOUND_BITS: Final = 24_000
# How often its bytes are taken and stored: half of it is what a kill may cost, on top of a fragment.
PACE_MS: Final = 500
# Marks were measured to survive H.264 at 180 lines and 70 kbit/s; constant quality keeps a still sheet legible and a quiet scene small.
QUALITY: Final = "26"
PEAK_BITS: Final = 300_000
# A picture that has not changed for so many of the camera's intervals is recorded again as it is.
FROZEN_AFTER: Final = 1.5
# How closely the first change of a picture is sought, in parts of the camera's interval.
CLOSELY: Final = 16
# So much of what a look came late is taken over into a live camera's rhythm: a clock that is 1 % off is still followed.
RHYTHM_GIVES: Final = 0.05
# A microphone that delivers nothing for so long is recorded as silent, so that the picture need not wait for it.
SILENCE_AFTER_MS: Final = 400


class VideoSource(Protocol):
    """A camera or screen."""

    @property
    def width(self) -> int:
        """Pixels, even."""
        ...

    @property
    def height(self) -> int:
        """Pixels, even."""
        ...

    @property
    def frames_per_second(self) -> int:
        """How many pictures it delivers."""
        ...

    def latest(self, now: int) -> tuple[int, Any] | None:
        """The newest picture at `now` and its count: I420 in one buffer, or its planes (Y, U, V). None: it gives nothing."""
        ...


class SoundSource(Protocol):
    """A microphone, mono."""

    @property
    def rate(self) -> int:
        """Samples a second."""
        ...

    def count(self, now: int) -> int | None:
        """How many samples it has ever delivered at `now`; None: it is gone."""
        ...

    def samples(self, first: int, count: int) -> Any:
        """Samples [first, first + count), s16, anything with a buffer; silence where they are not to be had any more."""
        ...


def release(source: object) -> None:
    """Lets go of a device that can be let go of; whoever still reads from it takes it up again by reading."""
    if hasattr(source, "release"):
        source.release()


class Outlet:
    """What the muxer writes to: it can't seek, and gives out whole fragments only."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def write(self, data: bytes) -> int:
        """The muxer's."""
        self._bytes += data
        return len(data)

    def take(self, *, everything: bool = False) -> bytes:
        """What is whole (each `moof` with its `mdat`); at the end everything."""
        end = len(self._bytes) if everything else self._whole()
        taken = bytes(self._bytes[:end])
        del self._bytes[:end]
        return taken

    def _whole(self) -> int:
        end = at = 0
        while at + 8 <= len(self._bytes):
            size = int.from_bytes(self._bytes[at : at + 4])
            kind = bytes(self._bytes[at + 4 : at + 8])
            at += size
            if size < 8 or at > len(self._bytes):
                break
            if kind != b"moof":
                end = at
        return end


class Mp4Recorder:
    """Records from a camera or screen, and a microphone. Times in ms of the client's clock."""

    mime = MIME
    pace_ms = PACE_MS

    def __init__(self, video: VideoSource, sound: SoundSource | None, now: int, *, looks: int = 1) -> None:
        """`looks`: how often in a camera's interval it is looked for a new picture: more than once where sources are live."""
        self._video = video
        self._sound = sound
        self._start = now
        self._interval = 1_000 / video.frames_per_second
        self._step = self._interval / (looks if looks > 1 else CLOSELY)
        self._phase = 0
        self._looked = 0  # how many looks there were
        self._live = looks > 1
        self._seen: tuple[int, float] = (-1, -1.0)  # the count last recorded, and its media time
        count = sound.count(now) if sound is not None else None
        self._first_sample = (
            -1 if count is None else count
        )  # the sound of this very moment, however late the first look is
        self._written = 0  # samples
        self._lag = 0  # samples of silence that were put in
        self._outlet = Outlet()
        self._muxer = self._open()
        self._stopped = False

    def _open(self) -> av.container.OutputContainer:
        options = {"movflags": "empty_moov+default_base_moof+delay_moov", "frag_duration": str(FRAGMENT_US)}
        muxer = av.open(self._outlet, "w", format="mp4", options={**options, "fflags": "+bitexact+flush_packets"})
        muxer.metadata.update(self.metadata())
        picture = muxer.add_stream("libx264", rate=self._video.frames_per_second)
        picture.width, picture.height, picture.pix_fmt = self._video.width, self._video.height, "yuv420p"
        picture.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "crf": QUALITY,
            "maxrate": str(PEAK_BITS),
            "bufsize": str(PEAK_BITS),
        }
        picture.codec_context.time_base = MS
        picture.codec_context.gop_size = KEY_FRAMES_MS * self._video.frames_per_second // 1_000
        picture.codec_context.thread_count = 1
        self._picture = picture
        self._voice = None
        if self._sound is not None:
            self._voice = muxer.add_stream("libopus", rate=self._sound.rate)
            self._voice.codec_context.layout = "mono"
            self._voice.codec_context.bit_rate = SOUND_BITS
            self._voice.options = {"compression_level": "3"}
        return muxer

    def taken(self, picture: Any) -> Any:
        """The picture that is recorded: the camera's own, as it is."""
        return picture

    def metadata(self) -> dict[str, str]:
        """What the container says of itself: nothing of the person, nothing of the device."""
        return {}

    def advance(self, now: int) -> bytes:
        """Records what is due until now. Raises `CaptureError` where the camera gives nothing any more."""
        if not self._stopped:
            self._record(now)
        return self._outlet.take()

    def stop(self, now: int) -> bytes:
        """The last media, and the end of the file."""
        if self._stopped:
            return b""
        with contextlib.suppress(CaptureError):  # the device went first: what was recorded of it stands
            self._record(now)
        self._stopped = True
        for stream in (self._picture, self._voice):
            if stream is not None:
                self._muxer.mux(stream.encode(None))
        self._muxer.close()
        release(self._video)
        release(self._sound)
        return self._outlet.take(everything=True)

    def _record(self, now: int) -> None:
        # Sound first: the muxer writes a fragment once every stream has reached it.
        self._record_sound(now)
        for at in self._due(now):
            self._look(at)

    # -- pictures ----------------------------------------------------------------------------------------------------

    def _due(self, now: int) -> Iterator[int]:
        """The times since the last call at which it is looked for a picture, by an absolute schedule.

        A live source knows the present alone: looks that were missed are made up by one. Of one that knows its past the first
        change is sought closely, and from there each picture is taken as it comes.
        """
        while (at := math.ceil(self._start + self._phase + self._looked * self._step)) <= now:
            self._looked += 1
            if self._live:
                self._looked = int((now - self._start) / self._step) + 1
                at = now
            yield at

    def _fall_in(self, at: int) -> None:
        """The picture changed at this moment: from here on one look an interval is enough."""
        self._phase, self._looked, self._step = at - self._start, 1, self._interval

    def _look(self, at: int) -> None:
        found = self._video.latest(at)
        if found is None:
            raise CaptureError("the camera gives no picture any more")
        count, picture = found
        seen = at - self._start
        known, recorded = self._seen
        if count == known and seen - recorded < FROZEN_AFTER * self._interval:
            return
        if not self._live and known >= 0 and self._step < self._interval:
            self._fall_in(at)
        taken = self._taken(count, seen)
        self._seen = (count, taken)
        frame = i420_frame(self.taken(picture), self._video.width, self._video.height)
        frame.pts, frame.time_base = int(taken), MS
        self._muxer.mux(self._picture.encode(frame))

    def _taken(self, count: int, seen: int) -> float:
        """The media time at which a picture was taken: a live camera's own rhythm, which looks late by this and that.

        The earliest looks show the rhythm; it gives way slowly to later ones, and at once where it can't be right.
        """
        known, before = self._seen
        expected = before + (count - known) * self._interval
        late = seen - expected
        if not self._live or known < 0 or count == known or not 0 <= late < self._interval:
            return max(float(seen), before + 1)
        return expected + late * RHYTHM_GIVES

    # -- sound -------------------------------------------------------------------------------------------------------

    def _record_sound(self, now: int) -> None:
        if self._sound is None:
            return
        rate = self._sound.rate
        count = self._sound.count(now)
        if count is None:
            count = self._first_sample + self._written - self._lag  # gone: silence from here on
        if self._first_sample < 0:
            self._first_sample = count
        fresh = self._first_sample + self._written - self._lag
        if count > fresh:
            self._put(bytes(self._sound.samples(fresh, count - fresh)))
        missing = (now - self._start) * rate // 1_000 - self._written
        if missing > SILENCE_AFTER_MS * rate // 1_000:
            self._lag += missing
            self._put(bytes(2 * missing))

    def _put(self, sound: bytes) -> None:
        assert self._voice is not None
        samples = len(sound) // 2
        frame = AudioFrame(format="s16", layout="mono", samples=samples)
        frame.planes[0].update(_padded(sound, frame.planes[0].buffer_size))
        frame.rate = self._voice.codec_context.rate
        frame.pts, frame.time_base = self._written, Fraction(1, frame.rate)
        self._written += samples
        self._muxer.mux(self._voice.encode(frame))


def _padded(data: bytes, size: int) -> bytes:
    return data if len(data) == size else data + bytes(size - len(data))


def planes_of(picture: Any, width: int, height: int) -> tuple[memoryview, memoryview, memoryview]:
    """Y, U and V, tightly packed, of I420 in one buffer or in three."""
    if isinstance(picture, tuple):
        luma, chroma_u, chroma_v = (memoryview(plane).cast("B") for plane in picture)
        return luma, chroma_u, chroma_v
    data, area, quarter = memoryview(picture).cast("B"), width * height, width * height // 4
    return data[:area], data[area : area + quarter], data[area + quarter : area + 2 * quarter]


def i420_frame(picture: Any, width: int, height: int) -> VideoFrame:
    """The picture as a frame, whatever padding its lines need."""
    frame = VideoFrame(width, height, "yuv420p")
    sizes = ((width, height), *2 * ((width // 2, height // 2),))
    for plane, rows, (wide, high) in zip(frame.planes, planes_of(picture, width, height), sizes, strict=True):
        if plane.line_size == wide:
            plane.update(_padded(bytes(rows), plane.buffer_size))
        else:
            gap = bytes(plane.line_size - wide)
            lines = b"".join(bytes(rows[row * wide : (row + 1) * wide]) + gap for row in range(high))
            plane.update(_padded(lines, plane.buffer_size))
    return frame


def jpeg(picture: Any, width: int, height: int) -> bytes:
    """The picture as JPEG, as it is: no filter, no scaling."""
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuvj420p", Fraction(1, 25)
    encoder.options = {"qmin": "2", "qmax": "2"}
    encoder.thread_count = 1  # one small picture: starting threads takes longer
    frame = i420_frame(picture, width, height).reformat(format="yuvj420p", threads=1)
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
