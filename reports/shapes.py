"""The shapes that a timeline's picture is made of: plain geometry in units of its viewBox, and the scale from exam time to x.

Values only; lanes and picture make them, a template draws them.
"""

from __future__ import annotations

from typing import Final

import msgspec

from reports.words import Words

WIDTH: Final = 1180.0
LEFT: Final = 112.0  # the lanes' names
RIGHT: Final = 14.0
LABEL: Final = 10.5  # font size


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A span: `kind` is its colour, `label` is empty where it would not fit."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str = ""
    title: str = ""


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A moment with its word beside it, if there is room for one."""

    x: float
    y: float
    kind: str
    height: float = 10.0
    label: str = ""
    title: str = ""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity over time, as the `d` of an SVG path."""

    path: str
    title: str


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the picture."""

    name: Words
    y: float
    height: float
    bars: tuple[Bar, ...] = ()
    ticks: tuple[Tick, ...] = ()
    areas: tuple[Area, ...] = ()


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the plan, drawn through all lanes."""

    x: float
    row: int
    name: str
    moment: str


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to draw, in units of the viewBox."""

    width: float
    height: float
    top: float  # where the lanes begin, below the plan's moments
    lanes: tuple[Lane, ...]
    guides: tuple[Guide, ...]
    axis: tuple[tuple[float, str], ...]
    scale: Scale


class Scale(msgspec.Struct, frozen=True):
    """Exam time to x, clipped at both ends."""

    from_ms: int
    to_ms: int

    def x(self, at_ms: float) -> float:
        """The place of a moment."""
        share = (at_ms - self.from_ms) / max(1, self.to_ms - self.from_ms)
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT), 1)


def text_width(text: str) -> float:
    """About how wide a label is: a Chinese character is as wide as it is high, a Latin one half of that."""
    return sum(LABEL if ord(char) > 0x2E80 else LABEL * 0.56 for char in text)


def fitting(label: str, width: float) -> str:
    """The label, or nothing where it would not fit."""
    return label if text_width(label) + 4 <= width else ""
