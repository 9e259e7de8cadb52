"""What goes wrong later, after it was right once, is seen as well: a countdown that stands still, a second kill, another refusal's words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.core.events import Intent, Operation, ProcessChanged, Recorded, Served, Viewed
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, AlertCode, Page, Role, Stream, View
from tests.rules.build import PLAN, Film
from tests.rules.cases import clipped, pressable
from tests.rules.scenarios import ideal


def standing_still(film: Film, since: int, until: int) -> Film:
    """In that time the laptop shows nothing new."""
    return film.changed(Viewed, lambda event, _: None if since <= event.at_ms < until else event, role=Role.LAPTOP)


def test_a_countdown_that_stands_still_is_wrong_although_no_view_ever_says_so() -> None:
    film = ideal("ordinary")
    assert isinstance(film.judged("ANS-17"), Kept)
    verdict = standing_still(film, 3_001, PLAN.preparation_ends).judged("ANS-17")
    assert isinstance(verdict, Broken)
    assert "still at" in verdict.reason


def test_a_countdown_that_nobody_looked_at_is_not_held_to_have_stood_still() -> None:
    film = standing_still(ideal("ordinary"), 3_001, PLAN.preparation_ends).unwatched(Role.LAPTOP.value)
    assert not isinstance(film.judged("ANS-17"), Broken)


def test_a_countdown_of_a_client_that_was_killed_does_not_stand_still() -> None:
    assert isinstance(ideal("killed").judged("ANS-17"), Kept)


def test_the_desk_s_contact_counts_with_the_refusal_that_it_was_shown_with() -> None:
    film = ideal("refused")
    assert isinstance(film.judged("LOGIN-4"), Kept)

    def without_contact(view: View) -> View:
        return replace(view, text=(), alerts=tuple(replace(each, text="不符。") for each in view.alerts))

    first = film.timeline().shown(Role.LAPTOP, lambda view: view.says(AlertCode.FACE_MISMATCH))
    assert first is not None
    tried = film.timeline().intent(Act.LOGIN, after=first.at_ms + 1)
    until = 10**9 if tried is None else tried.end_ms + 1
    assert isinstance(film.views(without_contact, after=first.at_ms, before=until).judged("LOGIN-4"), Broken)


def test_a_client_that_comes_back_once_and_not_again_is_broken() -> None:
    film = ideal("killed")
    assert isinstance(film.judged("NET-7"), Kept)
    died = PLAN.preparation_ends - 1_500
    twice = film.plus(died, ProcessChanged(role=Role.LAPTOP, change="killed"))
    twice = twice.plus(died + 300, ProcessChanged(role=Role.LAPTOP, change="started"))
    assert isinstance(twice.judged("NET-7"), Kept | Unobserved)
    outside = twice.views(lambda view: View(page=Page.LOGIN), after=died)
    verdict = outside.judged("NET-7")
    assert isinstance(verdict, Broken)
    assert "no running stage had come back" in verdict.reason


def test_a_retry_is_held_to_the_last_press_which_the_service_could_grant() -> None:
    film = ideal("failing")
    assert isinstance(film.judged("END-5"), Kept)
    last = film.timeline().of(Intent, act=Act.RETRY)[-1]
    again = film.plus(last.at_ms + 200, Intent(role=Role.LAPTOP, act=Act.RETRY), source="candidate")
    verdict = again.judged("END-5")
    assert isinstance(verdict, Kept)
    assert again.timeline().of(Intent, act=Act.RETRY)[-1] in verdict.evidence


def test_a_killed_client_that_comes_back_and_records_no_more_is_broken() -> None:
    verdict = clipped(Stream.SCREEN, last=2_500)(ideal("killed")).judged("NET-7")
    assert isinstance(verdict, Broken)
    assert "screen recording was not taken up again" in verdict.reason


def test_a_killed_client_that_comes_back_as_the_interview_ends_need_not_record_again() -> None:
    late = ideal("killed").plus(15_200, ProcessChanged(role=Role.LAPTOP, change="killed"))
    late = late.plus(16_000, ProcessChanged(role=Role.LAPTOP, change="started"))
    verdict = clipped(Stream.SCREEN, last=15_200)(late).judged("NET-7")
    assert isinstance(verdict, Unobserved)
    assert "after the client's return" in verdict.reason


@pytest.mark.parametrize(("returned_for", "judged"), [(700, False), (2_700, False), (4_200, True)])
def test_a_client_that_is_killed_before_it_had_to_record_again_has_lost_nothing(
    returned_for: int, judged: bool
) -> None:
    film = ideal("killed")
    back = film.timeline().shown(Role.LAPTOP, lambda view: view.page == Page.PREPARATION, after=3_000)
    assert back is not None
    again = back.at_ms + returned_for
    twice = film.plus(again, ProcessChanged(role=Role.LAPTOP, change="killed"))
    twice = twice.plus(again + 300, ProcessChanged(role=Role.LAPTOP, change="started"))
    (found,) = twice.timeline().of(Recorded, stream=Stream.SCREEN)
    assert isinstance(found.data, Recorded)
    first, *_, last = found.data.footage.seen
    halves = replace(first, to_ms=2_500), replace(last, from_ms=again + 600)
    verdict = twice.footage(Stream.SCREEN, seen=halves).judged("NET-7")
    assert isinstance(verdict, Broken) is judged, verdict.reason


def test_who_is_let_on_unread_and_never_reads_is_let_on_for_as_long_as_anybody_looked() -> None:
    film = ideal("ordinary").without(Intent, act=Act.READ)
    verdict = pressable(Act.PROCEED, True, page=Page.ATTACHMENTS)(film).judged("ATT-3")
    assert isinstance(verdict, Broken)
    assert verdict.margin is not None
    assert verdict.margin.value < -10_000


@pytest.mark.parametrize(("said", "verdict"), [(False, Broken), (True, Unobserved)])
def test_a_file_that_did_not_load_must_be_told_although_nobody_opened_it_again(said: bool, verdict: type) -> None:
    def empty(view: View) -> View:
        unread = tuple(replace(each, text="") for each in view.attachments)
        return replace(view, attachments=unread, alerts=view.alerts if said else ())

    first, again, *others = ideal("lost").timeline().of(Intent, act=Act.OPEN)
    assert len(others) == len(PLAN.attachments) - 1
    film = ideal("lost").changed(Intent, lambda event, _: None if event.at_ms == again.at_ms else event, act=Act.OPEN)
    judged = film.views(empty, after=first.at_ms).judged("ATT-5")
    assert isinstance(judged, verdict)
    if not said:
        assert "nothing said so" in judged.reason


@pytest.mark.parametrize(("status", "verdict"), [("done", Broken), ("refused", Unobserved)])
def test_who_is_let_in_too_late_was_let_in_by_a_press_that_was_taken(status: str, verdict: type) -> None:
    film = ideal("too_late")
    press = film.timeline().first(Intent, act=Act.ENTER)
    assert press is not None
    film = film.changed(Intent, lambda event, data: replace(event, data=replace(data, status=status)), act=Act.ENTER)
    granted = Served(operation=Operation.ENTRY, role=Role.LAPTOP, status=200)
    assert isinstance(film.plus(press.at_ms + 30, granted, source="service").judged("ENTER-5"), verdict)


def test_a_lesson_that_ran_and_was_never_started_is_wrong_for_as_long_as_anybody_looked() -> None:
    verdict = ideal("ordinary").without(Intent, act=Act.START).judged("ANS-6")
    assert isinstance(verdict, Broken)
    assert verdict.margin is not None
    assert verdict.margin.value < -4_000
