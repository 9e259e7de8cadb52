"""What a rule may say: kept, broken, unobserved or unsupported, each with its margin and its evidence.

A verdict is a frozen value of a closed union. A fault of the harness is an exception, never a verdict. A margin is how far from
the bound the observation was, positive on the right side.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from harness.core.events import Event
from harness.core.units import show

Unit = Literal["ms", "bytes", "frames", "count", "percent"]


class Margin(msgspec.Struct, frozen=True):
    """The distance to the bound; negative beyond it."""

    value: int
    unit: Unit = "ms"

    def __str__(self) -> str:
        return show(self.value) if self.unit == "ms" else f"{self.value} {'%' if self.unit == 'percent' else self.unit}"


class Kept(msgspec.Struct, frozen=True, kw_only=True, tag="kept"):
    """Observed, and as asked."""

    reason: str = ""
    margin: Margin | None = None
    evidence: tuple[Event, ...] = ()


class Broken(msgspec.Struct, frozen=True, kw_only=True, tag="broken"):
    """Observed, and not as asked: `reason` is one sentence of what was seen against what was asked."""

    reason: str
    margin: Margin | None = None
    evidence: tuple[Event, ...] = ()


class Unobserved(msgspec.Struct, frozen=True, kw_only=True, tag="unobserved"):
    """The scenario never reached the point: not a pass."""

    reason: str
    evidence: tuple[Event, ...] = ()


class Unsupported(msgspec.Struct, frozen=True, kw_only=True, tag="unsupported"):
    """The subject declared that it lacks this, or its driver can't show it."""

    reason: str


Verdict: TypeAlias = Kept | Broken | Unobserved | Unsupported
Outcome = Literal["kept", "unobserved", "unsupported", "broken", "error", "unjudged"]

# Over its scenarios a requirement is the worst of these, the last being the worst.
SEVERITY: Final[tuple[Outcome, ...]] = ("unjudged", "kept", "unobserved", "unsupported", "broken", "error")


def name(verdict: Verdict) -> Outcome:
    """The verdict's word."""
    match verdict:
        case Kept():
            return "kept"
        case Broken():
            return "broken"
        case Unobserved():
            return "unobserved"
        case Unsupported():
            return "unsupported"


def worst(outcomes: list[Outcome]) -> Outcome:
    """The worst of several; `unjudged` for none."""
    return max(outcomes, key=SEVERITY.index, default="unjudged")


def at_most(limit: int, took: int, *, what: str, evidence: tuple[Event, ...] = (), error_ms: int = 0) -> Verdict:
    """Kept when `took` ≤ `limit`; not judged where the difference lies inside the measured error. All ms."""
    margin = Margin(limit - took)
    if took <= limit:
        return Kept(reason=f"{what}: {show(took)}, at most {show(limit)} asked", margin=margin, evidence=evidence)
    if took - limit <= error_ms:
        return Unobserved(
            reason=f"{what}: {show(took)} is beyond {show(limit)} by less than the error of measurement",
            evidence=evidence,
        )
    return Broken(reason=f"{what}: {show(took)}, at most {show(limit)} asked", margin=margin, evidence=evidence)
