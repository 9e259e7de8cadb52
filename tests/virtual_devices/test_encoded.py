from __future__ import annotations

import contextlib
import http.client
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import av
import numpy as np
import psutil
import pytest

from harness.core.errors import HarnessError
from harness.core.footage import Footage
from harness.inspection import inspect, read_still
from harness.session.rig import RigClock
from virtual_devices import speech
from virtual_devices.camera import CameraSpec, Port, VirtualCamera
from virtual_devices.encoded import Address, Broadcast
from virtual_devices.encoded.pictures import SLOTS, PictureReader, PictureWriter
from virtual_devices.encoded.webm import Muxer, Packet, Picture, Sound
from virtual_devices.microphone import MicrophoneSpec, VirtualMicrophone
from virtual_devices.schedule import Pump

SESSION = 7
SOON_S = 10.0
STRIDE_MS = 500
LAG_MS = 350  # a cluster is written when the next begins, 100 ms later, and sound is 20 ms behind
CLOCK = RigClock(session=SESSION, epoch=0, fps=10, numbers=frozenset({0, 8}))


class Studio:
    """A camera and a microphone on a clock that the test turns."""

    def __init__(self, folder: Path, broadcast: Broadcast) -> None:
        self.broadcast = broadcast
        self.camera = VirtualCamera(
            CameraSpec(device=0, session=SESSION, label="Camera"),
            port=Port(backend="y4m", device=str(folder / "c.y4m")),
        )
        self.microphone = VirtualMicrophone(
            MicrophoneSpec(device=8, session=SESSION, label="Microphone"), ring=folder / "m.s16"
        )
        self.now = 0.0
        self.pump = Pump(lambda: self.now)

    def plug(self) -> tuple[Address, Address]:
        """Both are there, and delivered from."""
        for source in (self.camera, self.microphone):
            self.pump.add(source)
        return (
            self.broadcast.plug(self.camera, "room/camera"),
            self.broadcast.plug(self.microphone, "room/microphone"),
        )

    def run(self, until_ms: int, *readers: Listener) -> None:
        """Time passes, no faster than the process keeps up with for those who read: rings hold a second and a half."""
        while self.now < until_ms:
            self.now += 10
            self.pump.run_due()
            if self.now % STRIDE_MS == 0:
                for reader in readers:
                    reader.reach(int(self.now) - LAG_MS)


@pytest.fixture(scope="module")
def broadcast() -> Iterator[Broadcast]:
    with Broadcast(lambda: 0.0) as broadcast:
        yield broadcast
        broadcast.check()


@pytest.fixture
def studio(tmp_path: Path, broadcast: Broadcast) -> Iterator[Studio]:
    studio = Studio(tmp_path, broadcast)
    with studio.camera, studio.microphone:
        yield studio
        for source in (studio.camera, studio.microphone):
            broadcast.unplug(source)


def opened(address: str) -> http.client.HTTPResponse:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    return connection.getresponse()


class Listener:
    """A reader that has the first bytes when it is there, so that nothing of what comes is missed."""

    def __init__(self, address: str) -> None:
        self._response = opened(address)
        self.stream = self._response.read(1)

    def reach(self, at_ms: int) -> None:
        """Reads until a cluster of that time has come."""
        while self._newest() < at_ms:
            more = self._response.read1()
            assert more, f"the stream ended at {self._newest()} ms, before {at_ms} ms"
            self.stream += more

    def _newest(self) -> int:
        """The time of the newest cluster, ms: its identity, a size of one or two bytes, then element E7."""
        found = re.findall(
            rb"\x1f\x43\xb6\x75(?:[\x80-\xff]|[\x40-\x7f].)\xe7([\x81-\x84])(.{4})", self.stream, re.DOTALL
        )
        return int.from_bytes(found[-1][1][: found[-1][0][0] & 0x7F]) if found else -1

    def rest(self) -> bytes:
        """The whole stream, to its end."""
        self.stream += self._response.read()
        return self.stream


