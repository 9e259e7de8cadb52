"""What must not leave a page: a dozen characters are a part of the question, eleven are none; a report counts from the press to its bound."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.core.events import Intent, Reported, Yielded
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, Role
from harness.rules.secrecy import PART, WAYS
from tests.rules.build import PLAN, Film
from tests.rules.cases import QUESTION
from tests.rules.scenarios import ideal

FILM = ideal("taking")
PRESS = next(e.at_ms for e in FILM.events if isinstance(e.data, Intent) and e.data.act == Act.SCREENSHOT)


def yielding(text: str, way: str) -> Film:
    return FILM.changed(Yielded, lambda event, data: replace(event, data=replace(data, text=text)), by=way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (QUESTION[5 : 5 + PART], Broken),
        (QUESTION[5 : 5 + PART - 1], Kept),
        (" \n".join(QUESTION[3 : 3 + PART]), Broken),  # white space hides nothing
        ("备课 19:59 【求助】", Kept),
        (f"备课\n{QUESTION}\n求助", Broken),
    ],
)
def test_a_dozen_characters_in_a_row_are_a_part_of_the_question(way: str, text: str, verdict: type[object]) -> None:
    assert isinstance(yielding(text, way).judged("ANS-22"), verdict)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_that_was_not_tried_leaves_it_open(way: str) -> None:
    assert isinstance(FILM.without(Yielded, by=way).judged("ANS-22"), Unobserved)


def test_nothing_is_got_out_of_a_page_on_which_the_question_does_not_stand() -> None:
    assert isinstance(FILM.views(lambda view: replace(view, question=None)).judged("ANS-22"), Unobserved)


def reported(at_ms: int) -> Film:
    bare = FILM.without(Reported, what="screenshot")
    return bare.plus(at_ms, Reported(what="screenshot", role=Role.LAPTOP, claimed_ms=at_ms), source="service")


@pytest.mark.parametrize(
    ("after", "verdict"),
    [(0, Kept), (PLAN.limits.catch_up, Kept), (PLAN.limits.catch_up + 1, Broken), (-1_000, Unobserved)],
)
def test_a_screenshot_is_reported_within_what_catching_up_may_take(after: int, verdict: type[object]) -> None:
    assert isinstance(reported(PRESS + after).judged("ENTER-9"), verdict)


def test_a_key_that_the_client_was_seen_to_block_needs_no_report() -> None:
    bare = FILM.without(Reported, what="screenshot")
    blocked = bare.changed(
        Intent, lambda event, data: replace(event, data=replace(data, status="refused")), act=Act.SCREENSHOT
    )
    assert isinstance(blocked.judged("ENTER-9"), Kept)


def test_a_client_without_a_keyboard_is_not_judged_by_it() -> None:
    without = FILM.changed(
        Intent, lambda event, data: replace(event, data=replace(data, status="unsupported")), act=Act.SCREENSHOT
    )
    assert isinstance(without.judged("ENTER-9"), Unobserved)


def test_a_press_before_entry_is_nobody_s_business() -> None:
    early = FILM.changed(Intent, lambda event, _: replace(event, at_ms=-11_000, until_ms=-11_000), act=Act.SCREENSHOT)
    assert isinstance(early.judged("ENTER-9"), Unobserved)
