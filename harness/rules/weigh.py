"""How a rule weighs several looks at the same requirement into one verdict. Pure; called by the rules of this package alone."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.verdict import Broken, Kept, Unobserved, Verdict


def every(looks: Sequence[Verdict], nothing: str) -> Verdict:
    """All of them must hold: the worst of them; among kept ones the narrowest. `nothing` is said where there is none."""
    return _weigh(looks, nothing, strict=True)


def either(looks: Sequence[Verdict], nothing: str) -> Verdict:
    """Each is a part that a scenario may or may not reach: one that broke decides, then those that held."""
    return _weigh(looks, nothing, strict=False)


def _weigh(looks: Sequence[Verdict], nothing: str, *, strict: bool) -> Verdict:
    broken = [look for look in looks if isinstance(look, Broken)]
    kept = [look for look in looks if isinstance(look, Kept)]
    open_ = [look for look in looks if not isinstance(look, Broken | Kept)]
    if broken:
        return min(broken, key=_width)
    if open_ and (strict or not kept):
        return open_[0]
    if kept:
        return min(kept, key=_width)
    return Unobserved(reason=nothing)


def _width(look: Broken | Kept) -> float:
    return float("inf") if look.margin is None else look.margin.value
