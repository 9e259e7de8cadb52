"""Files that are no whole recording: each gets one clear sentence, never an exception, and what decodes is still shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import VivaError
from harness.inspection import inspect, read_still
from tests.inspection.doctored import WEBM, Format, flipped, picture, take
from virtual_devices.timecode import Mark

SMALL = Format(width=320, height=180, bit_rate=200_000)
SMALL_WEBM = replace(WEBM, width=320, height=180)
FORMATS = {"mp4": SMALL, "webm": SMALL_WEBM, "live-webm": replace(SMALL_WEBM, live=True)}
WHOLE = {name: take(6).encoded_as(wanted).record() for name, wanted in FORMATS.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_anywhere_says_so_and_shows_what_is_left(name: str) -> None:
    whole = WHOLE[name]
    read = []
    for position in np.linspace(1, len(whole) - 1, 21).astype(int):
        footage = inspect([whole[:position]], read_symbols=False)
        assert footage.problem in ("truncated", "not-a-recording"), (position, footage)
        assert not footage.playable
        assert footage.reason.endswith(".")
        read.append(footage.frames.read)
    assert read == sorted(read)
    assert read[-1] >= 58
    assert read[10] >= 15


@pytest.mark.parametrize(
    ("content", "problem", "reason"),
    [
        (b"", "empty", "The file has no bytes."),
        (b"minutes of the meeting\n" * 9, "not-a-recording", "The file is text, not an MP4 or WebM recording."),
        ("王老师的笔记".encode(), "not-a-recording", "The file is text, not an MP4 or WebM recording."),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(50),
            "not-a-recording",
            "The file is a PNG picture, not an MP4 or WebM recording.",
        ),
        (b"#EXTM3U\nhttp://x/y.mp4\n", "not-a-recording", "The file is a playlist, not an MP4 or WebM recording."),
        (
            bytes(range(128, 256)) * 40,
            "not-a-recording",
            "The file is no format that is known, not an MP4 or WebM recording.",
        ),
    ],
)
def test_a_foreign_file_is_named(content: bytes, problem: str, reason: str) -> None:
    footage = inspect([content])
    assert (footage.problem, footage.reason) == (problem, reason)


@given(
    content=st.binary(max_size=400),
    start=st.sampled_from([b"", b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3", WHOLE["mp4"][:900]]),
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(content: bytes, start: bytes) -> None:
    footage = inspect([start + content])
    assert footage.problem is not None
    assert footage.reason


@pytest.mark.parametrize("name", FORMATS)
def test_flipped_bytes_anywhere_never_raise_and_never_make_up_a_mark(name: str) -> None:
    whole = WHOLE[name]
    rng = np.random.default_rng(9)
    for _ in range(12):
        spoilt = flipped(whole, rng.integers(0, len(whole), 30).tolist())
        footage = inspect([spoilt], read_symbols=False)
        assert footage.frames.read <= 60
        assert all((span.device, span.session) == (1, 7) and span.last < 60 for span in footage.seen)
        assert all((span.device, span.session) == (9, 7) for span in footage.heard)


def test_damage_in_the_pictures_is_told() -> None:
    whole = WHOLE["mp4"]
    middle = len(whole) // 2
    footage = inspect([flipped(whole, range(middle, middle + 400))], read_symbols=False)
    assert (footage.problem, footage.playable) == ("damaged", False)
    assert footage.frames.read > 20


def test_damage_in_the_structure_is_told() -> None:
    whole = WHOLE["mp4"]
    at = whole.rindex(b"moof")
    footage = inspect([flipped(whole, range(at, at + 4))], read_symbols=False)
    assert footage.problem == "damaged"
    assert f"byte {at - 4}" in footage.reason


@pytest.mark.parametrize("name", ["mp4", "webm"])
def test_a_recording_of_nothing_is_empty(name: str) -> None:
    nothing = replace(take(1), shots=(), sound=np.zeros(0, np.float32)).encoded_as(FORMATS[name]).record()
    footage = inspect([nothing])
    assert footage.problem in ("empty", "truncated")
    assert footage.frames.read == 0


def test_a_recording_without_marks_is_no_proof() -> None:
    made = take(2)
    bare = replace(made, shots=tuple(replace(shot, mark=None) for shot in made.shots), sound=None)
    footage = inspect([bare.encoded_as(SMALL).record()])
    assert footage.problem == "no-marks"
    assert footage.reason == "None of its 20 pictures carries a mark of this session, and no chirp is heard."
    assert footage.playable


def test_the_segment_that_is_bad_is_named_and_the_others_are_shown() -> None:
    footage = inspect([WHOLE["mp4"], b"", WHOLE["webm"]], read_symbols=False)
    assert (footage.problem, footage.reason) == ("empty", "Segment 1: the file has no bytes.")
    assert footage.frames.read == 120


def test_no_segment_at_all_is_empty() -> None:
    assert inspect([]).problem == "empty"


def test_a_path_that_is_not_there_is_an_error_of_use(tmp_path: Path) -> None:
    with pytest.raises(VivaError, match=r"'gone\.mp4' can't be read"):
        inspect([tmp_path / "gone.mp4"])
    with pytest.raises(VivaError, match="can't be read"):
        inspect([tmp_path])


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_still_is_read(suffix: str) -> None:
    shot = take(1).shots[4]
    luma = picture(shot, 4, 360, 640)
    _, encoded = cv2.imencode(suffix, cv2.merge([luma, luma, luma]))
    reading = read_still(encoded.tobytes())
    assert reading is not None
    assert (reading.mark, reading.mirrored) == (Mark(1, 7, 4), False)


def test_a_still_that_is_none_is_told() -> None:
    assert read_still(b"") is None
    assert read_still(b"no picture") is None
    assert read_still(b"\xff\xd8\xff" + bytes(99)) is None
    assert read_still(b"\x89PNG\r\n\x1a\n" + bytes(99)) is None
    assert read_still(WHOLE["mp4"]) is None


def test_a_still_without_a_strip_is_absent() -> None:
    _, encoded = cv2.imencode(".jpg", np.full((180, 320), 128, np.uint8))
    reading = read_still(encoded.tobytes())
    assert reading is not None
    assert reading.state == "absent"
