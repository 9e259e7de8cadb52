"""A timeline answers what rules ask: by type and time, by what stood on show, by what was watched."""

from __future__ import annotations

from harness.core.events import Event, Intent, Viewed, Watched
from harness.core.timeline import Timeline
from harness.core.verdict import Broken, Kept, Unobserved, at_most, worst
from harness.core.view import Act, ControlState, Page, Role, View

LOBBY = View(page=Page.LOBBY)
OPEN = View(page=Page.LOBBY, controls={Act.ENTER: ControlState(True)})


def timeline(*events: Event) -> Timeline:
    return Timeline(events)


def viewed(at: int, view: View, seq: int = 0) -> Event:
    return Event(seq, at, "laptop", Viewed(role=Role.LAPTOP, view=view))


def test_events_are_ordered_by_time_and_then_by_number() -> None:
    line = timeline(viewed(5, OPEN, 2), viewed(5, LOBBY, 1), viewed(-3, LOBBY, 9))
    assert [(event.at_ms, event.seq) for event in line] == [(-3, 9), (5, 1), (5, 2)]


def test_the_view_that_stood_at_a_moment_counts_as_shown_then() -> None:
    line = timeline(viewed(0, LOBBY), viewed(100, OPEN))
    assert line.shown(Role.LAPTOP, lambda view: view.enabled(Act.ENTER), after=150) == viewed(100, OPEN)
    assert line.shown(Role.LAPTOP, lambda view: view.enabled(Act.ENTER), before=100) is None


def test_a_window_is_half_open() -> None:
    line = timeline(viewed(100, OPEN))
    assert line.of(Viewed, after=100, before=101)
    assert not line.of(Viewed, after=0, before=100)


def test_standing_joins_views_that_follow_each_other_and_stops_at_the_window() -> None:
    line = timeline(viewed(0, LOBBY), viewed(10, LOBBY), viewed(20, OPEN), viewed(30, LOBBY))
    assert line.standing(Role.LAPTOP, lambda view: not view.enabled(Act.ENTER), 5, 40) == [(5, 20), (30, 40)]


def test_watching_with_a_hole_in_it_is_not_watching() -> None:
    def watch(start: int, end: int) -> Event:
        return Event(0, start, "harness", Watched(what="laptop"), until_ms=end)

    assert timeline(watch(0, 50), watch(50, 100)).watched("laptop", 10, 90)
    assert not timeline(watch(0, 40), watch(50, 100)).watched("laptop", 10, 90)
    assert not timeline(watch(0, 40)).watched("phone", 10, 20)


def test_an_intent_that_was_refused_did_not_happen() -> None:
    refused = Event(0, 1, "candidate", Intent(role=Role.LAPTOP, act=Act.ENTER, status="refused"))
    assert timeline(refused).intent(Act.ENTER) is None


def test_a_bound_is_one_sided_and_nothing_inside_the_measured_error_is_judged() -> None:
    assert isinstance(at_most(100, 100, what="took"), Kept)
    assert isinstance(at_most(100, 101, what="took"), Broken)
    assert isinstance(at_most(100, 104, what="took", error_ms=5), Unobserved)


def test_a_requirement_is_the_worst_over_its_scenarios() -> None:
    assert worst(["kept", "unobserved", "kept"]) == "unobserved"
    assert worst(["broken", "error"]) == "error"
    assert worst([]) == "unjudged"
