"""What a microphone hears: marks, speech and a quiet room, the same however it is asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import HarnessError, VivaError
from virtual_devices import speech, timecode
from virtual_devices.microphone import RATE, ROOM_NOISE, MicrophoneSpec, VirtualMicrophone


def microphone(device: int = 3) -> VirtualMicrophone:
    return VirtualMicrophone(MicrophoneSpec(device=device, session=8, label="Microphone"))


@pytest.fixture(scope="module")
def lively() -> VirtualMicrophone:
    hearing = microphone()
    hearing.say(speech.PRESENTATION, 500)
    hearing.say(speech.LESSON_END, 1_000)
    hearing.mute(1_200, 1_400)
    return hearing


@pytest.fixture(scope="module")
def three_seconds(lively: VirtualMicrophone) -> speech.Sound:
    return lively.samples_at(0, 3 * RATE)


@settings(deadline=None)  # other work shares the cores; how long it takes is no matter here
@given(first=st.integers(0, 3 * RATE), count=st.integers(0, 5_000))
def test_random_access_gives_what_streaming_gives(
    lively: VirtualMicrophone, three_seconds: speech.Sound, first: int, count: int
) -> None:
    count = min(count, 3 * RATE - first)
    assert np.array_equal(lively.samples_at(first, count), three_seconds[first : first + count])


def test_speech_begins_when_it_is_said_and_ends_when_it_is_told(lively: VirtualMicrophone) -> None:
    phrase = lively.spoken[1]
    assert phrase.text == "模拟课堂教学结束"
    assert phrase.at_ms == 1_000
    with_speech, without = microphone(), microphone()
    with_speech.say(phrase.text, 1_000)
    difference = with_speech.samples_at(0, 4 * RATE) - without.samples_at(0, 4 * RATE)
    heard = np.flatnonzero(np.abs(difference) > 1e-4)
    assert 1_000 <= heard[0] * 1_000 / RATE < 1_100
    assert phrase.until_ms - 100 < heard[-1] * 1_000 / RATE <= phrase.until_ms


def test_a_muted_microphone_gives_nothing_not_even_marks() -> None:
    hearing = microphone()
    hearing.mute(1_000, 3_000)
    sound = hearing.samples_at(0, 4 * RATE)
    assert not sound[RATE : 3 * RATE].any()
    assert sound[:RATE].any()
    assert sound[3 * RATE :].any()


def test_a_quiet_room_is_faint_and_never_still() -> None:
    sound = np.abs(microphone().samples_at(0, 10 * RATE).reshape(-1, 160)).max(axis=1)
    assert float(sound.min()) > ROOM_NOISE / 4
    assert float(np.quantile(sound, 0.3)) <= ROOM_NOISE * 1.01


def test_marks_are_read_beneath_a_lesson() -> None:
    hearing = microphone(device=11)
    hearing.say(speech.LESSON, 0)
    sound = hearing.samples_at(0, 20 * RATE)
    chirps = timecode.locate(sound, RATE)
    assert len(chirps) > 120
    assert {(chirp.device, chirp.session) for chirp in chirps} == {(11, 8)}
    assert max(abs(chirp.device_ms - chirp.at_ms) for chirp in chirps) < 1


def test_sound_stays_within_full_scale() -> None:
    hearing = microphone()
    for _ in range(5):
        hearing.say(speech.LESSON_END, 0)
    assert float(np.abs(hearing.samples_at(0, 2 * RATE)).max()) <= 1


def test_a_mute_that_ends_before_it_begins_and_a_device_out_of_range_are_refused() -> None:
    with pytest.raises(VivaError, match="must end after"):
        microphone().mute(500, 500)
    with pytest.raises(VivaError, match=r"0\.\.15"):
        microphone(device=16)


def test_a_microphone_without_a_ring_can_not_be_plugged_in() -> None:
    with pytest.raises(HarnessError, match="no ring"), microphone():
        pass


def test_a_clip_is_the_same_in_memory_from_a_folder_and_in_a_fresh_synthesis(tmp_path: Path) -> None:
    remembered = speech.clip(speech.PRESENTATION)
    kept = speech.clip(speech.PRESENTATION, tmp_path)
    again = speech.clip(speech.PRESENTATION, tmp_path)
    fresh = speech.synthesise(speech.PRESENTATION)
    assert np.array_equal(remembered, kept)
    assert np.array_equal(remembered, again)
    assert np.array_equal(remembered, fresh)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_clip_is_mandarin_at_16_khz_without_silence_at_its_ends() -> None:
    sound = speech.clip(speech.LESSON_END)
    assert sound.dtype == np.float32
    assert 1.2 < len(sound) / RATE < 4
    assert speech.length_ms(speech.LESSON_END) == -(-len(sound) * 1_000 // RATE)
    assert float(np.abs(sound).max()) == pytest.approx(speech.PEAK)
    assert float(np.abs(sound[:160]).max()) > 0
    assert not sound.flags.writeable


def test_the_two_phrases_do_not_sound_alike() -> None:
    first, second = speech.clip(speech.PRESENTATION), speech.clip(speech.LESSON_END)
    size = len(first) + len(second)
    likeness = np.fft.irfft(np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size)), size)
    assert float(np.abs(likeness).max() / (np.linalg.norm(first) * np.linalg.norm(second))) < 0.4


def test_a_missing_synthesiser_is_one_sentence_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtual_devices.speech.importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("virtual_devices.speech.shutil.which", lambda _name: None)
    assert speech.available() is None
    with pytest.raises(HarnessError, match="espeak-ng"):
        speech.synthesise("你好")
