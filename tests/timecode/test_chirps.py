"""The chirps in sound: what they say through Opus, beneath speech, cut anywhere, and that they say nothing else."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from virtual_devices.chirps import ChirpFinder, ChirpHeard, Chirps, locate

Sound = NDArray[np.float32]
RATE = 16_000
HOUR = 3_600


def chirps(seconds: float, *, first: float = 0.0, device: int = 3, session: int = 200, rate: int = RATE) -> Sound:
    return Chirps(device, session, rate).render(round(first * rate), round(seconds * rate))


def babble(seconds: float, peak: float = 0.3) -> Sound:
    """Sound like speech: voiced syllables with formants up to 4 kHz and hissed consonants, seeded."""
    rng = np.random.default_rng(8)
    pieces: list[NDArray[np.float64]] = []
    while sum(len(piece) for piece in pieces) < seconds * RATE:
        size = int(rng.uniform(0.08, 0.25) * RATE)
        time = np.arange(size) / RATE
        pitch = 2 * np.pi * np.cumsum(rng.uniform(110, 220) * (1 + 0.1 * np.sin(2 * np.pi * 3 * time))) / RATE
        voice = np.sum([np.sin(pitch * k) / k**0.7 for k in range(1, 18)], axis=0) * np.hanning(size)
        hiss = rng.normal(0, 1, int(rng.uniform(0.03, 0.1) * RATE))
        pieces += [voice, hiss * np.hanning(len(hiss)), np.zeros(int(rng.uniform(0, 0.12) * RATE))]
    sound = np.concatenate(pieces)[: round(seconds * RATE)]
    return np.asarray(sound * (peak / np.abs(sound).max()), np.float32)


def through_opus(sound: Sound, bit_rate: int = 16_000) -> Sound:
    """Mono at 16 kHz through libopus at 48 kHz and back; starts where the container says that it starts."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="webm") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = bit_rate
        for first in range(0, len(sound), 320):
            frame = av.AudioFrame.from_ndarray(sound[first : first + 320][None], format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    sink.seek(0)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(sink, "r") as container:
        frames = list(container.decode(audio=0))
    assert frames[0].time == pytest.approx(0, abs=0.001)
    return np.concatenate([part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)])


def shifts(heard: list[ChirpHeard], first: float) -> NDArray[np.float64]:
    return np.array([each.at_ms - (each.device_ms - first * 1_000) for each in heard])


@given(
    first=st.integers(0, 3 * HOUR * RATE),
    blocks=st.lists(st.integers(1, 5_000), min_size=1, max_size=12),
    device=st.integers(0, 15),
    session=st.integers(0, 255),
)
@settings(max_examples=60, deadline=None)
def test_blocks_of_any_size_render_the_same_sound(first: int, blocks: list[int], device: int, session: int) -> None:
    source = Chirps(device, session, RATE)
    whole = source.render(first, sum(blocks))
    starts = np.cumsum([0, *blocks[:-1]]) + first
    parts = [source.render(int(start), count) for start, count in zip(starts, blocks, strict=True)]
    assert (np.concatenate(parts) == whole).all()


def test_before_its_own_time_begins_a_microphone_is_silent() -> None:
    assert not Chirps(1, 1).render(-RATE, RATE).any()


@given(
    first=st.floats(0, 3 * HOUR),
    device=st.integers(0, 15),
    session=st.integers(0, 255),
)
@settings(max_examples=40, deadline=None)
def test_any_two_seconds_within_three_hours_say_who_and_when(first: float, device: int, session: int) -> None:
    first = round(first * RATE) / RATE
    heard = locate(chirps(2.05, first=first, device=device, session=session), RATE)
    assert len(heard) >= 14
    assert {(each.device, each.session) for each in heard} == {(device, session)}
    moved = np.abs(shifts(heard, first))
    assert np.median(moved) < 0.1
    assert (
        moved.max() < 0.7
    )  # one that is cut off at an end may seem to stand elsewhere, by less than the code's tolerance


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_chirps_are_found_at_every_rate(rate: int) -> None:
    heard = locate(chirps(6, first=50, rate=rate), rate)
    assert len(heard) == 48
    assert np.abs(shifts(heard, 50)).max() < 0.3


def test_a_rate_too_low_for_the_sweep_is_refused() -> None:
    with pytest.raises(ValueError, match="8000"):
        Chirps(1, 1, 6_000)
    with pytest.raises(ValueError, match="8000"):
        ChirpFinder(6_000)


