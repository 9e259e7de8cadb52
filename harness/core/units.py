"""Whole milliseconds: the only unit of time in Viva. Exam time counts from T0 (开考); negative is before it.

`Moment` and `Span` are what a plan's exam is made of and shrink with the speed of a run; a `Limit` bounds how a client
reacts (or how fast it retries) in real milliseconds and never does. Text forms (`"T-15min"`, `"20min"`, `"2s"`) are what people write in plans.
"""

from __future__ import annotations

import re
from typing import Final

from harness.core.errors import VivaError

_UNITS: Final = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}
_QUANTITY: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|min|h)")


class Millis(int):
    """A whole number of milliseconds, a duration or an exam time as its name says."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Millis:
        """`"20min"`, `"1.5s"`, `"250ms"` → milliseconds. Raises `VivaError` on anything else."""
        return cls(_quantity(text, f"a duration such as '20min' or '2s', not {text!r}"))


class Span(Millis):
    """A length of exam time: scales with the speed of a run."""

    __slots__ = ()


class Limit(Millis):
    """A bound in real time on what a client may take: never scales."""

    __slots__ = ()


class Moment(Millis):
    """A point of exam time relative to T0: scales with the speed of a run."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Moment:
        """`"T-15min"`, `"T+5min"`, `"T+0s"` → milliseconds relative to T0. Raises `VivaError` on anything else."""
        wanted = f"a moment such as 'T-15min' or 'T+5min', not {text!r}"
        if len(text) < 3 or text[0] != "T" or text[1] not in "+-":
            raise VivaError(wanted)
        size = _quantity(text[2:], wanted)
        return cls(-size if text[1] == "-" else size)


def _quantity(text: str, wanted: str) -> int:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise VivaError(wanted)
    value = float(match["number"]) * _UNITS[match["unit"]]
    if value != int(value):
        raise VivaError(f"{wanted} (a whole number of milliseconds)")
    return int(value)


def show(ms: int) -> str:
    """The shortest exact text of a duration: 1_200_000 → `"20min"`, 1_500 → `"1.5s"`, 40 → `"40ms"`."""
    sign, size = ("-", -ms) if ms < 0 else ("", ms)
    if size and size % 60_000 == 0:
        return f"{sign}{size // 60_000}min"
    if size >= 1_000:
        return f"{sign}{size / 1_000:g}s"
    return f"{sign}{size}ms"


def show_moment(ms: int) -> str:
    """An exam time as people say it: -900_000 → `"T-15min"`, 0 → `"T0"`."""
    if ms == 0:
        return "T0"
    return f"T{'+' if ms > 0 else '-'}{show(abs(ms))}"
