"""What the sound of a recording shows: which microphone, when, where it is silent, and which phrases were spoken.

Each segment is searched on its own while it plays; chirps and phrases alone are kept. The sound's place in media time is that of the
segment's own timestamps; where they jump, the map from samples to media time has a step, so a hole in the sound shifts nothing behind it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core.footage import GAP_FLOOR_MS, SPAN_BREAK_MS, Gap, Heard, MarkClock
from harness.inspection.decoder import SOUND_RATE, Sound
from harness.inspection.phrases import PhraseFinder, PhraseHeard
from harness.inspection.pictures import gaps
from virtual_devices.chirps import LENGTH_MS, SLOT_MS, STEP_MS, ChirpFinder, ChirpHeard

# The longest time between the starts of two chirps: one slot and the most that positions can differ.
CHIRP_SPACING_MS: Final = SLOT_MS + 31 * STEP_MS


class Chirp(NamedTuple):
    """One chirp of a microphone of ours."""

    device: int
    session: int
    source_ms: float
    media_ms: float
    segment: int


class Spoken(NamedTuple):
    """One phrase, by media time."""

    heard: PhraseHeard
    media_ms: float
    segment: int


class SoundTrack:
    """Takes the sound of one segment."""

    def __init__(self, segment: int, clips: Mapping[str, NDArray[np.float32]]) -> None:
        self._segment = segment
        self._chirps = ChirpFinder(SOUND_RATE)
        self._phrases = PhraseFinder(clips)
        self._samples = 0
        self._steps: list[tuple[float, float]] = []  # (ms of sound, media ms) from which the map holds

    def hear(self, sound: Sound) -> None:
        """The next stretch."""
        own = self._samples * 1_000 / SOUND_RATE
        if not self._steps or abs(self._media_ms(own) - sound.media_ms) > 5:
            self._steps.append((own, sound.media_ms))
        self._chirps.feed(sound.samples)
        self._phrases.feed(sound.samples)
        self._samples += len(sound.samples)

    def finish(self) -> tuple[list[tuple[ChirpHeard, float]], list[Spoken]]:
        """The chirps with their media times, and the phrases."""
        if not self._steps:
            return [], []
        chirps = [(chirp, self._media_ms(chirp.at_ms)) for chirp in self._chirps.finish()]
        phrases = [Spoken(each, self._media_ms(each.at * 1_000), self._segment) for each in self._phrases.finish()]
        return chirps, phrases

    def _media_ms(self, own_ms: float) -> float:
        at = max(0, bisect_right(self._steps, own_ms, key=lambda step: step[0]) - 1)
        return self._steps[at][1] + own_ms - self._steps[at][0]


def timed(found: list[tuple[ChirpHeard, float]], segment: int, clock: MarkClock) -> list[Chirp]:
    """Those of the chirps that are ours, with their source times."""
    return [
        Chirp(chirp.device, chirp.session, source_ms, media_ms, segment)
        for chirp, media_ms in found
        if (source_ms := clock.sound_ms(chirp.device, chirp.session, chirp.device_ms)) is not None
    ]


def spans(chirps: list[Chirp]) -> tuple[Heard, ...]:
    """The microphones heard, in the recording's order."""
    runs: list[list[Chirp]] = [[chirp] for chirp in chirps[:1]]
    for before, chirp in pairwise(chirps):
        same = (before.device, before.session) == (chirp.device, chirp.session)
        if not (same and 0 <= chirp.source_ms - before.source_ms <= SPAN_BREAK_MS + CHIRP_SPACING_MS):
            runs.append([])
        runs[-1].append(chirp)
    return tuple(
        Heard(
            device=run[0].device,
            session=run[0].session,
            from_ms=round(run[0].source_ms),
            to_ms=round(run[-1].source_ms) + LENGTH_MS,
            chirps=len(run),
            media_ms=run[0].media_ms,
        )
        for run in runs
    )


def silences(chirps: list[Chirp]) -> tuple[Gap, ...]:
    """Source time without sound: more than one chirp is missing on end, for what hides a single one is as often a cough as a cut."""
    return gaps([round(chirp.source_ms) for chirp in chirps], GAP_FLOOR_MS + CHIRP_SPACING_MS - LENGTH_MS, LENGTH_MS)
