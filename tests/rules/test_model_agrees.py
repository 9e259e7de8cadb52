"""Two oracles check each other: no rule breaks what the model foretells, whatever the exam, its speed and the scenario."""

from __future__ import annotations

import pytest

from harness.core.verdict import Broken, Kept
from harness.rules.catalogue import RULES
from harness.session.exams import exam_names, load_exam
from tests.rules.build import film
from tests.rules.cases import CASES
from tests.rules.scenarios import SCENARIOS

# What a careful candidate's interview reaches, whatever the track.
REACHED = {case.requirement for case in CASES if case.scenario == "ordinary"} | {"ANS-16"}
REACHED_IN_ART = REACHED | {"ANS-11", "ANS-13", "ANS-19"}


@pytest.mark.parametrize("track", ["ordinary", "art"])
@pytest.mark.parametrize("speed", ["full", "scaled"])
@pytest.mark.parametrize("exam", exam_names())
def test_the_careful_interview_keeps_all_that_it_reaches_and_breaks_nothing(exam: str, speed: str, track: str) -> None:
    plan = load_exam(exam)
    ideal = film(SCENARIOS[track](plan if speed == "full" else plan.at_scale()).script())
    timeline = ideal.timeline()
    verdicts = {rule.requirement: rule.judge(timeline, ideal.script) for rule in RULES}
    assert {key: v.reason for key, v in verdicts.items() if isinstance(v, Broken)} == {}
    wanted = REACHED_IN_ART if track == "art" else REACHED
    assert {key: verdicts[key].reason for key in sorted(wanted) if not isinstance(verdicts[key], Kept)} == {}


@pytest.mark.parametrize("speed", ["full", "scaled"])
@pytest.mark.parametrize("exam", exam_names())
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_rule_breaks_an_ideal_interview_whatever_befalls_it(scenario: str, exam: str, speed: str) -> None:
    plan = load_exam(exam)
    ideal = film(SCENARIOS[scenario](plan if speed == "full" else plan.at_scale()).script())
    timeline = ideal.timeline()
    broken = {
        rule.requirement: verdict.reason
        for rule in RULES
        if isinstance(verdict := rule.judge(timeline, ideal.script), Broken)
    }
    assert broken == {}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.scenario != "ordinary"], ids=lambda case: case.requirement
)
def test_another_exam_s_numbers_are_followed(case: object) -> None:
    from tests.rules.cases import Case

    assert isinstance(case, Case)
    plan = load_exam("strict-2026").at_scale()
    verdict = film(SCENARIOS[case.scenario](plan).script()).judged(case.requirement)
    assert isinstance(verdict, Kept), verdict.reason
