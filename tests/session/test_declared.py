"""What a subject says of itself, held against what it does: lacks that it declares, and what `initialize` names."""

from __future__ import annotations

import pytest

from harness.core.events import Data, Event, Intent, Introduced, Source, Viewed
from harness.core.record import Judgement
from harness.core.timeline import Timeline
from harness.core.verdict import Margin, Outcome
from harness.core.view import Act, ControlState, Page, Role, View
from harness.session.declared import contradictions, settled

LACKS = {"BIND-1": "it shows no QR code", "ENTER-1": "it has no lobby"}


def judged(verdict: Outcome, requirement: str = "BIND-1") -> Judgement:
    return Judgement(
        requirement=requirement,
        scenario="",
        feature="",
        track="ordinary",
        verdict=verdict,
        reason=f"it was {verdict}",
        margin=Margin(-3),
    )


def verdicts(*judgements: Judgement) -> list[tuple[Outcome, Outcome | None]]:
    return [(each.verdict, each.seen) for each in settled(judgements, LACKS)]


# -- [unsupported] ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["unobserved", "broken"])
def test_a_lack_that_nothing_disproves_is_unsupported_for_the_reason_given(verdict: Outcome) -> None:
    (found,) = settled([judged(verdict)], LACKS)
    assert (found.verdict, found.reason, found.seen, found.margin) == ("unsupported", LACKS["BIND-1"], None, None)


def test_what_was_declared_missing_and_seen_to_be_kept_is_unsupported_and_says_so() -> None:
    (found,) = settled([judged("kept")], LACKS)
    assert (found.verdict, found.seen) == ("unsupported", "kept")
    assert found.reason == "declared missing (it shows no QR code), but was seen to be kept: it was kept"


def test_a_declaration_disproved_in_one_scenario_hides_nothing_broken_in_another() -> None:
    assert verdicts(judged("broken"), judged("kept"), judged("unobserved")) == [
        ("broken", "broken"),
        ("unsupported", "kept"),
        ("unsupported", None),
    ]
    first, *_ = settled([judged("broken"), judged("kept")], LACKS)
    assert first.reason == "declared missing (it shows no QR code), but was seen to be broken: it was broken"
    assert first.margin == Margin(-3)


def test_what_only_forbids_can_not_be_missing_and_is_broken_where_it_was_seen_to_be() -> None:
    assert verdicts(judged("broken", "ENTER-1"), judged("unobserved", "ENTER-1")) == [
        ("broken", "broken"),
        ("unsupported", None),
    ]


def test_one_lack_says_nothing_of_another_requirement_and_a_fault_of_the_harness_stays_an_error() -> None:
    assert verdicts(judged("kept", "ENTER-2"), judged("broken", "ENTER-3"), judged("error")) == [
        ("kept", None),
        ("broken", None),
        ("error", None),
    ]


# -- initialize ------------------------------------------------------------------------------------------------------


def timeline(*happened: tuple[Source, Data]) -> Timeline:
    return Timeline(Event(number, number, source, data) for number, (source, data) in enumerate(happened))


def says(*intents: str, views: tuple[str, ...] = ("page",)) -> tuple[Source, Data]:
    return "harness", Introduced(
        role=Role.LAPTOP, name="x", version="1", intents=intents, views=views, capture=("raw",)
    )


NAMED = says("enter", views=("page", "controls"))


def test_a_client_that_does_what_it_names_and_no_more_is_not_noted() -> None:
    entered = Intent(role=Role.LAPTOP, act=Act.ENTER)
    refused = Intent(role=Role.LAPTOP, act=Act.HELP, status="unsupported")
    view = View(seq=4, page=Page.LOBBY, controls={"enter": ControlState(enabled=True)})
    shown = Viewed(role=Role.LAPTOP, view=view)
    assert contradictions([timeline(NAMED, ("candidate", entered), ("candidate", refused), ("laptop", shown))]) == ()


def test_an_intent_that_is_named_and_answered_unsupported_is_noted_once() -> None:
    refused = Intent(role=Role.LAPTOP, act=Act.ENTER, status="unsupported")
    (said,) = contradictions([timeline(NAMED, ("candidate", refused), ("candidate", refused))] * 2)
    assert said == "the laptop client names the intent 'enter' in `initialize`, and answered it with unsupported"


def test_an_intent_that_is_not_named_and_was_done_is_noted_of_the_client_that_did_it() -> None:
    helped = Intent(role=Role.LAPTOP, act=Act.HELP)
    scanned = Intent(role=Role.PHONE, act=Act.SCAN)
    (said,) = contradictions([timeline(NAMED, ("candidate", helped), ("candidate", scanned))])
    assert said == "the laptop client does not name the intent 'help' in `initialize`, and did it"


def test_a_part_of_a_view_that_is_not_named_and_was_shown_is_noted() -> None:
    shown = Viewed(role=Role.LAPTOP, view=View(page=Page.LOBBY, text=("考试附件",)))
    assert contradictions([timeline(NAMED, ("laptop", shown))]) == (
        "the laptop client does not name 'text' among the views in `initialize`, and showed it",
    )
