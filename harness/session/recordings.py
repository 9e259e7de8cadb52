"""What the service holds of a run, inspected: one `Recorded` event a stream. The last thing that a session does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core.events import Recorded
from harness.core.footage import MarkClock
from harness.core.platform import HeldSegment
from harness.core.view import Stream
from harness.inspection import CameraPictures, inspect
from harness.session.interview import TEACHING
from virtual_devices import speech


@lru_cache(maxsize=1)
def clips() -> dict[str, NDArray[np.float32]]:
    """The phrases that inspection listens for, by text."""
    return {text: speech.clip(text) for text in (speech.LESSON_END, speech.PRESENTATION, TEACHING)}


def recorded(
    segments: Sequence[HeldSegment], clock: MarkClock, pictures: CameraPictures, persons: Sequence[str]
) -> list[Recorded]:
    """One event's data a stream: all its segments in order, what was declared of them, and what they show.

    Pictures of a camera of the laptop are compared with what the camera delivered.
    """
    ordered = sorted(segments, key=lambda held: (held.stream, held.segment))
    found = []
    for stream, group in groupby(ordered, key=lambda held: held.stream):
        parts = list(group)
        declared = [part.declared for part in parts]
        found.append(
            Recorded(
                stream=stream,
                segments=len(parts),
                length=sum(part.length for part in parts),
                declared=None if None in declared else sum(length for length in declared if length is not None),
                intact=all(part.declared_sha256 is not None and part.sha256 == part.declared_sha256 for part in parts),
                footage=inspect(
                    [Path(part.path) for part in parts],
                    clock=clock,
                    clips=clips(),
                    persons=persons,
                    pictures_of=pictures if stream is Stream.CAMERA else None,
                ),
            )
        )
    return found
