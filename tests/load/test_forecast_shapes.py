"""Arrival shapes: inside their windows, in order, and shaped as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.plan import Plan
from harness.session.exams import load_exam
from load.shapes import ENTRY_RUSH, LOGIN_RUSH, day, outages

PLANS = {
    f"{name}-{speed}": plan
    for name in ("heshan-2022", "strict-2026")
    for speed, plan in (("full", load_exam(name)), ("scaled", load_exam(name).at_scale()))
}


@settings(max_examples=30)
@given(plan=st.sampled_from(list(PLANS.values())), seed=st.integers(0, 10**6), share=st.floats(0, 1))
def test_every_moment_lies_in_its_window_and_after_the_one_before(plan: Plan, seed: int, share: float) -> None:
    drawn = day(plan, 300, np.random.default_rng(seed), art_share=share)
    windows = plan.windows
    assert (drawn.login >= windows.login_opens).all()
    assert (drawn.login < windows.entry_opens).all()
    assert (drawn.login <= drawn.bind).all()
    assert (drawn.bind <= drawn.enter).all()
    assert (drawn.enter >= windows.entry_opens).all()
    assert (drawn.enter < windows.entry_closes).all()
    assert (drawn.start >= plan.preparation_ends).all()
    longest = np.where(drawn.art, plan.answering("art"), plan.answering("ordinary"))
    assert (drawn.start < drawn.end).all()
    assert (drawn.end <= drawn.start + longest + 1).all()
    assert (drawn.end <= drawn.stop).all()


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_doors_open_to_a_rush(plan: Plan) -> None:
    drawn = day(plan, 5_000, np.random.default_rng(1))
    for moments, opens, closes, rush in (
        (drawn.login, plan.windows.login_opens, plan.windows.entry_opens, LOGIN_RUSH),
        (drawn.enter, plan.windows.entry_opens, plan.windows.entry_closes, ENTRY_RUSH),
    ):
        early = (moments < opens + (closes - opens) // 5).mean()
        assert early > rush * 0.9


def test_the_same_seed_gives_the_same_day() -> None:
    plan = PLANS["heshan-2022-full"]
    one, other = (day(plan, 50, np.random.default_rng(4), art_share=0.5) for _ in range(2))
    assert (one.enter == other.enter).all()
    assert (one.end == other.end).all()


def test_outages_lie_between_entry_and_the_phones_stop_and_hit_their_share() -> None:
    drawn = day(PLANS["heshan-2022-full"], 4_000, np.random.default_rng(2))
    lost = outages(drawn, np.random.default_rng(3), share=0.25, mean_ms=60_000)
    assert len(lost.candidate) / len(drawn) == pytest.approx(0.25, abs=0.03)
    assert (lost.begins >= drawn.enter[lost.candidate]).all()
    assert (lost.begins <= drawn.stop[lost.candidate]).all()
    assert (lost.ends > lost.begins).all()
    assert (lost.ends - lost.begins).mean() == pytest.approx(60_000, rel=0.15)
