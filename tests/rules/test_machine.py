"""The machine that a client finds itself on, part by part: what is due is due of every honest client, and of nobody more."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.core.events import DeviceChanged, Intent, Machine, Operation, Served, Viewed
from harness.core.script import Battery
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, Alert, AlertCode, ControlState, Page, Role, View
from tests.rules.build import Film
from tests.rules.cases import pressable, silent, then, unserved, untouched
from tests.rules.scenarios import ideal

WANTING, EXTENDED, ORDINARY = ideal("wanting"), ideal("extended"), ideal("ordinary")
GONE = next(e.at_ms for e in EXTENDED.events if isinstance(e.data, DeviceChanged) and e.data.change == "unplugged")


def saying(code: AlertCode, film: Film) -> Film:
    return film.views(lambda view: replace(view, alerts=(*view.alerts, Alert(code, "。"))))


@pytest.mark.parametrize("requirement", ["PREP-4", "PREP-7"])
def test_where_nothing_is_wrong_nothing_is_said(requirement: str) -> None:
    assert isinstance(ORDINARY.judged(requirement), Kept)


@pytest.mark.parametrize(
    ("requirement", "code"), [("PREP-4", AlertCode.LOW_BATTERY), ("PREP-7", AlertCode.SYSTEM_BELOW_MINIMUM)]
)
def test_a_warning_that_always_stands_there_is_broken_where_nothing_is_wrong(requirement: str, code: AlertCode) -> None:
    assert isinstance(saying(code, ORDINARY).judged(requirement), Broken)


@pytest.mark.parametrize("requirement", ["PREP-4", "PREP-7"])
def test_who_never_gets_in_shows_nothing_of_what_would_have_been_said(requirement: str) -> None:
    assert isinstance(unserved(Operation.LOGIN)(ORDINARY).judged(requirement), Unobserved)


@pytest.mark.parametrize(("battery", "verdict"), [("low", Broken), ("", Unobserved), ("charging", Unobserved)])
def test_only_a_battery_that_is_low_and_not_charging_has_to_be_warned_about(
    battery: Battery, verdict: type[object]
) -> None:
    quiet = silent(AlertCode.LOW_BATTERY)(WANTING)
    assert isinstance(Film(replace(quiet.script, battery=battery), quiet.events).judged("PREP-4"), verdict)


@pytest.mark.parametrize(
    ("cores", "memory_gib", "due"), [(2, 2, False), (1, 2, True), (2, 1.9, True), (1, 0.5, True), (64, 64, False)]
)
def test_a_machine_is_below_where_either_figure_is(cores: int, memory_gib: float, due: bool) -> None:
    film = ORDINARY.changed(
        Machine, lambda event, data: replace(event, data=replace(data, cores=cores, memory_gib=memory_gib))
    )
    assert isinstance(film.judged("PREP-7"), Broken if due else Kept)
    assert isinstance(saying(AlertCode.SYSTEM_BELOW_MINIMUM, film).judged("PREP-7"), Kept if due else Broken)


def test_an_exam_that_states_no_minimum_asks_for_no_report() -> None:
    plan = replace(ORDINARY.plan, system=replace(ORDINARY.plan.system, cores=0, memory_gib=0))
    assert isinstance(Film(replace(ORDINARY.script, plan=plan), ORDINARY.events).judged("PREP-7"), Unobserved)


# -- LOGIN-6 -------------------------------------------------------------------------------------------------------------


def test_a_login_that_is_granted_beside_a_second_display_breaks_the_rule_whatever_is_said() -> None:
    granted = EXTENDED.plus(GONE - 1, Served(operation=Operation.LOGIN, role=Role.LAPTOP, status=200), source="service")
    assert isinstance(granted.judged("LOGIN-6"), Broken)
    later = EXTENDED.plus(GONE, Served(operation=Operation.LOGIN, role=Role.LAPTOP, status=200), source="service")
    assert isinstance(later.judged("LOGIN-6"), Kept)


def test_who_keeps_the_button_closed_and_says_why_keeps_it() -> None:
    """Nobody can press what is closed; the reason stands on the page from its beginning."""

    def closed(view: View) -> View:
        return replace(
            view,
            controls={**view.controls, Act.LOGIN.value: ControlState(enabled=False)},
            alerts=(Alert(AlertCode.EXTENDED_DISPLAY, "。"),),
        )

    film = EXTENDED.views(closed, before=GONE)
    pressed = film.changed(Intent, lambda event, _: event if event.at_ms > GONE else None, act=Act.LOGIN)
    assert isinstance(pressed.judged("LOGIN-6"), Kept)


def test_who_keeps_the_button_closed_and_says_nothing_breaks_it() -> None:
    closed = then(silent(AlertCode.EXTENDED_DISPLAY), pressable(Act.LOGIN, False, before=GONE, page=Page.LOGIN))
    film = closed(EXTENDED).changed(Intent, lambda event, _: event if event.at_ms > GONE else None, act=Act.LOGIN)
    assert isinstance(film.judged("LOGIN-6"), Broken)


def test_a_login_that_stays_closed_when_the_display_is_gone_breaks_it() -> None:
    stuck = then(unserved(Operation.LOGIN), untouched(Act.LOGIN))(EXTENDED)
    stuck = stuck.changed(
        Viewed, lambda event, data: None if data.role == Role.LAPTOP and data.view.page == Page.BIND else event
    )
    closed = pressable(Act.LOGIN, False, page=Page.LOGIN)(stuck)
    closed = closed.views(lambda view: replace(view, alerts=(Alert(AlertCode.EXTENDED_DISPLAY, "。"),))).prolonged(
        4_000
    )
    assert isinstance(closed.judged("LOGIN-6"), Broken)


def test_without_a_second_display_nothing_is_judged() -> None:
    assert isinstance(ORDINARY.judged("LOGIN-6"), Unobserved)


def test_a_press_that_a_second_display_stopped_is_not_held_against_the_face() -> None:
    never = unserved(Operation.LOGIN)(EXTENDED).until(GONE)
    assert isinstance(never.judged("LOGIN-2"), Unobserved)
