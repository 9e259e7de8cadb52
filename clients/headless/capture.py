"""The capture port filled with PyAV: device check, stills and recordings from whatever sources the client is given.

`MediaCapture` does its work when it is called, so it runs in virtual time as well; `PacedCapture` lets a thread of its own do it on time, so
that the loop which talks to the service is never held up. Sources stand in a mapping by device id that may change at any time.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Protocol, TypeAlias, TypeGuard

from clients.headless.blank import BlankRecorder, is_blank
from clients.headless.media import Mp4Recorder, SoundSource, VideoSource, jpeg, planes_of, release
from harness.protocol.capture import CaptureError, DeviceState, Recorder
from harness.protocol.vocabulary import Clock


class ReadSource(Protocol):
    """A microphone that only gives what is new: `read(now)` → (number of the first, samples since the last read), s16 or float."""

    @property
    def rate(self) -> int:
        """Samples a second."""
        ...

    def read(self, now: int) -> tuple[int, Any]:
        """What was delivered since the last call."""
        ...


Sources: TypeAlias = Mapping[str, VideoSource | SoundSource | ReadSource]

FROZEN_MS: Final = 3_000  # PREP-6: so long of identical pictures is a frozen camera
SILENT_MS: Final = 3_000  # … and so long of digital silence no microphone: a quiet room still hisses
# A picture of so little light and so little difference is black; a dim room has edges. Of 255.
BLACK_LEVEL: Final = 24
BLACK_SPREAD: Final = 10
KEPT_MS: Final = 5_000
HEARD_MS: Final = 500  # how far back the check listens
PACE_MS: Final = 20


class Watched:
    """What the device check has seen of one device so far."""

    def __init__(self, now: int) -> None:
        self.changed_at = now
        self.last = 0  # the last picture's checksum, or the samples delivered
        self.alive = False


class MediaCapture:
    """Cameras, screens and microphones of `sources`. `looks`: see `Mp4Recorder`."""

    recorder_type: ClassVar[type[Mp4Recorder]] = Mp4Recorder

    def __init__(self, sources: Sources, *, looks: int = 1) -> None:
        self._sources = sources
        self._looks = looks
        self._watched: dict[str, Watched] = {}
        self._kept: dict[str, KeptSound] = {}

    def check(self, device: str, now: int) -> DeviceState:
        """Working once it was seen to change; failed when it has not for three seconds, is black, or is gone."""
        source = self._sources.get(device)
        if source is None:
            self._watched.pop(device, None)
            return DeviceState(state="failed", reason="没有找到设备，或没有使用权限。")
        seen = self._watched.setdefault(device, Watched(now))
        try:
            if _is_video(source):
                return self._check_camera(source, seen, now)
            return self._check_microphone(self._sound(device), seen, now)
        finally:
            release(source)

    def _check_camera(self, camera: VideoSource, seen: Watched, now: int) -> DeviceState:
        found = camera.latest(now)
        if found is None:
            return _verdict(seen, now, FROZEN_MS, "摄像头没有画面。")
        picture = planes_of(found[1], camera.width, camera.height)[0]
        luma = bytes(picture[::61])
        if sum(luma) < BLACK_LEVEL * len(luma) and max(luma) - min(luma) < BLACK_SPREAD:
            return DeviceState(state="failed", reason="摄像头画面全黑，请检查镜头是否被遮挡。")
        look = zlib.crc32(picture)
        if look != seen.last:
            seen.alive = seen.alive or seen.last != 0
            seen.last, seen.changed_at = look, now
        return _verdict(seen, now, FROZEN_MS, "摄像头画面静止不动。")

    def _check_microphone(self, microphone: SoundSource, seen: Watched, now: int) -> DeviceState:
        count = microphone.count(now)
        size = min(count or 0, HEARD_MS * microphone.rate // 1_000)
        if count and count != seen.last and any(bytes(microphone.samples(count - size, size))):
            seen.alive = seen.alive or seen.last != 0
            seen.last, seen.changed_at = count, now
        return _verdict(seen, now, SILENT_MS, "麦克风没有声音。")

    def still(self, camera: str, now: int) -> bytes:
        """The camera's present picture as JPEG."""
        source = self._video(camera)
        found = source.latest(now)
        release(source)
        if found is None:
            raise CaptureError("摄像头没有画面。")
        return jpeg(found[1], source.width, source.height)

    def record(self, *, video: str, microphone: str | None, now: int) -> Recorder:
        """Starts a segment."""
        source = self._video(video)
        if source.latest(now) is None:
            raise CaptureError("摄像头没有画面。")
        if is_blank(source):
            heard = None if microphone is None else self._sound(microphone)
            return BlankRecorder(source, heard if is_blank(heard) else None, now)
        if microphone is None:
            return self.recorder_type(source, None, now, looks=self._looks)
        return self.recorder_type(source, self._sound(microphone), now, looks=self._looks)

    def _video(self, device: str) -> VideoSource:
        source = self._sources.get(device)
        if source is None or not _is_video(source):
            raise CaptureError("没有找到摄像头，或没有使用权限。")
        return source

    def _sound(self, device: str) -> SoundSource:
        source = self._sources.get(device)
        if source is None or _is_video(source):
            raise CaptureError("没有找到麦克风。")
        if _is_sound(source):
            return source
        kept = self._kept.get(device)
        # Narrowed by exclusion: neither a camera nor a microphone that counts.
        if kept is None or kept.source is not source:
            kept = self._kept[device] = KeptSound(source)  # type: ignore[arg-type] # see the line above
        return kept