def footage(stream: bytes) -> Footage:
    return inspect([stream], clock=CLOCK, clips={speech.LESSON_END: speech.clip(speech.LESSON_END)})


def test_a_reader_gets_pictures_and_sound_in_step_with_every_mark(studio: Studio) -> None:
    camera, _ = studio.plug()
    studio.microphone.say(speech.LESSON_END, 2_000)
    studio.run(150)
    reader = Listener(f"{camera.encoded}?microphone=microphone")
    studio.run(6_000, reader)
    studio.broadcast.unplug(studio.camera)
    found = footage(reader.rest())
    assert found.problem is None
    assert (found.container, found.video, found.audio) == ("webm", "vp8", "opus")
    assert found.frames.read >= 55
    assert not found.gaps
    assert found.av_offset_ms is not None
    assert abs(found.av_offset_ms) < 20
    assert [phrase.whole for phrase in found.phrases] == [True]
    assert abs(found.phrases[0].at_ms - 2_000) < 60


def test_the_stream_carries_the_devices_own_times(studio: Studio) -> None:
    camera, _ = studio.plug()
    studio.run(3_050)
    reader = Listener(camera.encoded)
    studio.run(4_500, reader)
    studio.broadcast.unplug(studio.camera)
    with av.open(io.BytesIO(reader.rest()), "r") as container:
        times = [packet.pts or 0 for packet in container.demux() if packet.size]
    assert times[0] == 3_000  # the picture of the moment, at once
    assert times == list(range(3_000, times[-1] + 1, 100))


def test_a_key_frame_comes_every_second_and_opens_its_cluster(studio: Studio) -> None:
    camera, _ = studio.plug()
    reader = Listener(camera.encoded)
    studio.run(5_000, reader)
    studio.broadcast.unplug(studio.camera)
    with av.open(io.BytesIO(reader.rest()), "r") as container:
        keys = [packet.pts or 0 for packet in container.demux() if packet.is_keyframe and packet.size]
    assert len(keys) >= 5
    assert max(after - before for before, after in pairwise(keys)) <= 1_000


def test_who_comes_late_starts_at_once_and_both_play_alone(studio: Studio) -> None:
    camera, _ = studio.plug()
    early = Listener(camera.encoded)
    studio.run(2_350, early)
    late = Listener(camera.encoded)
    studio.run(4_000, early, late)
    studio.broadcast.unplug(studio.camera)
    both = [footage(early.rest()), footage(late.rest())]
    assert [found.problem for found in both] == [None, None]
    assert both[1].seen[0].from_ms <= 2_500


def test_a_sheet_of_paper_and_what_stands_on_it_stay_legible(studio: Studio) -> None:
    camera, _ = studio.plug()
    studio.camera.during(500, 3_500, "sheet-front")
    reader = Listener(camera.encoded)
    studio.run(4_000, reader)
    studio.broadcast.unplug(studio.camera)
    assert footage(reader.rest()).symbols


def test_sound_alone_says_by_its_size_whether_there_is_any(studio: Studio) -> None:
    _, microphone = studio.plug()
    studio.microphone.mute(1_000, 2_000)
    studio.run(100)
    reader = Listener(microphone.encoded)
    studio.run(3_000, reader)
    studio.broadcast.unplug(studio.microphone)
    with av.open(io.BytesIO(reader.rest()), "r") as container:
        sizes = [(packet.pts or 0, packet.size) for packet in container.demux() if packet.size]
    assert max(size for at, size in sizes if 1_200 < at < 1_900) <= 3
    assert min(size for at, size in sizes if at < 900) > 10


