"""What the service holds of a run, inspected: one `Recorded` event a stream. The last thing that a session does.

Laws: what a recording shows depends on its bytes, the devices that were before it and whom it may not name, and on nothing else (its files'
names are the service's own, made of random digits); so where the same code has looked at the same before, it need not look again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.core.events import Recorded
from harness.core.footage import Footage, MarkClock
from harness.core.platform import HeldSegment
from harness.core.view import Stream
from harness.inspection import CameraPictures, inspect
from harness.session.interview import TEACHING
from virtual_devices import speech


@lru_cache(maxsize=1)
def clips() -> dict[str, NDArray[np.float32]]:
    """The phrases that inspection listens for, by text."""
    return {text: speech.clip(text) for text in (speech.LESSON_END, speech.PRESENTATION, TEACHING)}


class FootageStore:
    """Footage by all that it was made from, in a folder that several processes of the same code share; without a folder nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def of(self, paths: Sequence[Path], made_from: object, look: Callable[[], Footage]) -> Footage:
        """What these files show: as it was found before, or by looking. `made_from`: whatever else it depends on, for msgspec to encode."""
        if self._folder is None:
            return look()
        sha = hashlib.sha256(msgspec.json.encode(msgspec.to_builtins(made_from, str_keys=True, order="deterministic")))
        for path in paths:
            content = path.read_bytes()
            sha.update(f"\0{len(content)}\0".encode() + content)
        file = self._folder / f"{sha.hexdigest()}.json"
        try:
            return msgspec.json.decode(file.read_bytes(), type=Footage)
        except (OSError, msgspec.DecodeError):
            footage = look()
        own = file.with_suffix(f".{os.getpid()}")  # whole or not at all: others may be reading
        own.write_bytes(msgspec.json.encode(footage))
        own.replace(file)
        return footage


NO_FOOTAGE: Final = FootageStore()


def recorded(
    segments: Sequence[HeldSegment],
    clock: MarkClock,
    pictures: CameraPictures,
    persons: Sequence[str],
    store: FootageStore = NO_FOOTAGE,
) -> list[Recorded]:
    """One event's data a stream: all its segments in order, what was declared of them, and what they show.

    Pictures of a camera of the laptop are compared with what the camera delivered.
    """
    ordered = sorted(segments, key=lambda held: (held.stream, held.segment))
    found = []
    for stream, group in groupby(ordered, key=lambda held: held.stream):
        parts = list(group)
        declared = [part.declared for part in parts]
        paths = [Path(part.path) for part in parts]
        delivered = pictures if stream is Stream.CAMERA else None
        found.append(
            Recorded(
                stream=stream,
                segments=len(parts),
                length=sum(part.length for part in parts),
                declared=None if None in declared else sum(length for length in declared if length is not None),
                intact=all(part.declared_sha256 is not None and part.sha256 == part.declared_sha256 for part in parts),
                footage=store.of(
                    paths,
                    (clock, delivered, tuple(persons)),
                    partial(inspect, paths, clock=clock, clips=clips(), persons=persons, pictures_of=delivered),
                ),
            )
        )
    return found
