"""The pictures of one run, for people: what each page and each kind of alert looked like as it came, and a strip of every recording.

Nothing is judged by them, and nothing is done about them before the run is over but keeping them: their work is other cores' then. Called by the
real world; the strips are made in the process that inspects.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from harness.core.events import Recorded
from harness.core.footage import MarkClock
from harness.core.platform import HeldSegment
from harness.core.record import FilmStrip, Instant, Shot
from harness.core.view import AlertCode, Role, Stream
from harness.drivers.web.window import Seen
from harness.inspection import CameraPictures
from harness.inspection.strip import strip

LONGER_SIDE: Final = 342  # px of a page's picture: a quarter of the laptop's window
QUALITY: Final = 60
MOST_SHOTS: Final = 60  # of one run; a page that flickers gets no more


class Shots:
    """What the pages of one run looked like, kept as it was told."""

    def __init__(self) -> None:
        self._seen: list[tuple[Role, int, Seen]] = []
        self._alerts: set[tuple[Role, AlertCode]] = set()

    def keep(self, role: Role, at_ms: int, seen: Seen) -> None:
        """At that exam time; a kind of alert once a role, whichever of a restarted client's browsers showed it."""
        new = tuple(code for code in seen.alerts if (role, code) not in self._alerts)
        if (new or seen.came) and len(self._seen) < MOST_SHOTS:
            self._alerts |= {(role, code) for code in new}
            self._seen.append((role, at_ms, seen._replace(alerts=new)))

    def made(self) -> tuple[Shot, ...]:
        """All of them in the size in which they are kept; takes about 6 ms each."""
        found = (shot(role, at, seen) for role, at, seen in self._seen)
        return tuple(each for each in found if each is not None)


def shot(role: Role, at_ms: int, seen: Seen) -> Shot | None:
    """A page's picture in the size in which it is kept; None for what is no JPEG."""
    picture = cv2.imdecode(np.frombuffer(seen.picture, np.uint8), cv2.IMREAD_COLOR) if seen.picture else None
    if picture is None:
        return None
    height, width = picture.shape[:2]
    scale = LONGER_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return Shot(role=role, page=seen.page, at_ms=at_ms, jpeg=bytes(data), alerts=seen.alerts) if done else None


def strips(
    segments: Sequence[HeldSegment], found: Sequence[Recorded], clock: MarkClock, pictures: CameraPictures
) -> tuple[FilmStrip, ...]:
    """One for each recording in which marks were seen. What a display showed is the page's, so nothing is drawn beside its recording."""
    ordered = sorted(segments, key=lambda held: (held.stream, held.segment))
    paths = {stream: [Path(each.path) for each in held] for stream, held in groupby(ordered, lambda held: held.stream)}
    made = []
    for each in found:
        first, last = each.footage.first_ms, each.footage.last_ms
        if first is None or last is None:
            continue
        beside = None if each.stream is Stream.SCREEN else pictures
        sheet = strip(paths.get(each.stream, []), clock, beside, first, last)
        if sheet is not None:
            instants = tuple(Instant(device=device, at_ms=at) for device, at in sheet.instants)
            made.append(FilmStrip(stream=each.stream, instants=instants, paired=beside is not None, jpeg=sheet.jpeg))
    return tuple(made)