def test_a_still_is_the_picture_of_the_moment_with_its_mark(studio: Studio) -> None:
    camera, microphone = studio.plug()
    assert opened(camera.still).status == 503
    studio.run(1_030)
    answer = opened(camera.still)
    assert answer.getheader("content-type") == "image/jpeg"
    reading = read_still(answer.read())
    assert reading is not None
    assert reading.mark is not None
    assert (reading.mark.session, reading.mark.frame) == (SESSION, 10)
    assert microphone.still == ""


def test_a_device_is_held_while_somebody_reads_it_and_encoded_for_nobody_else(studio: Studio) -> None:
    camera, _ = studio.plug()
    held = studio.broadcast.held
    studio.run(500)
    assert not held(studio.camera)
    reader = Listener(f"{camera.encoded}?microphone=microphone")
    assert studio.broadcast.wait_until(lambda: held(studio.camera) and held(studio.microphone), SOON_S)
    studio.broadcast.unplug(studio.microphone)  # ends the stream, and with it the hold on the camera
    reader.rest()
    assert opened(f"{camera.encoded}?microphone=microphone").status == 404
    assert studio.broadcast.wait_until(lambda: not held(studio.camera), SOON_S)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("room/nobody.webm", 404),
        ("room/camera.mp4", 404),
        ("room/microphone.jpg", 404),
        ("room/camera.webm?microphone=nobody", 404),
        ("room/camera.webm?microphone=camera", 400),
        ("room/microphone.webm?microphone=microphone", 400),
    ],
)
def test_what_there_is_not_is_refused_in_a_sentence(studio: Studio, path: str, status: int) -> None:
    camera, _ = studio.plug()
    answer = opened(camera.encoded.replace("room/camera.webm", path))
    assert answer.status == status
    assert answer.read()


def test_an_unplugged_device_ends_its_stream_and_is_plugged_in_anew(studio: Studio) -> None:
    camera, _ = studio.plug()
    reader = Listener(camera.encoded)
    studio.broadcast.unplug(studio.camera)
    reader.rest()  # ends
    assert opened(camera.encoded).status == 404
    again = studio.broadcast.plug(studio.camera, "room/camera")
    assert opened(again.encoded).status == 200
    with pytest.raises(HarnessError, match="plugged in already"):
        studio.broadcast.plug(studio.camera, "room/other")


def test_clusters_wait_until_every_track_has_come_so_far() -> None:
    muxer = Muxer(Picture(320, 180, 10), Sound(b"OpusHead", 0))
    assert muxer.take(Packet("sound", 0, b"a", key=True)) == b""
    assert muxer.take(Packet("picture", 0, b"b", key=True)) == b""
    assert muxer.take(Packet("sound", 100, b"c", key=True)) == b""  # the picture of that time may still come
    whole = muxer.take(Packet("picture", 100, b"d", key=False))
    assert whole.startswith(b"\x1f\x43\xb6\x75")
    assert whole.index(b"b") < len(whole)
    assert b"d" not in whole[-1:]


def test_a_stream_with_pictures_begins_with_a_key_frame() -> None:
    muxer = Muxer(Picture(320, 180, 10), None)
    for at_ms in range(0, 500, 100):
        assert muxer.take(Packet("picture", at_ms, b"x", key=False)) == b""
    muxer.take(Packet("picture", 500, b"x", key=True))
    assert muxer.take(Packet("picture", 600, b"x", key=False)).endswith(b"\xa3\x85\x81\x00\x00\x80x")


def test_the_encoders_have_a_process_of_their_own_that_starts_with_the_first_device_and_ends_with_the_block(
    tmp_path: Path,
) -> None:
    with Broadcast(lambda: 0.0) as broadcast:
        assert broadcast.pid == 0
        studio = Studio(tmp_path, broadcast)
        with studio.camera, studio.microphone:
            studio.plug()
            pid = broadcast.pid
            assert psutil.Process(pid).ppid() == os.getpid()
    assert not psutil.pid_exists(pid)


