"""Inspection of recordings doctored on purpose: what was put in is what is said, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.core.footage import Footage, FrameCounts, Gap
from harness.inspection import inspect
from tests.inspection.doctored import MP4, WEBM, Format, Take, picture, take
from virtual_devices import symbols

LIVE_WEBM = replace(WEBM, live=True)
FORMATS = {"mp4": MP4, "webm": WEBM, "live-webm": LIVE_WEBM}
SMALL = Format(width=320, height=180, bit_rate=200_000)


@dataclass(frozen=True)
class ExamClock:
    """Camera 1 and microphone 9 of session 7, ten frames a second; their time 0 is exam time -5000."""

    session: int = 7

    def frame_ms(self, device: int, session: int, frame: int) -> int | None:
        return frame * 100 - 5_000 if (device, session) == (1, self.session) else None

    def sound_ms(self, device: int, session: int, device_ms: float) -> float | None:
        return device_ms - 5_000 if (device, session) == (9, self.session) else None


def shown(made: Take, wanted: Format = SMALL) -> Footage:
    return inspect([made.encoded_as(wanted).record()], read_symbols=False)


@pytest.mark.parametrize("wanted", FORMATS.values(), ids=FORMATS)
def test_a_faultless_recording_shows_every_frame_and_chirp(wanted: Format) -> None:
    footage = inspect([take(6, first_ms=60_000).encoded_as(wanted).record()], clock=ExamClock())
    assert (footage.problem, footage.reason, footage.playable) == (None, "", True)
    assert (footage.container, footage.width, footage.height) == (wanted.container, 640, 360)
    assert (footage.video, footage.audio) == ({"mp4": "h264", "webm": "vp8"}[wanted.container], "opus")
    assert footage.frames == FrameCounts(read=60)
    assert footage.duration_ms == pytest.approx(6_000, abs=30)
    assert footage.mirrored is False
    (seen,) = footage.seen
    assert (seen.device, seen.session, seen.first, seen.last) == (1, 7, 600, 659)
    assert (seen.from_ms, seen.to_ms) == (55_000, 60_900)
    (heard,) = footage.heard
    assert (heard.device, heard.session, heard.chirps) == (9, 7, 48)
    assert heard.from_ms == 55_000
    assert heard.to_ms == pytest.approx(60_950, abs=60)
    assert (footage.gaps, footage.sound_gaps, footage.out_of_order) == ((), (), 0)
    assert footage.av_offset_ms == pytest.approx(0, abs=2)


def test_vp9_is_read_as_well() -> None:
    footage = shown(take(2), Format("webm", "libvpx-vp9", 320, 180))
    assert (footage.video, footage.frames) == ("vp9", FrameCounts(read=20))


def test_without_a_clock_source_time_is_the_devices_own_at_the_rate_its_numbers_tell() -> None:
    footage = shown(take(4, fps=15, first_ms=8_000))
    assert (footage.first_ms, footage.last_ms) == (8_000, 11_933)
    assert footage.heard[0].from_ms == 8_000


def test_dropped_frames_are_skips_and_a_gap() -> None:
    footage = shown(take(6).without(20, 35))
    assert footage.frames == FrameCounts(read=45, skip=15)
    assert footage.gaps == (Gap(from_ms=1_900, to_ms=3_500),)
    assert [(span.first, span.last) for span in footage.seen] == [(0, 19), (35, 59)]
    assert footage.sound_gaps == ()


def test_a_single_dropped_frame_is_a_skip_and_no_gap() -> None:
    footage = shown(take(3).without(10, 11))
    assert footage.frames == FrameCounts(read=29, skip=1)
    assert footage.gaps == ()
    assert len(footage.seen) == 1


def test_a_frozen_picture_is_repeats_and_a_gap_in_source_time() -> None:
    footage = shown(take(6).frozen(20, 40))
    assert footage.frames == FrameCounts(read=40, repeat=20, skip=20)
    assert footage.gaps == (Gap(from_ms=1_900, to_ms=4_000),)


def test_blended_frames_are_blends_and_no_skips() -> None:
    footage = shown(take(4).blended([10, 11, 25]))
    assert footage.frames == FrameCounts(read=37, blend=3)


def test_pictures_without_a_strip_are_absent() -> None:
    made = take(3)
    bare = tuple(replace(shot, mark=None) if 10 <= number < 15 else shot for number, shot in enumerate(made.shots))
    assert shown(replace(made, shots=bare)).frames == FrameCounts(read=25, absent=5)


def test_a_mirrored_recording_is_told() -> None:
    footage = shown(take(2).mirrored())
    assert footage.mirrored is True
    assert footage.frames == FrameCounts(read=20)


@pytest.mark.parametrize("wanted", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("by_ms", [150, -120])
def test_a_shifted_sound_is_measured_within_ten_milliseconds(by_ms: int, wanted: Format) -> None:
    footage = shown(take(6, first_ms=20_000).sound_shifted(by_ms), replace(wanted, width=320, height=180))
    assert footage.av_offset_ms == pytest.approx(by_ms, abs=10)
    assert footage.av_worst_ms == pytest.approx(by_ms, abs=10)


def test_a_sound_that_falls_behind_shows_its_drift_and_its_worst() -> None:
    made = take(30)
    assert made.sound is not None
    slow = np.interp(np.arange(len(made.sound)) * 0.9996, np.arange(len(made.sound)), made.sound).astype(np.float32)
    footage = shown(replace(made, sound=slow))
    assert footage.av_drift_ms_per_min == pytest.approx(24, abs=1)
    assert footage.av_worst_ms == pytest.approx(12, abs=1)
    assert footage.av_offset_ms == pytest.approx(6, abs=1)


def test_a_silent_stretch_is_a_gap_in_the_sound_alone() -> None:
    footage = shown(take(8).muted(3_000, 5_000))
    (gap,) = footage.sound_gaps
    assert gap.from_ms == pytest.approx(2_960, abs=70)
    assert gap.to_ms == pytest.approx(5_030, abs=70)
    assert footage.gaps == ()
    assert len(footage.heard) == 2


def test_a_recording_without_sound_has_no_offset() -> None:
    footage = shown(replace(take(2), sound=None))
    assert (footage.problem, footage.audio, footage.heard, footage.av_offset_ms) == (None, "", (), None)


def test_segments_in_order_are_one_recording_and_the_time_between_them_counts() -> None:
    parts = [take(3), take(3, first_ms=3_000), take(3, first_ms=8_000)]
    footage = inspect([part.encoded_as(SMALL).record() for part in parts], clock=ExamClock(), read_symbols=False)
    assert (footage.problem, footage.out_of_order, footage.playable) == (None, 0, True)
    assert footage.duration_ms == pytest.approx(9_000, abs=100)
    assert footage.gaps == (Gap(from_ms=900, to_ms=3_000),)
    assert [(span.from_ms, span.to_ms) for span in footage.seen] == [(-5_000, 900), (3_000, 5_900)]


def test_swapped_segments_are_out_of_order_and_no_gap() -> None:
    parts = [take(3, first_ms=3_000), take(3)]
    footage = inspect([part.encoded_as(SMALL).record() for part in parts], clock=ExamClock(), read_symbols=False)
    assert footage.out_of_order == 1
    assert footage.gaps == ()


def test_marks_of_another_session_prove_nothing() -> None:
    old = take(3, session=6).encoded_as(SMALL).record()
    footage = inspect([old], clock=ExamClock(), read_symbols=False)
    assert footage.problem == "no-marks"
    assert "30 carry a mark of another" in footage.reason
    assert footage.frames == FrameCounts(foreign=30)
    assert (footage.seen, footage.heard) == ((), ())


def test_a_change_of_camera_and_microphone_shows_as_spans() -> None:
    first, second = take(3), take(3, first_ms=3_000, device=2, microphone=10)
    assert first.sound is not None
    assert second.sound is not None
    later = tuple(replace(shot, media_ms=shot.media_ms + 3_000) for shot in second.shots)
    both = Take((*first.shots, *later), np.concatenate([first.sound, second.sound]), first.format)
    footage = shown(both)
    assert footage.devices == (1, 2)
    assert [span.device for span in footage.heard] == [9, 10]
    assert footage.gaps == ()


def spoken(seconds: float, seed: int) -> NDArray[np.float32]:
    """A clip like a phrase: syllables of a gliding voice, seeded."""
    rng = np.random.default_rng(seed)
    pieces = []
    for _ in range(round(seconds / 0.2)):
        time = np.arange(3_200) / 16_000
        pitch = 2 * np.pi * np.cumsum(rng.uniform(110, 230) * (1 + rng.uniform(-0.3, 0.3) * time / 0.2)) / 16_000
        tones = np.array([np.sin(pitch * k + rng.uniform(0, 6)) * rng.uniform(0.2, 1) / k for k in range(1, 12)])
        pieces.append(tones.sum(axis=0) * np.hanning(3_200) ** 0.3)
    sound = np.concatenate(pieces)
    return np.asarray(0.3 * sound / np.abs(sound).max(), np.float32)


PHRASE, OTHER = spoken(1.8, 1), spoken(1.8, 2)


@pytest.mark.parametrize("wanted", [SMALL, replace(LIVE_WEBM, width=320, height=180)], ids=["mp4", "webm"])
def test_a_phrase_is_found_where_it_was_said(wanted: Format) -> None:
    said = take(8, first_ms=5_000).with_speech(PHRASE, 3_000).encoded_as(wanted).record()
    footage = inspect([said], clock=ExamClock(), clips={"phrase": PHRASE, "other": OTHER}, read_symbols=False)
    (phrase,) = footage.phrases
    assert (phrase.text, phrase.whole) == ("phrase", True)
    assert phrase.at_ms == pytest.approx(3_000, abs=5)
    assert phrase.until_ms - phrase.at_ms == 1_800
    assert phrase.score > 0.8
    assert footage.heard[0].chirps >= 60


@pytest.mark.parametrize("lost_ms", [100, 300, 900])
def test_a_phrase_cut_at_its_end_or_its_start_is_not_whole(lost_ms: int) -> None:
    lost = lost_ms * 16
    made = take(8).with_speech(PHRASE[:-lost], 1_000).with_speech(PHRASE[lost:], 5_000 + lost_ms)
    footage = inspect([made.encoded_as(SMALL).record()], clips={"phrase": PHRASE}, read_symbols=False)
    assert [phrase.whole for phrase in footage.phrases] == [False, False]
    assert [phrase.at_ms for phrase in footage.phrases] == [pytest.approx(1_000, abs=5), pytest.approx(5_000, abs=5)]


def test_a_phrase_that_the_recording_cuts_off_is_not_whole() -> None:
    made = take(4).with_speech(PHRASE, 3_000)
    footage = inspect([made.encoded_as(SMALL).record()], clips={"phrase": PHRASE}, read_symbols=False)
    assert [phrase.whole for phrase in footage.phrases] == [False]


def test_a_phrase_beneath_other_speech_is_whole_still() -> None:
    made = take(8).with_speech(PHRASE, 3_000).with_speech(OTHER, 2_300).with_speech(OTHER, 4_200)
    footage = inspect([made.encoded_as(SMALL).record()], clips={"phrase": PHRASE}, read_symbols=False)
    assert [(phrase.text, phrase.whole) for phrase in footage.phrases] == [("phrase", True)]


@dataclass(frozen=True)
class Word:
    text: str


def test_symbols_are_looked_for_twice_a_second_and_in_each_picture_while_they_are_held() -> None:
    looks: list[tuple[int, ...]] = []

    def reader(luma: NDArray[np.uint8]) -> Sequence[Word]:
        looks.append(luma.shape)
        return [Word("sheet-front")] if 5 <= len(looks) < 12 else []

    footage = inspect([take(8, fps=20).encoded_as(MP4).record()], symbol_reader=reader)
    (symbol,) = footage.symbols
    assert len(looks) == 21
    assert set(looks) == {(144, 320)}
    assert (symbol.text, symbol.from_ms, symbol.to_ms, symbol.frames) == ("sheet-front", 2_200, 2_500, 7)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_printed_symbol_is_read_through_the_encoder(mirrored: bool) -> None:
    class Holding(Take):
        def pictures(self):  # type: ignore[no-untyped-def]  # a test's own picture source
            for number, shot in enumerate(self.shots):
                luma = picture(shot, number, 360, 640)
                if 10 <= number < 40:
                    symbols.draw(luma, "sheet-back", 300, 180, 8)
                yield shot.media_ms, np.ascontiguousarray(luma[:, ::-1]) if mirrored else luma

    made = take(6)
    recording = Holding(made.shots, made.sound, made.format).record()
    (symbol,) = inspect([recording], clock=ExamClock()).symbols
    assert symbol.text == "sheet-back"
    assert -4_000 <= symbol.from_ms <= -3_600
    assert -1_600 <= symbol.to_ms <= -1_100


def test_personal_details_are_found_in_metadata_headers_and_names(tmp_path: Path) -> None:
    persons = ("王小明", "13800000000", "A12345", "nowhere")
    wanted = replace(SMALL, metadata=(("title", "Interview of 王小明"), ("comment", "call 13800000000")))
    path = tmp_path / "a12345-camera.mp4"
    path.write_bytes(take(1).encoded_as(wanted).record())
    footage = inspect([path], persons=persons)
    assert footage.personal == ("王小明", "13800000000", "A12345")
    assert footage.metadata["container.title"] == "Interview of 王小明"


def test_a_detail_in_a_box_that_no_player_shows_is_found() -> None:
    plain = take(1).encoded_as(SMALL).record()
    hidden = "王小明".encode("utf-16-le")
    box = (len(hidden) + 8).to_bytes(4) + b"free" + hidden
    footage = inspect([plain + box], persons=("王小明",))
    assert (footage.problem, footage.personal) == (None, ("王小明",))


def test_metadata_is_bounded_and_printable() -> None:
    wanted = replace(SMALL, metadata=(("title", "\x1b[31mred\x07" + "x" * 5_000),))
    title = inspect([take(1).encoded_as(wanted).record()]).metadata["container.title"]
    assert len(title) == 200
    assert title.isprintable()
    assert "[31mred" in title


def test_paths_open_files_and_bytes_are_all_taken(tmp_path: Path) -> None:
    recording = take(1).encoded_as(SMALL).record()
    path = tmp_path / "0.mp4"
    path.write_bytes(recording)
    stream = io.BytesIO(recording)
    assert inspect([path]) == inspect([recording]) == inspect([stream])
    assert not stream.closed
