"""Two runs beside each other: what is newly broken, what is fixed, and which margins shrank. Pure; called by the command."""

from __future__ import annotations

from typing import Final

import msgspec

from harness.core.verdict import Margin, Outcome
from reports.results import Results

# A margin is also made of scheduling, so that two runs of one build differ; losing more than a quarter is worth a look, and no failure.
SHRUNK_PERCENT: Final = 25


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement whose verdict differs; `reason` is that of the newer run's worst scenario."""

    id: str
    before: Outcome
    after: Outcome
    reason: str = ""


class Shrunk(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement kept in both, by more than a quarter less than before."""

    id: str
    before: Margin
    after: Margin
    percent: int  # of the earlier margin that is gone


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What differs: a requirement with another verdict is in exactly one of the first four."""

    newly_broken: tuple[
        Change, ...
    ]  # broken, unobserved or an error now, and none of these (or a known failure) before
    fixed: tuple[Change, ...]  # kept now, and one of these before
    otherwise: tuple[Change, ...]
    known: tuple[Change, ...]  # of all that is broken now: failures known beforehand, changed or not
    shrunk: tuple[Shrunk, ...]
    differs: tuple[str, ...]  # what else is not the same in the two runs: exam, speed, tracks


FELL: Final[frozenset[Outcome]] = frozenset({"broken", "unobserved", "error"})


def compare(before: Results, after: Results) -> Comparison:
    """What changed from one run to the other, in the order of the interview."""
    earlier = {each.id: each for each in before.requirements}
    newly, fixed, otherwise, known, shrunk = [], [], [], [], []
    for now in after.requirements:
        then = earlier.get(now.id)
        was: Outcome = "unjudged" if then is None else then.verdict
        was_known = then is not None and then.known
        if was != now.verdict or now.known or was_known:
            reason = next((each.reason for each in now.scenarios if each.verdict == now.verdict), "")
            change = Change(id=now.id, before=was, after=now.verdict, reason=reason)
            if now.known:
                known.append(change)
            elif now.verdict in FELL and (was not in FELL or was_known):
                newly.append(change)
            elif now.verdict == "kept" and was in FELL:
                fixed.append(change)
            else:
                otherwise.append(change)
        elif now.verdict == "kept" and then is not None:
            less = _less(then.margin, now.margin)
            if less > SHRUNK_PERCENT and then.margin is not None and now.margin is not None:
                shrunk.append(Shrunk(id=now.id, before=then.margin, after=now.margin, percent=less))
    return Comparison(
        newly_broken=tuple(newly),
        fixed=tuple(fixed),
        otherwise=tuple(otherwise),
        known=tuple(known),
        shrunk=tuple(shrunk),
        differs=tuple(
            f"{name}: {_shown(getattr(before, name))} → {_shown(getattr(after, name))}"
            for name in ("exam", "tracks", "speed")
            if getattr(before, name) != getattr(after, name)
        ),
    )


def _less(before: Margin | None, after: Margin | None) -> int:
    """By how many percent the margin is smaller; 0 where there is nothing to compare."""
    if before is None or after is None or before.unit != after.unit or before.value <= 0:
        return 0
    return (before.value - after.value) * 100 // before.value


def _shown(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
