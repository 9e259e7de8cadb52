"""Rings in shared memory: a reader gets the newest picture or sound whole, or nothing, and never blocks."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from harness.core.errors import HarnessError
from virtual_devices import speech, timecode
from virtual_devices.backends.shared import CLOSED, index_of
from virtual_devices.backends.y4m import RingReader
from virtual_devices.camera import CameraSpec, Port, VirtualCamera
from virtual_devices.microphone import CHUNK, PIECE, RING, MicrophoneSpec, SoundReader, VirtualMicrophone, to_s16
from virtual_devices.schedule import Now


def camera(path: Path, slots: int | None = None) -> VirtualCamera:
    return VirtualCamera(
        CameraSpec(device=5, session=6, label="Camera"), port=Port(backend="y4m", device=str(path), slots=slots)
    )


def microphone(path: Path) -> VirtualMicrophone:
    return VirtualMicrophone(MicrophoneSpec(device=5, session=6, label="Microphone"), ring=path)


def at(now_ms: float) -> Now:
    return lambda: now_ms


def test_a_reader_gets_the_newest_picture_bit_for_bit(tmp_path: Path) -> None:
    with camera(tmp_path / "a.y4m") as sending:
        reader = RingReader(sending.address)
        assert reader.latest() is None
        for number in range(20):
            sending.deliver(lambda: sending.next_due_ms)
            found, truth = reader.latest(), sending.picture(number)
            assert found is not None
            assert found.number == number + 1
            assert np.array_equal(found.luma, truth.luma)
            assert np.array_equal(found.chroma_u, truth.chroma_u)
            assert np.array_equal(found.chroma_v, truth.chroma_v)
        reader.close()


def test_the_ring_is_a_valid_video_file(tmp_path: Path) -> None:
    with camera(tmp_path / "a.y4m", slots=4) as sending:
        for _ in range(6):
            sending.deliver(lambda: sending.next_due_ms)
        data = (tmp_path / "a.y4m").read_bytes()
    assert data.startswith(b"YUV4MPEG2 W320 H180 F10:1 Ip A1:1 C420jpeg\nFRAME\n")
    with av.open(io.BytesIO(data), "r", format="yuv4mpegpipe") as file:
        marks = [
            timecode.read(np.asarray(picture.to_ndarray()[:180], np.uint8)).mark for picture in file.decode(video=0)
        ]
    assert [mark.frame if mark else None for mark in marks] == [4, 5, 2, 3]


def test_a_picture_that_is_overwritten_while_it_is_copied_is_copied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with camera(tmp_path / "a.y4m", slots=3) as sending:
        sending.deliver(lambda: sending.next_due_ms)
        reader = RingReader(sending.address)
        copy, laps = np.array, [3, 2, 0]

        def slow_copy(slot: object) -> object:
            copied = copy(slot)
            for _ in range(laps.pop(0)):
                sending.deliver(lambda: sending.next_due_ms)
            return copied

        monkeypatch.setattr("virtual_devices.backends.y4m.np.array", slow_copy)
        found = reader.latest()
        monkeypatch.undo()
        assert found is not None
        assert found.number == 6
        assert timecode.read(found.luma).mark == timecode.Mark(5, 6, 5)
        assert laps == []
        reader.close()


def test_unplugging_is_seen_by_who_still_reads_and_leaves_no_file(tmp_path: Path) -> None:
    with camera(tmp_path / "a.y4m") as sending, microphone(tmp_path / "a.s16") as hearing:
        sending.deliver(lambda: 0)
        pictures, sound = RingReader(sending.address), SoundReader(hearing.address)
        assert not pictures.closed
        assert not sound.closed
    assert pictures.closed
    assert sound.closed
    assert pictures.latest() is None
    assert len(sound.read()) == 0
    assert list(tmp_path.iterdir()) == []
    pictures.close()
    sound.close()


def test_plugging_in_again_makes_new_files(tmp_path: Path) -> None:
    for _ in range(2):
        with camera(tmp_path / "a.y4m") as sending:
            sending.deliver(lambda: 0)
            assert int.from_bytes(index_of(tmp_path / "a.y4m").read_bytes(), "little") == 1
    assert CLOSED.bit_length() == 64


def test_no_device_and_a_foreign_file_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no device at"):
        RingReader(tmp_path / "none.y4m")
    (tmp_path / "x.y4m").write_bytes(b"hello\n" * 50)
    index_of(tmp_path / "x.y4m").write_bytes(bytes(8))
    with pytest.raises(HarnessError, match="no y4m ring"):
        RingReader(tmp_path / "x.y4m")


def test_a_folder_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HarnessError, match="can't be plugged in"), camera(tmp_path / "file" / "a.y4m"):
        pass
    with pytest.raises(HarnessError, match="can't be written"), microphone(tmp_path / "file" / "a.s16"):
        pass


@pytest.mark.parametrize(("device", "slots"), [(None, 8), ("a.y4m", 0)])
def test_a_ring_without_a_path_or_of_no_slot_is_refused(device: str | None, slots: int, tmp_path: Path) -> None:
    port = Port(backend="y4m", device=device and str(tmp_path / device), slots=slots)
    with (
        pytest.raises(HarnessError, match="y4m camera"),
        VirtualCamera(CameraSpec(device=1, session=1, label="Camera"), port=port),
    ):
        pass


def test_sound_is_read_on_without_a_seam(tmp_path: Path) -> None:
    with microphone(tmp_path / "a.s16") as hearing:
        reader = SoundReader(hearing.address)
        taken = []
        for now_ms in (20, 47, 300, 301, 1_000, 4_500, 7_000, 7_020):
            hearing.deliver(at(now_ms))
            taken.append(reader.read())
        heard = np.concatenate(taken)
        assert reader.lost == 0
        assert reader.position == len(heard) == 7_020 * 16
        assert np.array_equal(heard, to_s16(hearing.samples_at(0, len(heard))))
        reader.close()


def test_a_reader_that_slept_loses_the_oldest_and_is_told_how_much(tmp_path: Path) -> None:
    with microphone(tmp_path / "a.s16") as hearing:
        reader = SoundReader(hearing.address)
        hearing.deliver(at(20))
        assert len(reader.read()) == CHUNK
        for now_ms in (2_000, 4_000, 6_000):
            hearing.deliver(at(now_ms))
        heard = reader.read()
        assert reader.lost == 6_000 * 16 - CHUNK - RING + 2 * PIECE
        assert np.array_equal(heard, to_s16(hearing.samples_at(reader.position - len(heard), len(heard))))
        reader.close()


def test_a_reader_that_comes_late_begins_with_the_present(tmp_path: Path) -> None:
    with microphone(tmp_path / "a.s16") as hearing:
        hearing.deliver(lambda: 3_000)
        reader = SoundReader(hearing.address)
        hearing.deliver(lambda: 3_060)
        assert len(reader.read()) == 60 * 16
        reader.close()


def test_ten_minutes_of_sound_written_late_have_every_sample_and_no_drift(tmp_path: Path) -> None:
    with microphone(tmp_path / "a.s16") as hearing:
        now_ms = 0.0
        hearing.deliver(at(20))
        while now_ms < 600_000:
            now_ms = hearing.next_due_ms + 137
            hearing.deliver(at(now_ms))
        assert hearing.lost_samples == 0
        assert hearing.next_due_ms == pytest.approx(now_ms, abs=CHUNK / 16)
        assert hearing.lateness.worst == pytest.approx(137)


def test_a_pump_that_is_later_than_the_ring_counts_what_it_never_wrote(tmp_path: Path) -> None:
    with microphone(tmp_path / "a.s16") as hearing:
        hearing.deliver(at(20))
        hearing.deliver(at(10_000))
        assert hearing.lost_samples == 160_000 - RING - CHUNK
        assert hearing.next_due_ms == 10_020


def test_a_microphone_plugged_in_late_begins_with_the_present(tmp_path: Path) -> None:
    with microphone(tmp_path / "a.s16") as hearing:
        reader = SoundReader(hearing.address)
        hearing.deliver(at(90_005))
        assert hearing.lost_samples == 0
        assert hearing.lateness.worst == 5
        heard = reader.read()
        assert reader.position == 90_000 * 16
        assert reader.lost == 0
        assert np.array_equal(heard[-CHUNK:], to_s16(hearing.samples_at(90_000 * 16 - CHUNK, CHUNK)))
        reader.close()


def test_a_microphone_pulled_out_and_plugged_in_again_goes_on_with_the_present(tmp_path: Path) -> None:
    microphone = VirtualMicrophone(MicrophoneSpec(device=8, session=1, label="Mic"), ring=tmp_path / "mic.s16")
    with microphone:
        microphone.deliver(lambda: 1_000)
        microphone.plug()
        microphone.deliver(lambda: 6_000)
        reader = SoundReader(microphone.address)
        assert reader.position == 6_000 * 16
        reader.close()
    assert microphone.lost_samples == 0
    assert microphone.lateness.worst == 0


def test_what_is_said_too_late_begins_with_what_is_still_to_be_heard(tmp_path: Path) -> None:
    with microphone(tmp_path / "a.s16") as hearing:
        assert hearing.say(speech.PRESENTATION, 700).at_ms == 700
        hearing.deliver(at(1_000))
        late, early = hearing.say(speech.LESSON_END, 990), hearing.say(speech.LESSON_END, 5_000)
        assert (late.at_ms, early.at_ms) == (1_040, 5_000)
        assert late.until_ms == 1_040 + speech.length_ms(speech.LESSON_END)
