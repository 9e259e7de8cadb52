"""A strip shows frames spread over a recording, each below what the camera delivered as that very frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from harness.inspection import DeviceClock
from harness.inspection.strip import BETWEEN, GREY, INSTANTS, TILE, strip
from tests.inspection.doctored import WEBM, Luma, Shot, picture, take
from virtual_devices.timecode import Mark

LENGTH_MS = 6_000


class Drawn:
    """The camera's frames, drawn again."""

    def luma(self, device: int, session: int, frame: int) -> Luma | None:
        return picture(Shot(0, Mark(device, session, frame)), frame, 360, 640)


class Unknown:
    """A camera of which nothing is known."""

    def luma(self, device: int, session: int, frame: int) -> Luma | None:
        return None


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("strip") / "one.webm"
    file.write_bytes(take(LENGTH_MS / 1_000).encoded_as(WEBM).record())
    return file


def apart(one: Luma, other: Luma) -> float:
    """How far two rows of tiles are from each other, levels."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def rows(jpeg: bytes) -> list[Luma]:
    sheet = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert sheet is not None
    return [sheet[top : top + TILE[1]].astype(np.uint8) for top in range(0, sheet.shape[0], TILE[1] + BETWEEN)]


def test_a_strip_has_a_column_for_each_instant_over_the_whole_recording_with_its_time(recording: Path) -> None:
    made = strip([recording], DeviceClock({1: 10}), Drawn(), 0, LENGTH_MS - 100)
    assert made is not None
    assert len(made.instants) == INSTANTS
    times = [each.at_ms for each in made.instants]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, LENGTH_MS - 100)
    assert len(made.jpeg) < 40_000


def test_each_frame_stands_below_what_the_camera_delivered_as_that_very_frame(recording: Path) -> None:
    made = strip([recording], DeviceClock({1: 10}), Drawn(), 0, LENGTH_MS - 100)
    assert made is not None
    delivered, held = rows(made.jpeg)
    assert delivered.shape == held.shape
    other = np.roll(held, TILE[0] + BETWEEN, axis=1)
    assert 3 * apart(delivered, held) < apart(delivered, other)


def test_what_is_not_known_of_the_camera_stays_grey(recording: Path) -> None:
    made = strip([recording], DeviceClock({1: 10}), Unknown(), 0, LENGTH_MS - 100)
    assert made is not None
    assert abs(float(np.median(rows(made.jpeg)[0])) - GREY) < 3


def test_without_a_camera_to_compare_with_the_recording_stands_alone(recording: Path) -> None:
    made = strip([recording], DeviceClock({1: 10}), None, 0, LENGTH_MS - 100)
    assert made is not None
    assert len(rows(made.jpeg)) == 1


def test_of_what_can_t_be_read_there_is_no_strip(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.webm"
    damaged.write_bytes(b"nothing of the kind")
    assert strip([damaged, tmp_path / "missing.webm"], DeviceClock(), None, 0, 1_000) is None
