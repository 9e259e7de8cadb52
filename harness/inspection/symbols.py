"""Which printed symbols (sheet, drawing, yaw marks) were legible in a recording, and when.

Looking costs far more than reading a strip, so only pictures that show a new frame are looked at, and two a second while nothing is there: a
sheet is held for three seconds. While something is, every one is looked at: the marks of a pan come one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from harness.core.footage import MarkClock, Symbol
from virtual_devices.timecode import Mark, Reading, strip_height

PERIOD_MS: Final = 550.0
ROWS: Final = (
    180  # symbols are printed to be legible at so many rows; a larger picture is looked at through every n-th pixel
)
HELD_MS: Final = 1_500  # a symbol that is seen again within that time was there all along


class LegibleSymbol(Protocol):
    """What a reader finds."""

    @property
    def text(self) -> str:
        """The symbol's name."""
        ...


SymbolReader = Callable[[NDArray[np.uint8]], Sequence[LegibleSymbol]]


class _Sighting(NamedTuple):
    text: str
    mark: Mark


class SymbolTrack:
    """Takes the pictures one by one, with what their strips said."""

    def __init__(self, reader: SymbolReader) -> None:
        self._reader = reader
        self._looked = -PERIOD_MS
        self._legible = False  # the last look found something
        self._mark: Mark | None = None
        self._sightings: list[_Sighting] = []

    def look(self, media_ms: float, luma: NDArray[np.uint8], reading: Reading) -> None:
        """Look for symbols, where the picture (luma: H, W) is due; a mirrored one is turned the right way round first."""
        mark = reading.mark
        if mark is None or mark == self._mark or (not self._legible and 0 <= media_ms - self._looked < PERIOD_MS):
            return
        self._looked, self._mark = media_ms, mark
        height = len(luma)
        margin, step = strip_height(height), max(1, height // ROWS)
        scene = luma[margin : height - margin : step, ::step]
        scene = np.ascontiguousarray(scene[:, ::-1] if reading.mirrored else scene)
        found = self._reader(scene)
        self._legible = bool(found)
        self._sightings.extend(_Sighting(symbol.text, mark) for symbol in found)

    def found(self, clock: MarkClock) -> tuple[Symbol, ...]:
        """Each symbol with the source time from its first to its last sighting, in order of appearance."""
        open_spans: dict[str, Symbol] = {}
        spans: list[Symbol] = []
        for text, mark in self._sightings:
            at_ms = clock.frame_ms(*mark)
            if at_ms is None:
                continue
            span = open_spans.get(text)
            if span is not None and 0 <= at_ms - span.to_ms <= HELD_MS:
                open_spans[text] = Symbol(text=text, from_ms=span.from_ms, to_ms=at_ms, frames=span.frames + 1)
            else:
                if span is not None:
                    spans.append(span)
                open_spans[text] = Symbol(text=text, from_ms=at_ms, to_ms=at_ms, frames=1)
        return tuple(sorted([*spans, *open_spans.values()], key=lambda each: (each.from_ms, each.text)))
