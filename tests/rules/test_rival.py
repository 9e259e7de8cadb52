"""A second laptop's login: refused with the reason there, and the first one none the worse for it."""

from __future__ import annotations

from msgspec.structs import replace

from harness.core.events import Operation, ProcessChanged, Served, Viewed
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import AlertCode, Page, Role, View
from tests.rules.scenarios import ideal

FILM = ideal("returning")
REFUSED = next(
    event.at_ms for event in FILM.events if isinstance(event.data, Served) and event.data.problem == "second-session"
)
RIVAL = Role.RIVAL_LAPTOP


def test_the_ideal_service_refuses_the_second_and_lets_the_first_go_on() -> None:
    timeline = FILM.timeline()
    assert timeline.shown(RIVAL, lambda view: view.says(AlertCode.SECOND_SESSION)) is not None
    pages = {event.data.view.page for event in timeline.of(Viewed, role=RIVAL) if isinstance(event.data, Viewed)}
    assert pages == {Page.CHECK, Page.LOGIN}
    assert timeline.shown(Role.LAPTOP, lambda view: view.page == Page.ATTACHMENTS, after=REFUSED) is not None
    assert timeline.served(Operation.READ)


def test_getting_in_all_the_same_is_broken() -> None:
    def enters(view: View) -> View:
        return replace(view, page=Page.BIND)

    verdict = FILM.views(enters, RIVAL, after=REFUSED).judged("LOGIN-7")
    assert isinstance(verdict, Broken)
    assert "bind" in verdict.reason


def test_throwing_the_first_one_out_is_broken() -> None:
    thrown = FILM.plus(REFUSED + 500, Viewed(role=Role.LAPTOP, view=View(page=Page.LOGIN)), source="laptop")
    assert isinstance(thrown.judged("LOGIN-7"), Broken)


def test_a_first_laptop_that_got_no_further_proves_nothing() -> None:
    assert isinstance(
        FILM.without(Served, operation=Operation.BINDING).without(Served, operation=Operation.READ).judged("LOGIN-7"),
        Unobserved,
    )


def test_a_second_one_that_was_switched_off_before_it_had_to_speak_proves_nothing() -> None:
    silent = FILM.views(lambda view: replace(view, alerts=()), RIVAL)
    assert isinstance(silent.judged("LOGIN-7"), Broken)
    assert isinstance(silent.until(REFUSED + 500).judged("LOGIN-7"), Unobserved)


def test_a_file_that_is_read_again_by_hand_does_not_show_that_it_had_stayed_read() -> None:
    back = max(e.at_ms for e in FILM.events if isinstance(e.data, ProcessChanged) and e.data.change == "started")
    unread = FILM.views(
        lambda view: replace(view, attachments=tuple(replace(each, read=False) for each in view.attachments)),
        after=back,
    )
    assert isinstance(FILM.judged("ATT-4"), Kept)
    assert isinstance(unread.judged("ATT-4"), Broken)
    assert isinstance(FILM.without(Served, operation=Operation.READ).judged("ATT-4"), Unobserved)
