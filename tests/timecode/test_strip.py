"""The strip in pictures: what it says through real encoders, and what it must never say."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.inspection.doctored import WEBM, Format, Take, picture, take
from virtual_devices.timecode import Mark, Reading, read, stamp, strip_height

Luma = NDArray[np.uint8]

SIZES = ((320, 180), (320, 240), (426, 240), (640, 360), (640, 480), (854, 480), (1280, 720), (1366, 768), (1920, 1080))
H264_180P = Format(width=320, height=180, bit_rate=70_000)
VP8_720P = replace(WEBM, width=1280, height=720, bit_rate=500_000)

MARKS = st.builds(Mark, st.integers(0, 15), st.integers(0, 255), st.integers(0, 2**32 - 1))


def readings(recording: bytes) -> list[Reading]:
    return [read(luma) for luma in decoded(recording)]


def decoded(recording: bytes) -> Iterator[Luma]:
    with av.open(io.BytesIO(recording), "r") as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            yield np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


def noise(width: int, height: int) -> Luma:
    return np.random.default_rng(11).integers(0, 256, (height, width), dtype=np.uint8)


def recorded(seconds: float, wanted: Format) -> Take:
    return replace(take(seconds, fps=10, first_ms=1_000_000), sound=None).encoded_as(wanted)


@given(mark=MARKS, size=st.sampled_from(SIZES), mirrored=st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_mark_reads_back_at_every_size_straight_and_mirrored(
    mark: Mark, size: tuple[int, int], mirrored: bool
) -> None:
    luma = noise(*size)
    stamp(luma, mark)
    found = read(luma[:, ::-1] if mirrored else luma)
    assert (found.mark, found.state, found.mirrored) == (mark, "ok", mirrored)


def test_a_strip_touches_nothing_between_the_two_edges() -> None:
    before = noise(1280, 720)
    luma = before.copy()
    stamp(luma, Mark(1, 2, 3))
    height = strip_height(720)
    assert height == 72
    assert (luma[height:-height] == before[height:-height]).all()


def test_a_view_with_strides_reads_as_well() -> None:
    wide = np.zeros((180, 384), np.uint8)
    luma = wide[:, :320]
    stamp(luma, Mark(4, 5, 6))
    assert read(luma).mark == Mark(4, 5, 6)


@pytest.mark.parametrize("mark", [Mark(16, 0, 0), Mark(0, 256, 0), Mark(0, 0, 2**32), Mark(-1, 0, 0)])
def test_a_mark_out_of_range_is_refused(mark: Mark) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        stamp(np.zeros((180, 320), np.uint8), mark)


def test_a_picture_too_small_for_a_mark_is_refused_and_reads_absent() -> None:
    small = np.zeros((40, 60), np.uint8)
    with pytest.raises(ValueError, match="too small"):
        stamp(small, Mark(0, 0, 0))
    assert read(small).state == "absent"


@pytest.mark.parametrize("wanted", [H264_180P, VP8_720P], ids=["h264-180p-70k", "vp8-720p-500k"])
def test_every_frame_reads_through_the_encoder(wanted: Format) -> None:
    made = recorded(6, wanted)
    found = readings(made.record())
    assert [each.mark for each in found] == [shot.mark for shot in made.shots]


@pytest.mark.parametrize("wanted", [H264_180P, VP8_720P], ids=["h264-180p-70k", "vp8-720p-500k"])
def test_a_half_and_half_ghost_is_never_misread(wanted: Format) -> None:
    ghosts = range(1, 40, 2)
    found = readings(recorded(4, wanted).blended(ghosts).record())
    assert all(found[index].mark is None for index in ghosts)
    assert Counter(found[index].state for index in ghosts) == {"blend": 20}


@given(first=MARKS, second=MARKS, share=st.floats(0.4, 0.6))
@settings(max_examples=200, deadline=None)
def test_an_even_blend_of_two_frames_reads_as_no_mark_or_one_that_both_show(
    first: Mark, second: Mark, share: float
) -> None:
    one, other = noise(320, 180), noise(320, 180)
    stamp(one, first)
    stamp(other, second)
    found = read((one * share + other * (1 - share)).astype(np.uint8))
    assert found.state == ("ok" if first == second else "blend")
    assert found.mark in (None, first)


def test_a_tear_between_two_frames_is_a_blend() -> None:
    luma, later = noise(640, 360), noise(640, 360)
    stamp(luma, Mark(1, 1, 100))
    stamp(later, Mark(1, 1, 101))
    luma[180:] = later[180:]
    assert read(luma).state == "blend"


def test_one_strip_alone_stands_for_both() -> None:
    luma = noise(640, 360)
    stamp(luma, Mark(1, 1, 100))
    luma[:40] = 128
    assert read(luma).mark == Mark(1, 1, 100)


def test_a_blur_of_sigma_4_at_720p_is_read() -> None:
    luma = picture(take(1).shots[3], 3, 720, 1280)
    blurred = cv2.GaussianBlur(luma, (0, 0), 4.0)
    assert read(np.asarray(blurred, np.uint8)).mark == take(1).shots[3].mark


@pytest.mark.parametrize("size", [(320, 180), (480, 270), (960, 540)])
def test_a_360p_source_recorded_at_another_size_is_read(size: tuple[int, int]) -> None:
    made = recorded(3, replace(H264_180P, width=640, height=360, bit_rate=400_000))
    found = []
    for luma in decoded(made.record()):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(luma), format="gray")
        found.append(read(np.asarray(frame.reformat(*size).to_ndarray(), np.uint8)))
    assert [each.mark for each in found] == [shot.mark for shot in made.shots]


@pytest.mark.parametrize(
    ("gain", "offset"), [(255 / 219, -18.6), (219 / 255, 16.0), (0.5, 60.0), (0.25, 20.0), (1.3, -40.0)]
)
def test_levels_follow_range_and_contrast(gain: float, offset: float) -> None:
    luma = picture(take(1).shots[0], 0, 360, 640)
    changed = np.clip(luma * gain + offset, 0, 255).astype(np.uint8)
    found = read(changed)
    assert found.mark == take(1).shots[0].mark
    assert found.levels == pytest.approx((max(0, 16 * gain + offset), min(255, 235 * gain + offset)), abs=2)


def test_pictures_without_a_strip_are_absent() -> None:
    grain = np.random.default_rng(2).integers(0, 256, (300, 180, 320), dtype=np.uint8)
    soft = [picture(replace(take(1).shots[0], mark=None), number, 180, 320) for number in range(100)]
    flat = [np.full((180, 320), level, np.uint8) for level in (0, 128, 255)]
    assert {read(luma).state for luma in [*grain, *soft, *flat]} == {"absent"}


def test_an_inverted_strip_is_no_mark() -> None:
    luma = noise(320, 180)
    stamp(luma, Mark(1, 2, 3))
    assert read(255 - luma).mark is None
