"""The pan of the model: the candidate turns once around with the phone, and one yaw mark after the other passes through the picture.

Law: each mark is whole in the picture for the same share of the pan, the first from its beginning, the last to its end. What the camera
delivered (`world`) and what a recording of it shows (`recordings`) are both read off `passing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

SCENE: Final = "panorama"
YAWS: Final = tuple(f"yaw-{degrees:03d}" for degrees in range(0, 360, 15))  # a mark every 15°
_SHARE: Final = 6  # a mark is in the picture for a sixth of the pan: 60° of the wall


class Passing(NamedTuple):
    """A mark is whole in the picture from `from_ms` to `to_ms`."""

    symbol: str
    from_ms: int
    to_ms: int


def passing(from_ms: int, to_ms: int) -> Iterator[Passing]:
    """The marks of a pan of that time, in order."""
    whole = (to_ms - from_ms) // _SHARE
    for number, yaw in enumerate(YAWS):
        start = from_ms + (to_ms - from_ms - whole) * number // (len(YAWS) - 1)
        yield Passing(yaw, start, start + whole)
