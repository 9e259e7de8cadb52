"""NET-4 by its parts: which presses, stages, doors and uploads an outage may have stopped, and what excuses them."""

from __future__ import annotations

import msgspec
import pytest

from harness.core.events import Arrived, Disturbed, Event, Finished, Viewed
from harness.core.script import Disturb, Misbehaviour, RestartService
from harness.core.verdict import Broken, Kept, Unobserved, Verdict
from harness.core.view import Page, Role, Stream, View
from harness.rules.recovery import troubles
from harness.session.interview import Interview, careful
from tests.rules.build import PLAN, Film, film

OUT_MS = 1_000


def out(at: int, role: Role | None = None, for_ms: int = OUT_MS) -> Interview:
    """Nothing gets through from then on, for a second."""
    return careful(PLAN).at(at, Disturb(kind="down", role=role, for_ms=for_ms)).longer(8_000)


def judged(film: Film) -> Verdict:
    return film.judged("NET-4")


def test_without_an_outage_nothing_is_said() -> None:
    assert isinstance(judged(film(careful(PLAN).script())), Unobserved)


@pytest.mark.parametrize("at", range(-13_000, 16_000, 970))
def test_the_ideal_interview_is_never_wedged_whenever_the_outage_begins(at: int) -> None:
    assert not isinstance(judged(film(out(at).script())), Broken)


def no_question(view: View) -> View:
    return msgspec.structs.replace(view, question=None)


def test_a_question_that_does_not_come_after_an_outage_over_t0_is_missed_unless_it_can_be_fetched() -> None:
    ideal = film(out(-300).script())
    assert isinstance(judged(ideal), Kept)
    lost = ideal.views(no_question)
    offered = judged(lost)
    assert isinstance(offered, Kept)  # 【获取题目】 stands there, and was not pressed
    gone = lost.views(lambda view: msgspec.structs.replace(view, controls={}))
    verdict = judged(gone)
    assert isinstance(verdict, Broken)
    assert "the question" in verdict.reason


def test_a_page_that_is_not_left_after_an_outage_over_its_end_is_missed() -> None:
    ideal = film(out(PLAN.preparation_ends - 300).script())
    assert isinstance(judged(ideal), Kept)
    stuck = ideal.frozen(PLAN.preparation_ends - 100)
    verdict = judged(stuck)
    assert isinstance(verdict, Broken)
    assert "page preparation" in verdict.reason


def test_a_binding_that_came_in_the_laptop_s_outage_is_shown_after_it() -> None:
    interview = careful(PLAN).at(-11_400, Disturb(kind="down", role=Role.LAPTOP, for_ms=OUT_MS)).longer(8_000)
    ideal = film(interview.script())
    assert isinstance(judged(ideal), Kept)
    unknowing = ideal.frozen(-11_300)
    verdict = judged(unknowing)
    assert isinstance(verdict, Broken)
    assert "the phone" in verdict.reason


def dead_upload(ideal: Film, stream: Stream, since: int) -> Film:
    """Nothing of that stream arrives any more."""

    def arrives(event: Event, data: Arrived) -> Event | None:
        return event if data.stream != stream or event.at_ms < since else None

    return ideal.changed(Arrived, arrives).without(Finished, stream=stream).prolonged(5_000)


def test_an_upload_that_moved_until_the_outage_and_never_again_is_missed() -> None:
    ideal = film(out(3_000, Role.LAPTOP).script())
    assert isinstance(judged(ideal), Kept)
    verdict = judged(dead_upload(ideal, Stream.CAMERA, 3_000))
    assert isinstance(verdict, Broken)
    assert "the camera upload" in verdict.reason


def test_an_upload_over_the_interview_s_end_is_not_this_rule_s_to_judge() -> None:
    ideal = film(out(12_000, Role.LAPTOP, 4_000).script())
    assert not isinstance(judged(dead_upload(ideal, Stream.CAMERA, 12_000)), Broken)


def test_what_the_next_outage_gave_no_time_for_is_held_against_nobody() -> None:
    interview = out(-300).at(1_500, Disturb(kind="down", role=Role.LAPTOP, for_ms=OUT_MS))
    gone = film(interview.script()).views(lambda view: msgspec.structs.replace(no_question(view), controls={}))
    early = gone.changed(Viewed, lambda event, data: event if data.role == Role.PHONE or event.at_ms < 1_000 else None)
    assert isinstance(judged(early), Unobserved)


def test_a_door_that_closed_before_the_outage_could_be_made_up_for_is_held_against_nobody() -> None:
    entry = PLAN.windows.entry_closes - 2_000
    interview = careful(PLAN).put_off("enter", entry).at(entry - 20, Disturb(kind="down", for_ms=OUT_MS)).longer(8_000)
    locked = film(interview.script()).frozen(entry + 100)
    shut = locked.views(
        lambda view: msgspec.structs.replace(view, controls={}) if view.page == Page.LOBBY else view, after=entry - 10
    )
    assert isinstance(judged(shut), Unobserved)


def test_an_interview_that_was_not_uploaded_when_the_run_ended_is_no_pass() -> None:
    ideal = film(out(-300).script())
    assert isinstance(judged(ideal.without(Finished, stream=Stream.SCREEN)), Unobserved)


def test_slow_lines_restarts_and_failing_services_count_as_outages_of_whom_they_concern() -> None:
    interview = (
        careful(PLAN)
        .at(1_000, Disturb(kind="latency", role=Role.PHONE, for_ms=500, value=300))
        .at(2_000, RestartService(down_ms=700))
        .misbehaving(
            Misbehaviour(kind="fail", operation="entry", from_ms=2_500, until_ms=3_000),
            Misbehaviour(kind="lose", operation="question", count=1),
        )
    )
    ideal = film(interview.script())
    assert [event.data.kind for event in ideal.events if isinstance(event.data, Disturbed)] == ["latency", "restart"]
    assert troubles(ideal.timeline(), ideal.script, Role.LAPTOP) == [(2_000, 3_000)]
    assert troubles(ideal.timeline(), ideal.script, Role.PHONE) == [(1_000, 1_500), (2_000, 3_000)]
    assert isinstance(judged(ideal), Kept | Unobserved)