def test_opus_at_16_kbit_moves_no_chirp_by_a_millisecond() -> None:
    heard = locate(through_opus(chirps(30, first=4_000)), RATE)
    assert len(heard) == 240
    assert np.abs(shifts(heard, 4_000)).max() < 0.5


def test_chirps_survive_opus_beneath_loud_speech() -> None:
    heard = locate(through_opus(chirps(30, first=4_000) + babble(30)), RATE)
    assert len(heard) >= 228
    assert {(each.device, each.session) for each in heard} == {(3, 200)}
    assert np.abs(shifts(heard, 4_000)).max() < 1


def test_a_quiet_or_clipped_microphone_is_still_heard() -> None:
    sound = chirps(10)
    assert len(locate(sound * np.float32(0.05), RATE)) == 80
    assert len(locate(np.clip(sound * 10, -0.5, 0.5).astype(np.float32), RATE)) == 80


def test_a_muted_stretch_has_no_chirps_and_shifts_none() -> None:
    sound = chirps(20, first=100)
    sound[8 * RATE : 11 * RATE] = 0
    heard = locate(through_opus(sound), RATE)
    assert len(heard) in range(134, 138)
    assert not [each for each in heard if 8_000 < each.at_ms < 10_950]
    assert np.abs(shifts(heard, 100)).max() < 0.5


@pytest.mark.parametrize("lost_ms", [20, 60, 500, 4_000])
def test_a_cut_shows_in_device_time_on_both_its_sides(lost_ms: int) -> None:
    sound = chirps(12)
    cut = np.concatenate([sound[: 5 * RATE], sound[5 * RATE + lost_ms * RATE // 1_000 :]])
    heard = locate(cut, RATE)
    before = shifts([each for each in heard if each.at_ms < 4_950], 0)
    after = shifts([each for each in heard if each.at_ms > 5_000], 0)
    assert len(before) >= 38
    assert len(after) >= (len(cut) / RATE - 5) * 8 - 3
    assert np.abs(before).max() < 0.3
    assert np.abs(after + lost_ms).max() < 0.7


def test_another_microphone_is_told_from_the_first() -> None:
    sound = np.concatenate([chirps(5, device=1, session=4), chirps(5, first=900.3, device=2, session=5)])
    heard = locate(sound, RATE)
    assert [(each.device, each.session) for each in heard if each.at_ms < 4_950] == [(1, 4)] * 40
    assert {(each.device, each.session) for each in heard if each.at_ms > 5_000} == {(2, 5)}
    assert len(heard) >= 78


def test_a_clock_that_drifts_is_followed() -> None:
    sound = chirps(120)
    drifting = np.interp(np.arange(0, len(sound) - 1, 1.0003), np.arange(len(sound)), sound).astype(np.float32)
    heard = locate(drifting, RATE)
    assert len(heard) >= 955
    assert heard[-1].device_ms - heard[-1].at_ms == pytest.approx(36, abs=1)


def test_noise_music_speech_and_silence_hold_no_mark() -> None:
    rng = np.random.default_rng(4)
    time = np.arange(60 * RATE) / RATE
    music = sum(np.sin(2 * np.pi * tone * time) for tone in (220, 1_250, 2_500, 3_700)) * np.sin(2 * np.pi * 4 * time)
    for sound in (
        rng.normal(0, 0.2, 600 * RATE),
        np.asarray(music) * 0.1,
        babble(120),
        np.zeros(10 * RATE),
        np.zeros(0),
    ):
        assert locate(sound.astype(np.float32), RATE) == []


def test_chirps_at_random_spacing_hold_no_mark() -> None:
    rng = np.random.default_rng(6)
    shape = chirps(0.04)
    sound = np.zeros(600 * RATE, np.float32)
    for slot in range(600 * 8):
        start = slot * RATE // 8 + int(rng.integers(0, 32)) * RATE // 500
        sound[start : start + len(shape)] = shape if rng.random() < 0.5 else shape[::-1]
    assert locate(sound, RATE) == []


def test_feeding_in_blocks_finds_what_the_whole_gives() -> None:
    sound = chirps(31, first=7)
    finder = ChirpFinder(RATE)
    for first in range(0, len(sound), 7_777):
        finder.feed(sound[first : first + 7_777])
    assert finder.finish() == locate(sound, RATE)