def _is_video(source: VideoSource | SoundSource | ReadSource) -> TypeGuard[VideoSource]:
    return hasattr(source, "latest")


def _is_sound(source: VideoSource | SoundSource | ReadSource) -> TypeGuard[SoundSource]:
    return hasattr(source, "count")


class KeptSound:
    """A `SoundSource` made of a `ReadSource`: keeps what was read for whoever wants it, for a few seconds."""

    def __init__(self, source: ReadSource) -> None:
        self.source = source
        self.rate = source.rate
        self._first = 0  # the number of the oldest sample kept
        self._sound = bytearray()

    def count(self, now: int) -> int | None:
        """Reads on."""
        first, sound = self.source.read(now)
        if first != self._first + len(self._sound) // 2:
            self._first = first
            self._sound.clear()
        self._sound += _s16(sound)
        surplus = len(self._sound) - 2 * KEPT_MS * self.rate // 1_000
        if surplus > 0:
            del self._sound[:surplus]
            self._first += surplus // 2
        return self._first + len(self._sound) // 2

    def samples(self, first: int, count: int) -> bytes:
        """Those samples; silence where they are not kept."""
        missing = min(count, max(0, self._first - first))
        start = 2 * (first + missing - self._first)
        kept = bytes(self._sound[start : start + 2 * (count - missing)])
        return bytes(2 * missing) + kept + bytes(2 * (count - missing) - len(kept))


def _s16(sound: Any) -> bytes:
    if isinstance(sound, bytes):
        return sound
    if sound.dtype.kind == "f":
        sound = (sound.clip(-1, 1) * 32_767).round().astype("<i2")
    return bytes(sound.tobytes())


def _verdict(seen: Watched, now: int, patience: int, why: str) -> DeviceState:
    if now - seen.changed_at >= patience:
        seen.alive = False
        return DeviceState(state="failed", reason=why)
    return DeviceState(state="working" if seen.alive else "checking")


class PacedCapture:
    """A `MediaCapture` whose recordings are made by a thread, on time, however busy the caller is. Use within a `with`."""

    def __init__(self, capture: MediaCapture, clock: Clock) -> None:
        self._capture = capture
        self._clock = clock
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._recorders: set[PacedRecorder] = set()
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)

    def __enter__(self) -> PacedCapture:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def check(self, device: str, now: int) -> DeviceState:
        """As `MediaCapture`."""
        return self._capture.check(device, now)

    def still(self, camera: str, now: int) -> bytes:
        """As `MediaCapture`."""
        return self._capture.still(camera, now)

    def record(self, *, video: str, microphone: str | None, now: int) -> Recorder:
        """As `MediaCapture`; the thread goes on with it."""
        recorder = PacedRecorder(self._capture.record(video=video, microphone=microphone, now=now), self._done)
        with self._lock:
            self._recorders.add(recorder)
        return recorder

    def _done(self, recorder: PacedRecorder) -> None:
        with self._lock:
            self._recorders.discard(recorder)

    def _run(self) -> None:
        while not self._stopping.wait(PACE_MS / 1_000):
            with self._lock:
                recorders = list(self._recorders)
            for recorder in recorders:
                recorder.work(self._clock.now())


class PacedRecorder:
    """A recorder that a thread works for: `advance` takes what it has made so far."""

    def __init__(self, recorder: Recorder, done: Callable[[Any], None]) -> None:
        self.mime = recorder.mime
        self.pace_ms = recorder.pace_ms
        self._recorder = recorder
        self._done = done
        self._lock = threading.Lock()
        self._made = bytearray()
        self._failure: CaptureError | None = None

    def work(self, now: int) -> None:
        """The thread's: records what is due."""
        with self._lock:
            if self._failure is None:
                try:
                    self._made += self._recorder.advance(now)
                except CaptureError as error:
                    self._failure = error

    def advance(self, now: int) -> bytes:
        """What was recorded since the last call. Raises what stopped the recording."""
        del now
        with self._lock:
            if self._failure is not None:
                raise self._failure
            return self._take()

    def stop(self, now: int) -> bytes:
        """The last bytes; the thread works for it no more."""
        self._done(self)
        with self._lock:
            self._made += self._recorder.stop(now)
            return self._take()

    def _take(self) -> bytes:
        taken = bytes(self._made)
        self._made.clear()
        return taken
