from collections.abc import Callable

import msgspec
import pytest

from harness.core.plan import Plan, Track
from harness.core.view import Stream
from load.check import Fate
from load.judgement import Run, judge, summary
from load.outcome import RUSHES, Arrival, Findings, Trespass
from load.uploads import Sent
from reports.results import RequirementResult

TRACKS: dict[str, Track] = {"o": "ordinary", "a": "art"}


@pytest.fixture
def good(exam: Callable[[str], Plan]) -> Run:
    """A small day on which everything went well."""
    plan = exam("heshan-2022").at_scale()
    arrivals = [
        Arrival(phase=rush, ticket=ticket, track=track, due_ms=0, done_ms=100, status=200)
        for rush in RUSHES
        for ticket, track in TRACKS.items()
    ]
    sents, fates = [], []
    for ticket in TRACKS:
        for stream in Stream:
            sents.append(
                Sent(
                    ticket=ticket,
                    stream=stream,
                    recording="r",
                    label="l",
                    started_ms=0,
                    deadline_ms=25_000,
                    length=100,
                    sent=100,
                    acknowledged=100,
                    held_ms=9_000,
                    lag=[1_000],
                    lateness=[0],
                )
            )
            fates.append(
                Fate(ticket=ticket, stream=stream, length=100, acknowledged=100, held=100, lost=0, complete=True)
            )
    trespasses = [Trespass(what="foreign-patch", at_ms=1, status=404)]
    findings = Findings(arrivals=arrivals, sents=sents, trespasses=trespasses, woke_late=[0, 1, 2])
    return Run(plan=plan, tracks=TRACKS, findings=findings, fates=fates)


def of(run: Run, identifier: str) -> RequirementResult:
    return next(each for each in judge(run) if each.id == identifier)


def with_fate(run: Run, **changed: object) -> Run:
    return msgspec.structs.replace(run, fates=[msgspec.structs.replace(run.fates[0], **changed), *run.fates[1:]])


def test_a_good_day_keeps_what_this_run_plays_and_leaves_the_rest_unjudged(good: Run) -> None:
    judged = judge(good)
    assert {each.id: each.verdict for each in judged} == {
        "LOAD-1": "kept",
        "LOAD-2": "kept",
        "LOAD-3": "kept",
        "LOAD-4": "kept",
        "LOAD-5": "unjudged",
        "LOAD-6": "unjudged",
        "LOAD-7": "kept",
    }
    assert (summary(judged).kept, summary(judged).unjudged) == (5, 2)


def test_each_rush_is_judged_on_each_track(good: Run) -> None:
    rushes = of(good, "LOAD-1").scenarios
    assert len(rushes) == 8
    assert rushes[0].margin is not None
    assert rushes[0].margin.value == good.plan.limits.reaction - 100


def test_one_candidate_who_waited_too_long_breaks_the_rush(good: Run) -> None:
    late = msgspec.structs.replace(good.findings.arrivals[0], done_ms=good.plan.limits.reaction + 500)
    good.findings.arrivals[0] = late
    broken = of(good, "LOAD-1")
    assert broken.verdict == "broken"
    assert broken.margin is not None
    assert broken.margin.value == -500
    (event,) = broken.scenarios[0].evidence
    assert (event.at_ms, event.until_ms) == (0, late.done_ms)


def test_one_candidate_who_was_refused_breaks_the_rush(good: Run) -> None:
    refused = msgspec.structs.replace(good.findings.arrivals[0], status=503, problem="unavailable")
    good.findings.arrivals[0] = refused
    assert "1 of 1 were not served (last: unavailable)" in of(good, "LOAD-1").scenarios[0].reason


def test_a_bound_missed_by_less_than_the_generators_own_lateness_is_an_error(good: Run) -> None:
    good.findings.arrivals[0] = msgspec.structs.replace(
        good.findings.arrivals[0], done_ms=good.plan.limits.reaction + 40
    )
    good.findings.woke_late = [*[0] * 1_000, 50]
    assert of(good, "LOAD-1").verdict == "error"


def test_a_generator_that_is_late_altogether_judges_no_time_but_still_counts_bytes(good: Run) -> None:
    good.findings.woke_late = [400] * 100
    verdicts = {each.id: each.verdict for each in judge(with_fate(good, lost=1))}
    assert [verdicts[f"LOAD-{number}"] for number in (1, 2, 3, 4, 7)] == ["error", "error", "broken", "error", "kept"]


def test_a_bound_missed_by_far_is_the_services_however_late_the_generator(good: Run) -> None:
    good.findings.woke_late = [400] * 100
    good.findings.sents[0].lag = [good.plan.limits.upload_lag + 20_000]
    (broken, error) = of(good, "LOAD-2").scenarios
    assert (broken.verdict, error.verdict) == ("broken", "error")
    assert "the load generator itself was late" in broken.reason


def test_a_live_upload_that_fell_behind_is_broken(good: Run) -> None:
    good.findings.sents[0].lag = [1_000, good.plan.limits.upload_lag + 3]
    assert of(good, "LOAD-2").verdict == "broken"


def test_a_live_upload_that_was_never_acknowledged_is_broken(good: Run) -> None:
    good.findings.sents[0].acknowledged = 99
    assert "never caught up" in of(good, "LOAD-2").scenarios[0].reason


def test_one_lost_byte_is_broken_by_one_byte(good: Run) -> None:
    lost = of(with_fate(good, lost=1, held=99), "LOAD-3")
    assert (lost.verdict, str(lost.margin)) == ("broken", "-1 bytes")


def test_an_incomplete_recording_misses_the_deadline(good: Run) -> None:
    assert of(with_fate(good, complete=False), "LOAD-4").verdict == "broken"


def test_a_candidate_who_gave_up_misses_the_deadline_and_says_why(good: Run) -> None:
    good.findings.given_up["a"] = "login was refused: too-late"
    assert "login was refused" in of(good, "LOAD-4").scenarios[1].reason


def test_the_slack_of_the_last_recording_is_the_margin(good: Run) -> None:
    good.findings.sents[1].held_ms = 24_000
    margin = of(good, "LOAD-4").margin
    assert margin is not None
    assert margin.value == 1_000


@pytest.mark.parametrize(
    ("status", "verdict"), [(204, "broken"), (0, "unobserved"), (503, "unobserved"), (401, "kept")]
)
def test_a_trespass_must_be_refused_and_answered(good: Run, status: int, verdict: str) -> None:
    good.findings.trespasses.append(Trespass(what="guessed-code", at_ms=2, status=status))
    assert of(good, "LOAD-7").verdict == verdict


def test_nobody_there_is_nothing_observed(good: Run) -> None:
    empty = Run(plan=good.plan, tracks=TRACKS, findings=Findings(), fates=())
    verdicts = {each.id: each.verdict for each in judge(empty)}
    assert {verdicts[f"LOAD-{number}"] for number in (1, 2, 3, 4, 7)} == {"unobserved"}
