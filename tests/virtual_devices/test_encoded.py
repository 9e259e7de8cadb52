from __future__ import annotations

import http.client
import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import av
import pytest

from harness.core.errors import HarnessError
from harness.core.footage import Footage
from harness.inspection import inspect, read_still
from harness.session.rig import RigClock
from virtual_devices import speech
from virtual_devices.camera import CameraSpec, Port, VirtualCamera
from virtual_devices.encoded import Address, Broadcast
from virtual_devices.encoded.webm import Muxer, Packet, Picture, Sound
from virtual_devices.microphone import MicrophoneSpec, VirtualMicrophone
from virtual_devices.schedule import Pump

SESSION = 7
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

    def run(self, until_ms: int) -> None:
        """Time passes."""
        while self.now < until_ms:
            self.now += 10
            self.pump.run_due()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Broadcast(lambda: 0.0) as broadcast:
        studio = Studio(tmp_path, broadcast)
        with studio.camera, studio.microphone:
            yield studio


def opened(address: str) -> http.client.HTTPResponse:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    return connection.getresponse()


def started(address: str) -> tuple[http.client.HTTPResponse, bytes]:
    """A reader that has the first bytes, so that nothing of what comes is missed."""
    response = opened(address)
    return response, response.read(1)


def footage(stream: bytes) -> Footage:
    return inspect([stream], clock=CLOCK, clips={speech.LESSON_END: speech.clip(speech.LESSON_END)})


def test_a_reader_gets_pictures_and_sound_in_step_with_every_mark(studio: Studio) -> None:
    camera, _ = studio.plug()
    studio.microphone.say(speech.LESSON_END, 2_000)
    studio.run(150)
    response, first = started(f"{camera.encoded}?microphone=microphone")
    studio.run(6_000)
    studio.broadcast.unplug(studio.camera)
    found = footage(first + response.read())
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
    response, first = started(camera.encoded)
    studio.run(4_500)
    studio.broadcast.unplug(studio.camera)
    with av.open(io.BytesIO(first + response.read()), "r") as container:
        times = [packet.pts or 0 for packet in container.demux() if packet.size]
    assert times[0] == 3_000  # the picture of the moment, at once
    assert times == list(range(3_000, times[-1] + 1, 100))


def test_a_key_frame_comes_every_second_and_opens_its_cluster(studio: Studio) -> None:
    camera, _ = studio.plug()
    response, first = started(camera.encoded)
    studio.run(5_000)
    studio.broadcast.unplug(studio.camera)
    with av.open(io.BytesIO(first + response.read()), "r") as container:
        keys = [packet.pts or 0 for packet in container.demux() if packet.is_keyframe and packet.size]
    assert len(keys) >= 5
    assert max(after - before for before, after in pairwise(keys)) <= 1_000


def test_who_comes_late_starts_at_once_and_both_play_alone(studio: Studio) -> None:
    camera, _ = studio.plug()
    early, first = started(camera.encoded)
    studio.run(2_350)
    late, begun = started(camera.encoded)
    studio.run(4_000)
    studio.broadcast.unplug(studio.camera)
    both = [footage(first + early.read()), footage(begun + late.read())]
    assert [found.problem for found in both] == [None, None]
    assert both[1].seen[0].from_ms <= 2_500


def test_a_sheet_of_paper_and_what_stands_on_it_stay_legible(studio: Studio) -> None:
    camera, _ = studio.plug()
    studio.camera.during(500, 3_500, "sheet-front")
    response, first = started(camera.encoded)
    studio.run(4_000)
    studio.broadcast.unplug(studio.camera)
    assert footage(first + response.read()).symbols


def test_sound_alone_says_by_its_size_whether_there_is_any(studio: Studio) -> None:
    _, microphone = studio.plug()
    studio.microphone.mute(1_000, 2_000)
    response, first = started(microphone.encoded)
    studio.run(3_000)
    studio.broadcast.unplug(studio.microphone)
    with av.open(io.BytesIO(first + response.read()), "r") as container:
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
    studio.run(500)
    assert not studio.broadcast.held(studio.camera)
    response, _ = started(f"{camera.encoded}?microphone=microphone")
    assert studio.broadcast.held(studio.camera)
    assert studio.broadcast.held(studio.microphone)
    studio.broadcast.unplug(studio.microphone)  # ends the stream, and with it the hold on the camera
    response.read()
    assert opened(f"{camera.encoded}?microphone=microphone").status == 404
    assert not studio.broadcast.held(studio.camera)


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
    response, _ = started(camera.encoded)
    studio.broadcast.unplug(studio.camera)
    response.read()  # ends
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
