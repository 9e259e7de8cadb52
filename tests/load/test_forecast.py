"""The forecast: closed forms for the cases that have one, and laws for those that don't."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import VivaError
from harness.core.plan import Plan
from harness.session.exams import load_exam
from load.forecast import STEP_MS, Setup, main, simulate, summarise
from load.shapes import Day
from load.uplink import fair_level

PLAN = load_exam("heshan-2022")
SMALL = PLAN.at_scale()
ALIKE = Setup(candidates=1, candidate_uplink_spread=0.0, outage_share=0.0)


def at_once(plan: Plan, candidates: int) -> Day:
    """Everybody does everything at the same moments."""

    def same(at_ms: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.full(candidates, at_ms, dtype=np.int64)

    end = plan.preparation_ends + plan.spans.lesson
    opens = plan.windows.entry_opens
    return Day(
        login=same(plan.windows.login_opens),
        bind=same(opens),
        enter=same(opens),
        start=same(plan.preparation_ends),
        end=same(end),
        stop=same(end),
        art=np.zeros(candidates, dtype=np.bool_),
    )


def kilobits(kbps: float, over_ms: float) -> float:
    return kbps * over_ms / 8


def test_one_candidate_needs_as_long_as_the_evidence_takes_on_their_own_link() -> None:
    day = at_once(PLAN, 1)
    course = simulate(PLAN, ALIKE, given=day)
    evidence = kilobits(ALIKE.evidence_kbps, float(day.stop[0] - day.bind[0]))
    expected = day.stop[0] + evidence / kilobits(ALIKE.candidate_uplink_kbps, 1)
    assert course.complete[0] == pytest.approx(expected, abs=2 * STEP_MS)


@pytest.mark.parametrize("candidates", [2, 50, 400])
def test_many_alike_are_done_together_when_the_shared_link_has_carried_all_of_them(candidates: int) -> None:
    setup = msgspec.structs.replace(ALIKE, candidates=candidates, uplink_mbps=candidates * 1.0)
    day = at_once(PLAN, candidates)
    course = simulate(PLAN, setup, given=day)
    everything = candidates * kilobits(setup.evidence_kbps, float(day.stop[0] - day.bind[0]))
    expected = day.stop[0] + everything / kilobits(setup.uplink_mbps * 1_000, 1)
    assert course.complete == pytest.approx(np.full(candidates, expected), abs=2 * STEP_MS)


def test_a_live_stream_that_fits_lags_by_one_slice() -> None:
    forecast = summarise(PLAN, ALIKE, simulate(PLAN, ALIKE))
    assert forecast.lag_ms["max"] == pytest.approx(STEP_MS)


def test_a_live_stream_that_does_not_fit_falls_behind_by_what_the_link_lacks() -> None:
    half = msgspec.structs.replace(ALIKE, candidate_uplink_kbps=(ALIKE.camera_kbps + ALIKE.screen_kbps) / 2)
    day = at_once(PLAN, 1)
    forecast = summarise(PLAN, half, simulate(PLAN, half, given=day))
    lasted = float(day.end[0] - day.enter[0])
    assert forecast.lag_ms["max"] == pytest.approx(lasted / 2, abs=2 * STEP_MS)
    assert forecast.lag_over_limit == 1


def test_the_deadline_counts_from_the_candidates_own_end_and_missing_it_is_counted() -> None:
    # The evidence alone takes longer than the deadline on this link.
    day = at_once(PLAN, 1)
    film = float(day.stop[0] - day.bind[0])
    slow = ALIKE.evidence_kbps * film / (PLAN.spans.upload_deadline + 60_000)
    setup = msgspec.structs.replace(ALIKE, camera_kbps=slow / 4, screen_kbps=slow / 4, candidate_uplink_kbps=slow)
    forecast = summarise(PLAN, setup, simulate(PLAN, setup, given=day))
    assert forecast.missed_deadline == 1
    assert forecast.slack_ms.worst == pytest.approx(-60_000, abs=2 * STEP_MS)


DAYS = st.builds(
    Setup,
    candidates=st.integers(1, 40),
    seed=st.integers(0, 1_000),
    uplink_mbps=st.floats(5, 100),
    candidate_uplink_kbps=st.floats(600, 6_000),
    outage_share=st.floats(0, 1),
    outage_minutes=st.floats(0.02, 0.2),
    art_share=st.floats(0, 1),
)


@settings(max_examples=40, deadline=None)
@given(DAYS)
def test_bytes_are_conserved(setup: Setup) -> None:
    uplink = simulate(SMALL, setup, step_ms=200).uplink
    assert uplink.arrived.sum() + uplink.waiting.sum() == pytest.approx(uplink.recorded, rel=1e-9)
    assert (uplink.waiting >= -1e-6).all()


@settings(max_examples=40, deadline=None)
@given(DAYS, st.floats(1.05, 4))
def test_more_bandwidth_never_makes_a_candidate_later(setup: Setup, more: float) -> None:
    wider = msgspec.structs.replace(setup, uplink_mbps=setup.uplink_mbps * more)
    before, after = (simulate(SMALL, each, step_ms=200).complete for each in (setup, wider))
    finished = np.isfinite(before)
    assert np.isfinite(after[finished]).all()
    assert (after[finished] <= before[finished] + 200).all()


@settings(max_examples=200)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(1, 1e6))
def test_the_fair_level_fills_the_link_or_leaves_nobody_wanting(able: list[float], capacity: float) -> None:
    wanted = np.array(able)
    given_out = np.minimum(wanted, fair_level(wanted, capacity)).sum()
    assert given_out == pytest.approx(min(capacity, wanted.sum()), rel=1e-9)


def test_one_seed_gives_one_day(capsys: pytest.CaptureFixture[str]) -> None:
    figures = []
    for _ in range(2):
        assert main(["heshan-2022", "--candidates", "50", "--seed", "7", "--json"]) == 0
        figures.append(json.loads(capsys.readouterr().out) | {"elapsed_s": 0})
    assert figures[0] == figures[1]
    assert {"candidates", "missed_deadline", "slack_ms", "lag_ms", "peak_bytes_per_s", "elapsed_s"} <= figures[0].keys()


def test_a_uplink_that_is_too_small_is_answered_in_two_languages_with_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["heshan-2022", "--candidates", "20", "--uplink-mbps", "2"]) == 1
    printed = capsys.readouterr().out
    assert "20 of 20 candidates miss the deadline" in printed
    assert "20 名考生中有 20 名赶不上上传截止时间" in printed


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["heshan-2022", "--candidates", "0"], "--candidates is 0"),
        (["heshan-2022", "--uplink-mbps", "-1"], "--uplink-mbps is -1"),
        (["heshan-2022", "--uplink-mbps", "nan"], "--uplink-mbps is nan"),
        (["heshan-2022", "--art-share", "1.5"], "art-share is 1.5"),
        (["heshan-2022", "--seed", "-3"], "--seed is -3"),
        (["heshan-2022", "--candidates", "many"], "--candidates"),
        (["no-such-exam"], "no exam is called 'no-such-exam'"),
        ([], "EXAM"),
    ],
)
def test_bad_input_gets_one_sentence_and_status_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert named in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_an_exam_without_art_refuses_a_share_of_it() -> None:
    plain = msgspec.structs.replace(PLAN, tracks={"ordinary": PLAN.tracks["ordinary"]})
    with pytest.raises(VivaError, match="has no track 'art'"):
        simulate(plain, Setup(candidates=3, art_share=0.5))


def test_the_deadline_is_the_plans() -> None:
    shorter = msgspec.structs.replace(
        PLAN, spans=msgspec.structs.replace(PLAN.spans, upload_deadline=type(PLAN.spans.upload_deadline)(60_000))
    )
    forecast = summarise(shorter, ALIKE, simulate(shorter, ALIKE))
    assert forecast.missed_deadline == 1
