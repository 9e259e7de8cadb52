"""A rule that reads recordings says so: where no rule of a run does, its sources are blank and nothing is known of any recording.

Judged on every scenario's ideal interview, and on each rule's own spoiled and hidden one.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.events import Event, Recorded, Watched
from harness.core.timeline import Timeline
from harness.rules.catalogue import RULES, rule_of
from harness.rules.rule import Need, Rule
from tests.rules.build import Film
from tests.rules.cases import CASES, Case
from tests.rules.scenarios import SCENARIOS, ideal

BLIND = [rule for rule in RULES if Need.RECORDINGS not in rule.needs]


class Asked(Timeline):
    """A timeline that notes which kinds of events were asked for."""

    __slots__ = ("kinds",)

    def __init__(self, events: tuple[Event, ...]) -> None:
        super().__init__(events)
        self.kinds: set[type] = set()

    def of(self, kind: Any, *args: Any, **fields: Any) -> list[Event]:
        self.kinds.add(kind)
        if kind is Watched and fields.get("what") == "recordings":
            self.kinds.add(Recorded)
        return super().of(kind, *args, **fields)


def without_recordings(film: Film) -> Film:
    """What is known of the same run where the sources were blank."""
    return film.without(Recorded).unwatched("recordings")


def undeclared(rules: list[Rule], film: Film) -> list[str]:
    """Those of the rules that ask for what the service holds of a recording, or say something else where nothing is known of it."""
    found = []
    for rule in rules:
        asked = Asked(film.events)
        verdict = rule.judge(asked, film.script)
        if Recorded in asked.kinds or verdict != rule.judge(without_recordings(film).timeline(), film.script):
            found.append(rule.requirement)
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_rule_that_does_not_declare_recordings_never_asks_for_one_and_says_the_same_without_any(
    scenario: str,
) -> None:
    assert undeclared(BLIND, ideal(scenario)) == []


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.requirement in {rule.requirement for rule in BLIND}],
    ids=lambda c: c.requirement,
)
def test_nor_where_it_breaks_or_could_not_see(case: Case) -> None:
    rule = [rule_of(case.requirement)]
    film = ideal(case.scenario)
    assert undeclared(rule, case.spoiled(film)) == []
    assert undeclared(rule, case.hidden(film)) == []


def test_a_rule_that_asks_without_declaring_it_is_found_out() -> None:
    honest = rule_of("ENTER-6")
    assert undeclared([Rule(honest.requirement, frozenset(), honest.judge)], ideal("ordinary")) == ["ENTER-6"]
