"""Finds spoken phrases in a sound by correlation with the very clips that were injected.

Laws: only 150–1150 Hz is compared, where speech has most of its energy and the chirps have none; a phrase is `whole` only if each part of 60 ms
of its clip that carries sound correlates at its own place, so that one cut off at either end is not. A few seconds of sound are held.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.inspection.decoder import SOUND_RATE

RATE: Final = 4_000  # what is compared
_RATIO: Final = SOUND_RATE // RATE
BAND_HZ: Final = (150.0, 1_150.0)

# A clip correlated 0.8–0.95 at its place through Opus at 16 kbit/s, other speech 0.1 at most; a phrase cut to a quarter of its energy gives 0.5.
FOUND: Final = 0.35
PART_MS: Final = 60
PART_HEARD: Final = 0.5
PART_SILENT: Final = 0.02  # of the loudest part's energy: a pause says nothing about being whole
FAINTEST: Final = 1e-3  # root mean square of a sound below which it is silence

Sound = NDArray[np.float32]


class PhraseHeard(NamedTuple):
    """One place where a clip was found."""

    text: str
    at: float  # seconds of the sound fed
    length: float  # of the clip, seconds
    score: float  # correlation, 0…1
    whole: bool  # nothing is cut off


class PhraseFinder:
    """Searches a sound for clips (at most a minute each, by their text), all mono at `SOUND_RATE`."""

    def __init__(self, clips: Mapping[str, Sound]) -> None:
        self._clips = {text: _narrowed(clip, room=RATE // 10) for text, clip in clips.items() if len(clip)}
        longest = max((len(clip) for clip in self._clips.values()), default=1)
        self._overlap = (longest + 1) * _RATIO
        self._size = 1 << (4 * self._overlap - 1).bit_length()
        self._spectra = {text: np.conj(np.fft.rfft(clip, self._size // _RATIO)) for text, clip in self._clips.items()}
        # Silence before the first sample, so that a phrase whose start was cut off is found as well.
        self._pending: list[Sound] = [np.zeros(self._overlap, np.float32)] if self._clips else []
        self._held = self._overlap
        self._start = -self._overlap
        self._found: list[PhraseHeard] = []

    def feed(self, sound: Sound) -> None:
        """The next samples, mono, at `SOUND_RATE`."""
        if not self._clips:
            return
        self._pending.append(sound)
        self._held += len(sound)
        while self._held >= self._size:
            held = np.concatenate(self._pending)
            self._search(held[: self._size])
            rest = held[self._size - self._overlap :]
            self._pending, self._held = [rest], len(rest)
            self._start += self._size - self._overlap

    def finish(self) -> list[PhraseHeard]:
        """Every phrase of the whole sound, in order; of two places closer than half a clip the better one."""
        if not self._clips:
            return []
        self.feed(np.zeros(self._overlap, np.float32))
        held = np.concatenate(self._pending)
        self._search(np.pad(held, (0, self._size - len(held))))
        kept: list[PhraseHeard] = []
        for heard in sorted(self._found, key=lambda each: -each.score):
            if all(other.text != heard.text or abs(other.at - heard.at) > heard.length / 2 for other in kept):
                kept.append(heard)
        return sorted(kept, key=lambda each: each.at)

    def _search(self, block: Sound) -> None:
        narrow = _narrowed(block)
        spectrum = np.fft.rfft(narrow)
        power = np.concatenate([[0.0], np.cumsum(narrow.astype(np.float64) ** 2)])
        places = (self._size - self._overlap) // _RATIO
        for text, clip in self._clips.items():
            energy = power[len(clip) : len(clip) + places] - power[:places]
            floor = len(clip) * FAINTEST**2
            own = float(np.linalg.norm(clip))
            match = np.fft.irfft(spectrum * self._spectra[text])[:places]
            score = match / (own * np.sqrt(np.maximum(energy, floor)))
            while (best := int(score.argmax())) >= 0 and score[best] >= FOUND:
                at = self._start / SOUND_RATE + best / RATE
                whole = _whole(narrow[best : best + len(clip)], clip)
                self._found.append(PhraseHeard(text, at, len(clip) / RATE, float(score[best]), whole))
                score[max(0, best - len(clip) // 2) : best + len(clip) // 2 + 1] = 0


def _narrowed(sound: Sound, room: int = 0) -> Sound:
    """The sound's band that is compared, at `RATE`, its length rounded up to a sample; `room` lets the filter ring out, not round the ends."""
    size = -(-len(sound) // _RATIO)
    padded = size + room
    padded += padded % 2
    spectrum = np.fft.rfft(sound, padded * _RATIO)[: padded // 2 + 1]
    frequency = np.arange(len(spectrum)) * (RATE / padded)
    low, high = BAND_HZ
    # Edges 100 Hz wide: steeper ones ring, and spread a phrase over its neighbours.
    spectrum *= np.clip(np.minimum(frequency - low, high - frequency) / 100 + 0.5, 0, 1)
    return (np.fft.irfft(spectrum, padded)[:size] / _RATIO).astype(np.float32)


def _whole(heard: Sound, clip: Sound) -> bool:
    """Whether every part of the clip that carries sound is heard at its place, give or take 1 ms.

    Heard is what is there as loud as the whole clip is, or half as loud: other speech on top hides nothing, a hole is a hole.
    """
    loudness = float(heard @ clip[: len(heard)]) / float(clip @ clip)
    size = RATE * PART_MS // 1_000
    slack = RATE // 1_000
    starts = [*range(0, len(clip) - size, size), max(0, len(clip) - size)]
    energies = [float((clip[at : at + size] ** 2).sum()) for at in starts]
    for at, energy in zip(starts, energies, strict=True):
        if energy < PART_SILENT * max(energies):
            continue
        part = clip[at : at + size]
        around = heard[max(0, at - slack) : at + size + slack]
        if len(around) < len(part):
            return False
        if float(np.correlate(around, part, "valid").max()) < PART_HEARD * loudness * energy:
            return False
    return True
