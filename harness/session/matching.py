"""Face matching for rehearsals: the still must be a picture of this run's own camera.

A real platform compares faces. Here the mark in the picture says which camera of which run took it, so that a still from another
place is refused; which faces match is for the script to say (`refuse-face`).
"""

from __future__ import annotations

from harness.core.platform import Entrant
from harness.inspection import read_still


class MarkedFaces:
    """`session` is the one in the marks of this run's devices."""

    def __init__(self, session: int) -> None:
        self._session = session

    def match(self, still: bytes, entrant: Entrant) -> str | None:
        """None where the still is of this run's camera, `mismatch` otherwise."""
        del entrant  # who it is makes no difference here: one candidate a run
        reading = read_still(still)
        if reading is None or reading.mark is None or reading.mark.session != self._session:
            return "mismatch"
        return None


class AnyMarkedFace:
    """For a service that many runs share: the still must be of some virtual camera, by its mark."""

    def match(self, still: bytes, entrant: Entrant) -> str | None:
        """None where the still carries a mark, `mismatch` otherwise."""
        del entrant
        reading = read_still(still)
        return None if reading is not None and reading.mark is not None else "mismatch"
