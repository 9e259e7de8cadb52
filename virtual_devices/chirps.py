"""Sound marks: chirps whose spacing says which microphone delivered a sound, and when by its own time.

Laws: the sound at a sample depends on that sample's number alone (any block sizes render the same); what is located is a chirp that was
heard, never one that was inferred. Pure: numpy alone. Microphones render, inspection locates.

The code. Device time is cut into slots of 125 ms, each with one chirp of 40 ms that sweeps 1.2–3.8 kHz up or down and starts at a multiple
of 2 ms within the first 62 ms of its slot. Eight slots are a word and one second. The first chirp of a word goes up at 0 ms: the reference.
The other seven carry 6 bits each (direction, then 5 bits of position): 26 bits of identity (device 4 | session 8 | second 14, so time runs
to 4 h 33 min) and their CRC-16, 42 bits in all, scrambled by a fixed bijection so that the spacing looks random and no two seconds share one.

Decoding. A normalised matched filter finds chirps; each upward one is tried as a reference; a word whose check holds is an anchor, from which
the run of chirps is followed both ways, each where the code puts it (± 0.6 ms). An anchor stands only if at least five chirps outside its
word are found as well: any 2 s of sound hold one whole word and seven more. So a false decode needs the check (2^-16) and five of the sixteen
chirps next to it by chance (each at most 1/53, five of them less than 2^-16): less than 2^-32 an upward chirp, 10^-5 in three hours.
"""

from __future__ import annotations

import binascii
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

AMPLITUDE: Final = 0.15  # of full scale
LENGTH_MS: Final = 40
LOW_HZ: Final = 1_200
HIGH_HZ: Final = 3_800
SLOT_MS: Final = 125
STEP_MS: Final = 2
SLOTS: Final = 8  # a word; one second
SECONDS: Final = 1 << 14

# Over noise the filter's score exceeds s with probability exp(-104 s²) (time times bandwidth is 104): at 0.3 once in two seconds of
# noise, which the code rejects; chirps scored 0.53 and more beneath speech of amplitude 0.3 through Opus at 16 kbit/s in our own runs.
THRESHOLD: Final = 0.3
FAINTEST: Final = 0.002  # amplitude below which nothing is a chirp: dither and codec noise in a silence
TOLERANCE_MS: Final = (
    0.6  # Opus at 16 kbit/s moved chirps by at most 0.13 ms beneath speech; leaves room for clocks 500 ppm apart
)
CONFIRMED: Final = 5  # chirps besides its word's that an anchor needs
LOST: Final = 8  # chirps missed on end, after which a run has ended

_BITS: Final = 42
_MASK: Final = (1 << _BITS) - 1
_SCRAMBLE: Final = 0x2_9E37_79B9_7F5
_UNSCRAMBLE: Final = pow(_SCRAMBLE, -1, 1 << _BITS)


class ChirpHeard(NamedTuple):
    """One chirp: whose, its start by its microphone's time and in the sound given, and how well it matched (0…1)."""

    device: int
    session: int
    device_ms: float
    at_ms: float
    score: float


