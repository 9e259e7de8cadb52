"""What the pictures of a recording show: which frames of which device, in which order, and what is missing.

While a recording plays, 20 bytes a picture are kept (90 minutes at 30 pictures a second: 3 MB); everything else is worked out at its end, over
all its segments. Source time is the clock's; a mark that the clock doesn't know is foreign, and no part of the recording's time.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core.footage import GAP_FLOOR_MS, SPAN_BREAK_MS, FrameCounts, Gap, MarkClock, Seen
from virtual_devices import timecode

_BLEND: Final = -1
_ABSENT: Final = -2
_STRETCH_MS: Final = 2_000.0


class PictureTrack:
    """Takes the pictures one by one."""

    def __init__(self) -> None:
        self.media_ms = array("d")
        self.codes = array("q")  # device, session and frame in one number, or why there is none
        self.segments = array("i")
        self.segment = 0
        self._mirrored = 0
        self._straight = 0

    def look(self, media_ms: float, luma: NDArray[np.uint8]) -> timecode.Reading:
        """Read the next picture's strips (luma: H, W)."""
        reading = timecode.read(luma)
        mark = reading.mark
        if mark is not None:
            code = mark.device << 40 | mark.session << 32 | mark.frame
            self._mirrored += reading.mirrored
            self._straight += not reading.mirrored
        else:
            code = _BLEND if reading.state == "blend" else _ABSENT
        self.media_ms.append(media_ms)
        self.codes.append(code)
        self.segments.append(self.segment)
        return reading

    @property
    def mirrored(self) -> bool | None:
        """Whether most of the marks that were read are mirrored; None where none was."""
        return self._mirrored > self._straight if self._mirrored or self._straight else None

    def rates(self) -> dict[int, float]:
        """Frames a second of each device: how its frame numbers grow over stretches of 2 s of the recording's own clock, in the median.

        Drops, repeats and freezes move a stretch or two, not the median. A rate near a whole number is that number.
        """
        codes, media_ms = np.array(self.codes), np.array(self.media_ms)
        places = np.array(self.segments, np.int64) << 48 | codes >> 32  # pictures that count on from each other
        rates: dict[int, list[NDArray[np.float64]]] = defaultdict(list)
        for place in np.unique(places[codes >= 0]):
            chosen = np.flatnonzero((places == place) & (codes >= 0))
            frames, at = codes[chosen] & 0xFFFF_FFFF, media_ms[chosen]
            later = np.minimum(np.searchsorted(at, at + _STRETCH_MS), len(at) - 1)
            spent = at[later] - at
            enough = spent >= min(_STRETCH_MS, (at[-1] - at[0]) / 2)
            enough &= spent > 0
            rates[int(place) >> 8 & 0xF].append((frames[later] - frames)[enough] * 1_000 / spent[enough])
        medians = {
            device: float(np.median(np.concatenate(each))) for device, each in rates.items() if sum(map(len, each))
        }
        near = {
            device: round(rate) if abs(rate - round(rate)) < 0.05 * rate else rate for device, rate in medians.items()
        }
        return {device: rate for device, rate in near.items() if rate > 0}


class Frame(NamedTuple):
    """One picture whose frame is ours and was not shown just before."""

    device: int
    session: int
    frame: int
    source_ms: int
    media_ms: float
    segment: int


class Shown(NamedTuple):
    """What a whole picture track shows."""

    counts: FrameCounts
    frames: list[Frame]
    seen: tuple[Seen, ...]
    gaps: tuple[Gap, ...]
    out_of_order: int


def judge(track: PictureTrack, clock: MarkClock) -> Shown:
    """Work out what the track shows, by the clock's source time."""
    tally = {"read": 0, "repeat": 0, "skip": 0, "blend": 0, "absent": 0, "foreign": 0}
    frames: list[Frame] = []
    held = None  # the code of the last mark that was ours
    unreadable = 0  # pictures since
    for code, media_ms, segment in zip(track.codes, track.media_ms, track.segments, strict=True):
        if code < 0:
            tally["blend" if code == _BLEND else "absent"] += 1
            unreadable += 1
            continue
        if code == held:
            tally["repeat"] += 1
            continue
        device, session, frame = code >> 40, code >> 32 & 0xFF, code & 0xFFFF_FFFF
        source_ms = clock.frame_ms(device, session, frame)
        if source_ms is None:
            tally["foreign"] += 1
            unreadable += 1
            continue
        if held is not None and held >> 32 == code >> 32 and code > held:
            tally["skip"] += max(0, code - held - 1 - unreadable)
        tally["read"] += 1
        frames.append(Frame(device, session, frame, source_ms, media_ms, segment))
        held, unreadable = code, 0
    back = sum(later.source_ms < before.source_ms for before, later in pairwise(frames))
    return Shown(FrameCounts(**tally), frames, _seen(frames), gaps([frame.source_ms for frame in frames]), back)


def gaps(times: list[int], floor_ms: int = GAP_FLOOR_MS, length_ms: int = 0) -> tuple[Gap, ...]:
    """The holes above `floor_ms` in a set of source times, each of which stands for `length_ms`; the order of the times is no matter."""
    return tuple(
        Gap(from_ms=before + length_ms, to_ms=later)
        for before, later in pairwise(sorted(times))
        if later - before - length_ms > floor_ms
    )


def _seen(frames: list[Frame]) -> tuple[Seen, ...]:
    spans: list[list[Frame]] = []
    for frame in frames:
        last = spans[-1][-1] if spans else None
        if (
            last is None
            or (last.device, last.session) != (frame.device, frame.session)
            or not 0 <= frame.source_ms - last.source_ms <= SPAN_BREAK_MS
        ):
            spans.append([])
        spans[-1].append(frame)
    return tuple(
        Seen(
            device=span[0].device,
            session=span[0].session,
            first=span[0].frame,
            last=span[-1].frame,
            from_ms=span[0].source_ms,
            to_ms=span[-1].source_ms,
            media_ms=span[0].media_ms,
        )
        for span in spans
    )
