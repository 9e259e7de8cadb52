"""What the recorder writes: playable however it is cut, in step, from rings or any source."""

from __future__ import annotations

import io
import math
import struct
from array import array
from itertools import pairwise
from pathlib import Path

import av
import pytest

from clients.headless.blank import BYTES_PER_S, BlankRecorder
from clients.headless.capture import MediaCapture
from clients.headless.media import Mp4Recorder
from clients.headless.rings import RingCamera, RingMicrophone, RingSources
from harness.protocol.capture import CaptureError, Device, Raw

WIDTH, HEIGHT, FPS, RATE = 64, 36, 10, 16_000


class Camera:
    """White for one picture a second, otherwise a grey that moves."""

    width, height, frames_per_second = WIDTH, HEIGHT, FPS

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.still_after = 10**9
        self.gone = False

    def latest(self, now: int) -> tuple[int, bytes] | None:
        count = (min(now, self.still_after) - self.offset) * FPS // 1_000
        grey = 235 if count % FPS == 0 else 60 + count % 40
        return None if self.gone else (count, bytes([grey]) * (WIDTH * HEIGHT) + bytes([128]) * (WIDTH * HEIGHT // 2))


class Microphone:
    """A beep of 20 ms at each whole second over a quiet hiss."""

    rate = RATE

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.silent = False

    def count(self, now: int) -> int:
        return (now - self.offset) * RATE // 1_000

    def samples(self, first: int, count: int) -> array[int]:
        beep = [
            int(20_000 * math.sin(at * 0.6)) if at % RATE < RATE // 50 else at % 7 - 3
            for at in range(first, first + count)
        ]
        return array("h", [0] * count if self.silent else beep)


class Pulled:
    """A microphone that only gives what is new."""

    rate = RATE

    def __init__(self) -> None:
        self._all = Microphone()
        self._at: int | None = None

    def read(self, now: int) -> tuple[int, bytes]:
        count = self._all.count(now)
        first = count if self._at is None else self._at
        self._at = count
        return first, self._all.samples(first, count - first).tobytes()


def flashes(data: bytes) -> list[float]:
    with av.open(io.BytesIO(data), "r") as container:
        return [frame.time or 0.0 for frame in container.decode(video=0) if bytes(frame.planes[0])[0] > 180]


def beeps(data: bytes) -> list[float]:
    found: list[float] = []
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(audio=0):
            sound = memoryview(bytes(frame.planes[0])).cast("f")
            loud = next((at for at, value in enumerate(sound[: frame.samples]) if abs(value) > 0.2), None)
            at = (frame.time or 0.0) + (loud or 0) / frame.sample_rate
            if loud is not None and (not found or at - found[-1] > 0.5):
                found.append(at)
    return found


def record(recorder: Mp4Recorder, start: int, for_ms: int, step: int = 500) -> tuple[bytes, bytes]:
    """What was given out while it ran, and the whole."""
    running = b"".join(recorder.advance(now) for now in range(start, start + for_ms + 1, step))
    return running, running + recorder.stop(start + for_ms)


@pytest.mark.parametrize("offset", [0, 37, 68])
def test_picture_and_sound_are_in_step_wherever_the_cameras_interval_begins(offset: int) -> None:
    _, data = record(Mp4Recorder(Camera(offset), Microphone(offset), 5_000), 5_000, 5_000)
    seen, heard = flashes(data), beeps(data)
    # The first picture was taken before the recording began; after it every second shows and sounds.
    pairs = [(a, min(heard, key=lambda b: abs(b - a))) for a in seen[1:] if a < 4.5]
    assert len(pairs) >= 3
    assert all(abs(a - b) <= 0.020 for a, b in pairs)


def test_what_was_given_out_so_far_plays_and_lags_by_less_than_a_second() -> None:
    recorder = Mp4Recorder(Camera(), Microphone(), 0)
    given = b""
    for now in range(0, 4_001, 100):
        given += recorder.advance(now)
        if now >= 1_000 and now % 500 == 0:
            with av.open(io.BytesIO(given), "r") as container:
                last = [frame.time for frame in container.decode(video=0)][-1]
            assert now / 1_000 - last <= 0.9
    recorder.stop(4_000)


def test_a_frozen_camera_is_recorded_as_it_was_seen_and_a_lost_one_says_so() -> None:
    camera = Camera()
    camera.still_after = 1_000
    recorder = Mp4Recorder(camera, None, 0)
    running, _ = b"".join(recorder.advance(now) for now in range(0, 3_001, 500)), None
    with av.open(io.BytesIO(running), "r") as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times[-1] >= 2.2
    assert max(b - a for a, b in pairwise(times)) <= 0.25
    camera.gone = True
    with pytest.raises(CaptureError):
        recorder.advance(3_500)
    assert recorder.stop(3_600)


def test_the_container_names_nobody_and_nothing() -> None:
    _, data = record(Mp4Recorder(Camera(), Microphone(), 0), 0, 1_000)
    with av.open(io.BytesIO(data), "r") as container:
        keys = {*container.metadata, *(key for stream in container.streams for key in stream.metadata)}
    assert keys <= {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id"}


def test_the_check_knows_working_frozen_black_silent_and_missing_devices() -> None:
    camera, microphone = Camera(), Microphone()
    capture = MediaCapture({"camera": camera, "microphone": microphone})
    for now in (0, 200, 400):
        states = [capture.check(name, now).state for name in ("camera", "microphone")]
    assert states == ["working", "working"]
    camera.still_after, microphone.silent = 400, True
    for now in range(600, 4_001, 200):
        states = [capture.check(name, now).state for name in ("camera", "microphone")]
    assert states == ["failed", "failed"]
    assert capture.check("other", 0).state == "failed"


def test_a_black_picture_is_not_called_working_and_a_dim_room_is_not_called_broken() -> None:
    class Dark(Camera):
        def __init__(self, lightest: int) -> None:
            super().__init__()
            self.lightest = lightest

        def latest(self, now: int) -> tuple[int, bytes] | None:
            luma = bytes(16 + (at + now // 100) % (self.lightest - 15) for at in range(WIDTH * HEIGHT))
            return now // 100, luma + bytes([128]) * (WIDTH * HEIGHT // 2)

    for lightest, wanted in ((17, "failed"), (40, "working")):
        capture = MediaCapture({"camera": Dark(lightest)})
        assert [capture.check("camera", now).state for now in (0, 200)][-1] == wanted


def test_a_still_is_a_jpeg_of_the_present_picture() -> None:
    still = MediaCapture({"camera": Camera()}).still("camera", 5_000)
    with av.open(io.BytesIO(still), "r") as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)
    assert bytes(frame.planes[0])[0] > 220
    with pytest.raises(CaptureError):
        MediaCapture({}).still("camera", 0)


def test_a_source_that_only_gives_what_is_new_serves_check_and_recording_alike() -> None:
    capture = MediaCapture({"camera": Camera(), "microphone": Pulled()})
    for now in (0, 200, 400):
        state = capture.check("microphone", now)
    assert state.state == "working"
    recorder = capture.record(video="camera", microphone="microphone", now=1_000)
    capture.check("microphone", 1_300)
    data = b"".join(recorder.advance(now) for now in range(1_000, 4_001, 500)) + recorder.stop(4_000)
    assert [round(at, 1) for at in beeps(data)][:3] == [0.0, 1.0, 2.0]


class Rings:
    """Rings as a harness writes them: the layouts of the virtual devices' own documentation."""

    def __init__(self, folder: Path) -> None:
        self.camera, self.microphone = folder / "camera.y4m", folder / "microphone.s16"
        picture = bytes(WIDTH * HEIGHT * 3 // 2)
        header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode()
        self.camera.write_bytes(header + 4 * (b"FRAME\n" + picture))
        self.at = len(header)
        self.microphone.write_bytes(bytes(2 * 65_536))
        for path in (self.camera, self.microphone):
            self.count(path, 0)

    @staticmethod
    def count(path: Path, count: int) -> None:
        with path.with_name(f"{path.name}.idx").open(
            "r+b" if path.with_name(f"{path.name}.idx").exists() else "wb"
        ) as file:
            file.write(struct.pack("<Q", count))

    def show(self, count: int, grey: int) -> None:
        size = WIDTH * HEIGHT * 3 // 2
        with self.camera.open("r+b") as file:
            file.seek(self.at + (count - 1) % 4 * (6 + size) + 6)
            file.write(bytes([grey]) * size)
        self.count(self.camera, count)

    def say(self, first: int, samples: list[int]) -> None:
        with self.microphone.open("r+b") as file:
            for number, sample in enumerate(samples, first):
                file.seek(number % 65_536 * 2)
                file.write(struct.pack("<h", sample))
        self.count(self.microphone, first + len(samples))


def test_rings_give_the_newest_picture_and_each_sample_until_the_device_is_gone(tmp_path: Path) -> None:
    rings = Rings(tmp_path)
    camera = RingCamera(Raw(path=str(rings.camera), width=WIDTH, height=HEIGHT, frames_per_second=FPS))
    microphone = RingMicrophone(Raw(path=str(rings.microphone), rate=RATE))
    assert camera.latest(0) is None
    for count in range(1, 7):
        rings.show(count, count)
        found = camera.latest(0)
        assert found is not None
        assert (found[0], set(found[1])) == (count, {count})
    rings.say(65_530, list(range(12)))  # over the ring's end
    assert microphone.count(0) == 65_542
    assert array("h", microphone.samples(65_530, 12)).tolist() == list(range(12))
    assert not any(microphone.samples(0, 5))  # overwritten long ago: silence
    camera.release()
    assert camera.latest(0) is not None
    rings.count(rings.camera, 2**64 - 1)
    rings.count(rings.microphone, 2**64 - 1)
    assert camera.latest(0) is None
    assert microphone.count(0) is None


def test_sources_follow_what_is_plugged_in(tmp_path: Path) -> None:
    rings = Rings(tmp_path)
    raw = Raw(path=str(rings.camera), width=WIDTH, height=HEIGHT, frames_per_second=FPS)
    device = Device(id="camera-1", kind="camera", label="Camera", raw=raw)
    sources = RingSources()
    sources.update_devices([device])
    first = sources["camera-1"]
    sources.update_devices([device])
    assert sources["camera-1"] is first
    sources.update_devices([])
    sources.update_devices([device])
    assert sources["camera-1"] is not first


# -- blank sources -----------------------------------------------------------------------------------------------------


class BlankCamera(Camera):
    """A camera of which nobody will look at what is recorded."""

    blank = True

    def delivers(self, now: int) -> bool:
        del now
        return not self.gone


def test_of_a_blank_camera_bytes_are_recorded_for_each_second_begun_and_no_picture_is_taken() -> None:
    camera = BlankCamera()
    recorder = MediaCapture({"camera": camera}).record(video="camera", microphone=None, now=500)
    assert isinstance(recorder, BlankRecorder)
    sizes = [len(recorder.advance(now)) for now in (500, 1_000, 1_500, 4_499)]
    assert sizes == [BYTES_PER_S, 0, BYTES_PER_S, 2 * BYTES_PER_S]
    assert len(recorder.stop(4_500)) == BYTES_PER_S
    assert (recorder.stop(9_000), recorder.advance(9_000)) == (b"", b"")


def test_a_blank_recording_is_never_empty_and_ends_when_its_camera_is_gone() -> None:
    camera = BlankCamera()
    assert len(BlankRecorder(camera, None, 0).stop(0)) == BYTES_PER_S
    recorder = BlankRecorder(camera, None, 0)
    camera.gone = True
    with pytest.raises(CaptureError):
        recorder.advance(10)
    assert len(recorder.stop(1_000)) == 2 * BYTES_PER_S


def test_a_blank_camera_is_checked_and_gives_stills_as_any_other() -> None:
    capture = MediaCapture({"camera": BlankCamera()})
    assert [capture.check("camera", now).state for now in (0, 100)] == ["checking", "working"]
    assert capture.still("camera", 100).startswith(b"\xff\xd8")