class Chirps:
    """The mark sound of one microphone."""

    def __init__(self, device: int, session: int, rate: int = 16_000) -> None:
        if not (0 <= device < 16 and 0 <= session < 256):
            raise ValueError(f"device {device}, session {session} do not fit: a device is 0..15, a session 0..255")
        if rate < 8_000:
            raise ValueError(f"a rate of {rate} Hz can't carry chirps up to {HIGH_HZ} Hz: 8000 is the least")
        self.device, self.session, self.rate = device, session, rate
        up = AMPLITUDE * _sweep(rate)
        self._shapes = (up, np.ascontiguousarray(up[::-1]))

    def render(self, first_sample: int, count: int) -> NDArray[np.float32]:
        """The samples [first_sample, first_sample + count) of the microphone's own time, float32, full scale 1.

        Silence before 0 and after 4 h 33 min.
        """
        sound = np.zeros(count, np.float32)
        size = len(self._shapes[0])
        slot = max((first_sample - size) * 1_000 // (self.rate * SLOT_MS) - 1, 0)
        while slot < SECONDS * SLOTS:
            offset_ms, down = _word(self.device, self.session, slot // SLOTS)[slot % SLOTS]
            start = (slot * SLOT_MS + offset_ms) * self.rate // 1_000 - first_sample
            if start >= count:
                break
            if start + size > 0:
                begin, end = max(start, 0), min(start + size, count)
                sound[begin:end] = self._shapes[down][begin - start : end - start]
            slot += 1
        return sound


class ChirpFinder:
    """Locates chirps in a sound that comes in blocks of any size; holds a few seconds of sound and the peaks alone (about 10 kB a minute)."""

    _SECONDS: Final = 4.096

    def __init__(self, rate: int) -> None:
        if rate < 8_000:
            raise ValueError(f"a rate of {rate} Hz can't carry chirps up to {HIGH_HZ} Hz: 8000 is the least")
        self._rate = rate
        self._size = round(self._SECONDS * rate)
        self._bins = round(
            self._SECONDS * 4_000
        )  # 0…4 kHz: analytic signals are taken at 4000 complex samples a second
        self._filters, self._band, self._floor = _filters(rate, self._size, self._bins)
        # A block's last samples are heard again at the next one's start: a chirp's length, and what tells a peak from its flanks.
        self._overlap = rate * 2 * LENGTH_MS // 1_000
        self._pending: list[NDArray[np.float32]] = [np.zeros(self._overlap // 2, np.float32)]
        self._held = self._overlap // 2
        self._start = -(self._overlap // 2)  # sample number of the first held
        self._peaks: list[_Peak] = []

    def feed(self, sound: NDArray[np.float32]) -> None:
        """The next samples, mono, float32."""
        self._pending.append(sound)
        self._held += len(sound)
        while self._held >= self._size:
            held = np.concatenate(self._pending)
            self._search(held[: self._size])
            rest = held[self._size - self._overlap :]
            self._pending, self._held = [rest], len(rest)
            self._start += self._size - self._overlap

    def finish(self) -> list[ChirpHeard]:
        """Every chirp of the whole sound that belongs to a run that decodes, in the order of `at_ms`."""
        held = np.concatenate(self._pending)
        self._search(np.pad(held, (0, self._size - len(held))))
        return list(_decode(self._peaks))

    def _search(self, block: NDArray[np.float32]) -> None:
        spectrum = np.fft.rfft(block)[: self._bins]
        power = np.abs(np.fft.ifft(spectrum * self._band)) ** 2
        window = LENGTH_MS * 4
        total = np.concatenate([[0.0], np.cumsum(power)])
        energy = np.sqrt(np.maximum(total[window:] - total[:-window], self._floor))
        up, down = (np.abs(np.fft.ifft(spectrum * each))[: len(energy)] / energy for each in self._filters)
        score = np.maximum(up, down)
        # Peaks are looked for from half an overlap to half an overlap before the end, so that each stands in one block alone.
        margin = LENGTH_MS * 4 // 2
        candidates = np.flatnonzero(score >= THRESHOLD)
        offset = self._start * 1_000 / self._rate
        best = -1
        found: list[int] = []
        for index in candidates.tolist():
            if best >= 0 and index - best < margin:
                if score[index] > score[best]:
                    best = index
                    found[-1] = index
            else:
                best = index
                found.append(index)
        last = self._bins - window - margin
        for index in found:
            if margin <= index < last:
                shift = _vertex(score[index - 1 : index + 2])
                self._peaks.append(
                    _Peak(offset + (index + shift) / 4, bool(down[index] > up[index]), float(score[index]))
                )


def locate(sound: NDArray[np.float32], rate: int) -> list[ChirpHeard]:
    """Every decodable chirp of a mono sound at `rate` Hz (8000 or more), in order; `at_ms` counts from its first sample."""
    finder = ChirpFinder(rate)
    finder.feed(sound)
    return finder.finish()


class _Peak(NamedTuple):
    at_ms: float
    down: bool
    score: float


def _sweep(rate: int) -> NDArray[np.float32]:
    """A linear upward sweep of unit amplitude with raised-cosine ends of 5 ms."""
    time = np.arange(rate * LENGTH_MS // 1_000) / rate
    length = LENGTH_MS / 1_000
    phase = 2 * np.pi * (LOW_HZ + (HIGH_HZ - LOW_HZ) * time / (2 * length)) * time
    ends = np.clip(np.minimum(time, length - time) / 0.005, 0, 1)
    return (np.sin(phase) * (0.5 - 0.5 * np.cos(np.pi * ends))).astype(np.float32)


def _filters(
    rate: int, size: int, bins: int
) -> tuple[tuple[NDArray[np.complex64], NDArray[np.complex64]], NDArray[np.float32], float]:
    """Matched filters (up, down) and the band they see, over the bins 0…4 kHz, and the least energy that counts."""
    frequency = np.fft.rfftfreq(size, 1 / rate)[:bins]
    band = ((frequency > LOW_HZ - 100) & (frequency < HIGH_HZ + 100)).astype(np.float32)
    filters = []
    sweep = _sweep(rate)
    for shape in (sweep, sweep[::-1]):
        response = np.conj(np.fft.rfft(shape, size)[:bins]) * band
        # Scaled so that the chirp itself scores 1: its correlation over the root of its energy in the band.
        own = np.abs(np.fft.ifft(np.fft.rfft(shape, size)[:bins] * band))
        peak = np.abs(np.fft.ifft(np.fft.rfft(shape, size)[:bins] * response)).max()
        filters.append((response * (np.sqrt((own**2).sum()) / peak)).astype(np.complex64))
    floor = float((own**2).sum()) * FAINTEST**2
    return (filters[0], filters[1]), band, floor


def _vertex(three: NDArray[np.float64]) -> float:
    """Where between -0.5 and 0.5 the parabola through three neighbouring scores peaks."""
    before, here, after = map(float, three)
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))


def _scramble(word: int) -> int:
    word ^= word >> 21
    word = word * _SCRAMBLE & _MASK
    return word ^ word >> 21


def _unscramble(word: int) -> int:
    word ^= word >> 21
    word = word * _UNSCRAMBLE & _MASK
    return word ^ word >> 21


def _check(identity: int) -> int:
    return binascii.crc_hqx(identity.to_bytes(4), 0xFFFF)


@lru_cache(maxsize=256)
def _word(device: int, session: int, second: int) -> tuple[tuple[int, int], ...]:
    """Offset in its slot, ms, and direction (1: down) of the eight chirps of a second."""
    identity = device << 22 | session << 14 | second
    word = _scramble(identity << 16 | _check(identity))
    symbols = [word >> 6 * (SLOTS - 1 - slot) & 0x3F for slot in range(1, SLOTS)]
    return ((0, 0), *((STEP_MS * (symbol & 0x1F), symbol >> 5) for symbol in symbols))


def _decode(peaks: list[_Peak]) -> Iterator[ChirpHeard]:
    times = [peak.at_ms for peak in peaks]
    free = index = 0
    while index < len(peaks):
        anchor = None if peaks[index].down else _anchor(peaks, times, index)
        run = _follow(peaks, times, index, free, anchor) if anchor else []
        if len(run) >= SLOTS + CONFIRMED:
            yield from (heard for _, heard in run)
            free = index = run[-1][0] + 1
        else:
            index += 1


class _Anchor(NamedTuple):
    device: int
    session: int
    second: int


def _anchor(peaks: list[_Peak], times: list[float], index: int) -> _Anchor | None:
    """The word whose reference the peak is, if there is one whose check holds."""
    word = 0
    for slot in range(1, SLOTS):
        base = times[index] + slot * SLOT_MS
        first = bisect_left(times, base - TOLERANCE_MS)
        last = bisect_left(times, base + STEP_MS * 31 + TOLERANCE_MS)
        if first == last:
            return None
        best = max(peaks[first:last], key=lambda peak: peak.score)
        step = round((best.at_ms - base) / STEP_MS)
        if abs(best.at_ms - base - step * STEP_MS) > TOLERANCE_MS:
            return None
        word = word << 6 | best.down << 5 | step
    word = _unscramble(word)
    identity = word >> 16
    if _check(identity) != word & 0xFFFF:
        return None
    return _Anchor(identity >> 22, identity >> 14 & 0xFF, identity & SECONDS - 1)


def _follow(
    peaks: list[_Peak], times: list[float], index: int, free: int, anchor: _Anchor
) -> list[tuple[int, ChirpHeard]]:
    """The chirps of the anchor's microphone around the peak `index`, none before the peak `free`, each where the code puts it."""
    slot = anchor.second * SLOTS
    before = list(_walk(peaks, times, anchor, slot - 1, -1, times[index] - slot * SLOT_MS, free))
    after = list(_walk(peaks, times, anchor, slot, 1, times[index] - slot * SLOT_MS, free))
    return [(at, heard) for _, at, heard in [*reversed(_trim(before)), *_trim(after)]]


def _walk(  # noqa: PLR0917 (private; called twice, side by side)
    peaks: list[_Peak], times: list[float], anchor: _Anchor, slot: int, step: int, lag: float, free: int
) -> Iterator[tuple[int, int, ChirpHeard]]:
    """Follow a run slot by slot until `LOST` in a row are missing; `lag` (heard minus device time) follows the clocks' drift."""
    missed = 0
    while missed < LOST and 0 <= slot < SECONDS * SLOTS:
        offset, down = _word(anchor.device, anchor.session, slot // SLOTS)[slot % SLOTS]
        device_ms = float(slot * SLOT_MS + offset)
        due = device_ms + lag
        at = bisect_left(times, due - TOLERANCE_MS, free)
        missed += 1
        if at < len(times) and times[at] <= due + TOLERANCE_MS and peaks[at].down == down:
            missed = 0
            lag += (times[at] - due) / 4
            yield slot, at, ChirpHeard(anchor.device, anchor.session, device_ms, times[at], peaks[at].score)
        slot += step


def _trim(run: list[tuple[int, int, ChirpHeard]]) -> list[tuple[int, int, ChirpHeard]]:
    """Drop chirps at the far end that may be chance: the last one stands only with two others within the three slots before it."""
    while len(run) >= 3 and abs(run[-1][0] - run[-3][0]) > 3:
        run.pop()
    return run
