"""An honest client is not blamed for what no client could do: each near miss of a fault, beside the fault itself."""

from __future__ import annotations

from msgspec.structs import replace

from harness.core.events import Intent, Operation, ProcessChanged, Reported, Viewed
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, Page, Role, Stage, View
from harness.rules.facts import bound, entered, over
from harness.simulation.model import expected
from tests.fuzz.found import script
from tests.rules.build import Film
from tests.rules.cases import frozen, prolonged, then, unserved
from tests.rules.scenarios import ideal

STAYED = script(Page.DEVICES, waits=1_500)


def started_again(film: Film, at_ms: int, page: Page, until: int = 10**9) -> Film:
    """The laptop was killed and started again, and showed that page up to then."""
    again = film.plus(at_ms, ProcessChanged(role=Role.LAPTOP, change="killed"))
    again = again.plus(at_ms + 1, ProcessChanged(role=Role.LAPTOP, change="started"))
    again = again.changed(Viewed, lambda event, _: None if at_ms <= event.at_ms < until else event, role=Role.LAPTOP)
    return again.plus(at_ms + 2, Viewed(role=Role.LAPTOP, view=View(page=page)))


def test_who_presses_for_the_entry_where_no_such_button_stands_is_not_kept_out() -> None:
    shut = then(unserved(Operation.ENTRY), frozen(1_400))(ideal("late"))
    assert isinstance(shut.judged("ENTER-4"), Broken)
    elsewhere = shut.changed(
        Viewed, lambda event, data: None if data.view.page is Page.LOBBY else event, role=Role.LAPTOP
    )
    assert isinstance(elsewhere.judged("ENTER-4"), Unobserved)


def test_leaving_the_window_while_the_entry_s_answer_is_on_its_way_need_not_be_reported() -> None:
    film = prolonged(ideal("pulled").without(Intent, act=Act.LEAVE).moved(Viewed, 200, role=Role.LAPTOP))
    granted = entered(film.timeline())
    assert granted is not None
    left = Intent(role=Role.LAPTOP, act=Act.LEAVE)
    early = film.without(Reported, what="focus-lost").plus(granted.at_ms + 100, left, source="candidate")
    late = film.without(Reported, what="focus-lost").plus(granted.at_ms + 300, left, source="candidate")
    assert isinstance(early.judged("ENTER-8"), Unobserved)
    assert isinstance(late.judged("ENTER-8"), Broken)


def test_a_call_for_help_that_a_kill_cut_off_need_not_reach_the_desk() -> None:
    film = unserved(Operation.HELP)(ideal("lost"))
    assert isinstance(film.judged("ANS-12"), Broken)
    press = film.timeline().intent(Act.HELP)
    assert press is not None
    killed = film.plus(press.at_ms, ProcessChanged(role=Role.LAPTOP, change="killed"))
    killed = killed.plus(press.at_ms + 1, ProcessChanged(role=Role.LAPTOP, change="started"))
    assert isinstance(killed.judged("ANS-12"), Unobserved)


def test_who_was_told_that_the_upload_runs_may_insist_on_closing() -> None:
    film = ideal("over_the_end")
    press = film.timeline().intent(Act.CLOSE) or next(iter(film.timeline().of(Intent, act=Act.CLOSE)))
    closed = ProcessChanged(role=Role.LAPTOP, change="closed")
    assert isinstance(film.plus(press.at_ms + 400, closed).judged("END-3"), Broken)
    insists = film.plus(press.at_ms + 400, Intent(role=Role.LAPTOP, act=Act.CLOSE), source="candidate")
    assert isinstance(insists.plus(press.at_ms + 400, closed).judged("END-3"), Kept)


def test_a_client_that_was_killed_as_it_was_closed_is_not_held_to_have_closed_without_a_word() -> None:
    film = ideal("over_the_end")
    press = next(iter(film.timeline().of(Intent, act=Act.CLOSE)))
    killed = film.plus(press.at_ms, ProcessChanged(role=Role.LAPTOP, change="killed"))
    killed = killed.views(lambda view: replace(view, alerts=()), after=press.at_ms - 1).unwatched("laptop")
    taken = killed.changed(Intent, lambda event, data: replace(event, data=replace(data, status="done")), act=Act.CLOSE)
    assert isinstance(taken.judged("END-3"), Unobserved)


def test_a_laptop_that_asks_for_the_check_again_need_not_show_the_phone_first() -> None:
    film = ideal("ordinary")
    granted = bound(film.timeline())
    assert granted is not None
    assert isinstance(started_again(film, granted.at_ms - 5, Page.CHECK).judged("BIND-7"), Unobserved)
    assert isinstance(started_again(film, granted.at_ms - 5, Page.BIND).judged("BIND-7"), Broken)


def test_a_stage_that_ended_before_the_client_was_back_in_it_was_seen_by_nobody() -> None:
    film = prolonged(ideal("art").without(Reported, what="ended", stage=Stage.PRESENTATION))
    film = film.without(Reported, what="early-end", stage=Stage.PRESENTATION)
    assert isinstance(film.judged("ANS-20"), Broken)
    end = over(film.timeline())
    assert end is not None
    assert not isinstance(started_again(film, end.at_ms - 50, Page.CHECK, end.at_ms).judged("ANS-20"), Broken)
    assert isinstance(started_again(film, end.at_ms - 50, Page.PRESENTATION, end.at_ms).judged("ANS-20"), Broken)


def test_who_stays_on_the_device_page_while_the_plan_begins_the_lesson_sees_no_lesson_s_page() -> None:
    film = Film(STAYED, expected(STAYED).events)
    assert isinstance(film.judged("ANS-7"), Unobserved)
    assert isinstance(film.judged("ANS-9"), Unobserved)