def test_the_encoders_and_their_folder_go_with_their_parent_however_it_ends() -> None:
    code = "from virtual_devices.encoded import Broadcast; b = Broadcast(lambda: 0.0); b.start(); print(b.pid, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        encoders = psutil.Process(int(parent.stdout.readline()))
        folder = Path(encoders.cmdline()[-1])
        assert encoders.is_running()
        assert folder.is_dir()
        parent.kill()
        parent.wait()
        with contextlib.suppress(psutil.NoSuchProcess):
            encoders.wait(SOON_S)
        assert not encoders.is_running()
        assert not folder.exists()


def test_encoders_that_are_killed_are_a_fault_of_the_harness_and_said_to_be(tmp_path: Path) -> None:
    with Broadcast(lambda: 0.0) as broadcast:
        studio = Studio(tmp_path, broadcast)
        with studio.camera, studio.microphone:
            camera, _ = studio.plug()
            reader = Listener(camera.encoded)
            os.kill(broadcast.pid, signal.SIGKILL)
            with pytest.raises(http.client.IncompleteRead):
                reader.rest()  # cut off: no end that a device's unplugging would give
            assert broadcast.wait_until(lambda: bool(broadcast.failures), SOON_S)
            with pytest.raises(HarnessError, match="ended by itself with status -9"):
                broadcast.check()
            broadcast.unplug(studio.camera)
            with pytest.raises(HarnessError, match="ended by itself"):
                broadcast.plug(studio.camera, "room/camera")


def test_encoders_that_can_not_start_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Broadcast(lambda: 0.0) as broadcast, pytest.raises(HarnessError, match="ended by itself with status 1"):
        broadcast.start()


def test_what_comes_out_late_is_known_of_its_folder_and_of_no_other(studio: Studio) -> None:
    """The studio's clock stands long before the machine's, so whatever comes out of it is late."""
    camera, _ = studio.plug()
    broadcast = studio.broadcast
    studio.run(500)
    reader = Listener(camera.encoded)
    studio.run(1_000, reader)
    assert broadcast.wait_until(lambda: broadcast.lateness_ms("room") > 0, SOON_S)
    assert broadcast.lateness_ms("elsewhere") == 0


def test_a_reader_that_is_a_ring_behind_loses_pictures_and_their_numbers_show_it(tmp_path: Path) -> None:
    writer = PictureWriter(tmp_path / "ring", 12)
    reader = PictureReader(tmp_path / "ring", 12)
    assert reader.newest() is None
    reader.remove_files()
    for number in range(100, 100 + 3 * SLOTS):
        writer.put(number, np.full(12, number, np.uint8))
    read = reader.read()
    assert [number for number, _ in read] == list(range(100 + 2 * SLOTS + 2, 100 + 3 * SLOTS))
    assert all((data == number).all() for number, data in read)
    assert reader.read() == []
    newest = reader.newest()
    assert newest is not None
    assert newest[0] == 100 + 3 * SLOTS - 1


def test_of_a_microphone_that_was_plugged_in_again_nothing_is_heard_that_stood_in_its_ring_before(
    tmp_path: Path,
) -> None:
    clock = [0.0]
    with Broadcast(lambda: clock[0]) as broadcast:
        studio = Studio(tmp_path, broadcast)
        with studio.camera, studio.microphone:
            studio.plug()
            studio.run(1_000)
            studio.pump.remove(studio.microphone)
            broadcast.unplug(studio.microphone)
            studio.run(3_000)
            clock[0] = studio.now
            studio.microphone.plug()
            again = broadcast.plug(studio.microphone, "room/microphone")
            reader = Listener(again.encoded)  # before the first chunk is there
            studio.pump.add(studio.microphone)
            studio.run(4_000, reader)
            broadcast.unplug(studio.microphone)
            with av.open(io.BytesIO(reader.rest()), "r") as container:
                times = [packet.pts or 0 for packet in container.demux() if packet.size]
    assert min(times) >= 3_000 - 7  # what Opus puts before the first sample
    assert times == sorted(times)
