"""What a camera sees when: an ordered, frozen list of scenes on the device's own time.

A programme is a value. A script writes one beforehand; what the candidate does in the course of a scenario gives a new one, which the
camera takes from its next frame on.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

from harness.core.errors import VivaError


class Showing(NamedTuple):
    """From `from_ms` of the device's time on, the camera sees `scene`; `lasts_ms` is how long a pan takes."""

    from_ms: int
    scene: str
    lasts_ms: int = 8_000


class Programme(NamedTuple):
    """Showings in order of time; the first begins at or before 0. Make one with `programme()`."""

    showings: tuple[Showing, ...]

    def at(self, at_ms: int) -> Showing:
        """What is shown at that time."""
        return self.showings[max(0, bisect_right(self.showings, at_ms, key=lambda showing: showing.from_ms) - 1)]

    def then(self, from_ms: int, scene: str, lasts_ms: int = 8_000) -> Programme:
        """The same, but for `scene` from `from_ms` on; what was to come after that is dropped."""
        kept = tuple(showing for showing in self.showings if showing.from_ms < from_ms)
        return Programme((*kept, Showing(from_ms, scene, lasts_ms)))

    def during(self, from_ms: int, until_ms: int, scene: str) -> Programme:
        """The same, but for `scene` within [from_ms, until_ms); a pan takes just that long."""
        if until_ms <= from_ms:
            raise VivaError(f"scene {scene!r} must end after it begins at {from_ms} ms, not at {until_ms} ms")
        resumed = self.at(until_ms)._replace(from_ms=until_ms)
        before = tuple(showing for showing in self.showings if showing.from_ms < from_ms)
        after = tuple(showing for showing in self.showings if showing.from_ms > until_ms)
        return Programme((*before, Showing(from_ms, scene, until_ms - from_ms), resumed, *after))


def programme(*showings: Showing) -> Programme:
    """A programme of these, given in order of time. Raises `VivaError` where they are not, or where none is for the beginning."""
    if not showings or showings[0].from_ms > 0:
        raise VivaError("a programme must say what the camera sees at 0 ms: add a scene from 0 on")
    for earlier, later in pairwise(showings):
        if later.from_ms <= earlier.from_ms:
            raise VivaError(
                f"scene {later.scene!r} at {later.from_ms} ms must come after {earlier.scene!r} at {earlier.from_ms} ms"
            )
    return Programme(showings)


def always(scene: str) -> Programme:
    """The same scene from beginning to end."""
    return Programme((Showing(0, scene),))
