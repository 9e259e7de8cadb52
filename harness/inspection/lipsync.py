"""How far sound and picture are apart in a recording: source time against source time at equal media time (ITU-R BT.1359).

Positive: the sound lags, it is older than the picture beside it. A picture counts at the instant it appears, repeats do not; a chirp stands for
the sound around it. Offsets of single pictures carry the recorder's jitter, so the worst and the drift are taken of medians over a second.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from harness.inspection.pictures import Frame
from harness.inspection.sounds import Chirp

REACH_MS: Final = 500  # how far from a picture the nearest chirp may be
WINDOW_MS: Final = 1_000
LEAST_DRIFT_MS: Final = 10_000  # of recording, for a drift to mean something


class Offset(NamedTuple):
    """Sound against picture, ms; None where there is too little of either."""

    median_ms: float | None
    worst_ms: float | None
    drift_ms_per_min: float | None


def offset(frames: list[Frame], chirps: list[Chirp]) -> Offset:
    """Compare what was seen with what was heard, segment by segment."""
    pairs = [_offsets(frames, chirps, segment) for segment in sorted({chirp.segment for chirp in chirps})]
    if not pairs:
        return Offset(None, None, None)
    times, offsets = (np.concatenate(each) for each in zip(*pairs, strict=True))
    if not len(offsets):
        return Offset(None, None, None)
    windows = np.floor(times / WINDOW_MS)
    order = np.argsort(windows, kind="stable")
    starts = np.flatnonzero(np.diff(windows[order], prepend=np.nan))
    medians = np.array([np.median(part) for part in np.split(offsets[order], starts[1:])])
    centres = np.array([np.median(part) for part in np.split(times[order], starts[1:])])
    worst = float(medians[np.abs(medians).argmax()])
    drift = None
    if centres[-1] - centres[0] >= LEAST_DRIFT_MS:
        drift = round(float(np.polyfit(centres / 60_000, medians, 1)[0]), 2)
    return Offset(round(float(np.median(offsets)), 1), round(worst, 1), drift)


def _offsets(frames: list[Frame], chirps: list[Chirp], segment: int) -> tuple[np.ndarray, np.ndarray]:
    """(source ms, offset ms) of each picture of a segment that has a chirp near."""
    seen = np.array([(frame.media_ms, frame.source_ms) for frame in frames if frame.segment == segment]).reshape(-1, 2)
    heard = np.array([(chirp.media_ms, chirp.source_ms) for chirp in chirps if chirp.segment == segment]).reshape(-1, 2)
    after = np.clip(np.searchsorted(heard[:, 0], seen[:, 0]), 1, max(1, len(heard) - 1))
    before = after - 1
    after = np.minimum(after, len(heard) - 1)
    nearer = np.abs(heard[before, 0] - seen[:, 0]) <= np.abs(heard[after, 0] - seen[:, 0])
    nearest = heard[np.where(nearer, before, after)]
    distance = seen[:, 0] - nearest[:, 0]
    near = np.abs(distance) <= REACH_MS
    return seen[near, 1], (seen[:, 1] - nearest[:, 1] - distance)[near]
