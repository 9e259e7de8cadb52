"""Every rule keeps the ideal interview that reaches its point, breaks the one that is spoiled in its respect, and says when it saw nothing."""

from __future__ import annotations

import pytest

from harness.core.errors import VivaError
from harness.core.verdict import Broken, Kept, Unobserved
from harness.rules.catalogue import JUDGED, RULES, rule_of
from harness.rules.requirement import requirements
from tests.rules.cases import CASES, Case
from tests.rules.scenarios import ideal

by_id = pytest.mark.parametrize("case", CASES, ids=[case.requirement for case in CASES])


@by_id
def test_a_rule_keeps_the_ideal_interview_and_says_by_how_much(case: Case) -> None:
    verdict = ideal(case.scenario).judged(case.requirement)
    assert isinstance(verdict, Kept), verdict.reason
    assert verdict.reason
    assert verdict.margin is None or verdict.margin.value >= 0
    assert verdict.evidence


@by_id
def test_a_rule_breaks_an_interview_that_is_spoiled_in_its_respect(case: Case) -> None:
    verdict = case.spoiled(ideal(case.scenario)).judged(case.requirement)
    assert isinstance(verdict, Broken), verdict.reason
    assert verdict.margin is None or verdict.margin.value <= 0
    assert verdict.reason


@by_id
def test_a_rule_that_could_not_see_its_point_says_so(case: Case) -> None:
    verdict = case.hidden(ideal(case.scenario)).judged(case.requirement)
    assert isinstance(verdict, Unobserved), verdict.reason
    assert verdict.reason


def test_every_rule_has_a_case() -> None:
    assert [case.requirement for case in CASES] == [rule.requirement for rule in RULES]


def test_the_rules_stand_in_the_catalogue_s_order_each_once() -> None:
    order = [each.id for each in requirements()]
    places = [order.index(rule.requirement) for rule in RULES]
    assert places == sorted(set(places))
    assert {rule.requirement for rule in RULES} == JUDGED


def test_a_requirement_that_nothing_judges_is_said_to_be_so() -> None:
    with pytest.raises(VivaError, match="no rule judges 'LOAD-1'"):
        rule_of("LOAD-1")


def test_a_rule_names_what_it_needs() -> None:
    assert all(rule.needs for rule in RULES)
