"""Where a candidate stands in exam time: pure functions of the plan, the seat's marks and now. All in exam ms."""

from __future__ import annotations

from typing import Literal

from harness.core.plan import Plan, Track
from harness.core.view import Stage
from harness.service.state import Mark, Seat

Standing = Literal["before", "preparation", "lesson", "skill_test", "presentation", "ended"]
Boundary = Literal["started", "ended", "early-end"]


def stages(track: Track) -> tuple[Stage, ...]:
    """The running stages of a track, in order."""
    return tuple(Stage) if track == "art" else (Stage.PREPARATION, Stage.LESSON)


def mark_of(seat: Seat, stage: Stage, *boundaries: Boundary) -> Mark | None:
    """The seat's mark of one of these boundaries, if it was reported."""
    return next((mark for mark in seat.marks if mark.stage == stage and mark.boundary in boundaries), None)


def lesson_started(seat: Seat) -> int | None:
    """When the candidate started the lesson, as far as the service was told."""
    mark = mark_of(seat, Stage.LESSON, "started")
    return None if mark is None else mark.at_ms


def left_early(seat: Seat) -> Mark | None:
    """The early end with which the candidate ended the interview: of any stage, on the lesson's page also before it was started.

    Only an art lesson that was started and ended early is followed by something.
    """
    begun = seat.entrant.track == "art" and lesson_started(seat) is not None
    ends = (mark for mark in seat.marks if mark.boundary == "early-end")
    return next((mark for mark in ends if not (begun and mark.stage is Stage.LESSON)), None)


def end_of(plan: Plan, seat: Seat) -> int | None:
    """The candidate's own end: as reported, or when the time allowed is over; None while it can't be known."""
    reported = left_early(seat) or mark_of(seat, stages(seat.entrant.track)[-1], "ended")
    if reported is not None:
        return reported.at_ms
    started = lesson_started(seat)
    if started is None:
        if plan.spans.lesson_start is None:
            return None
        started = plan.preparation_ends + plan.spans.lesson_start
    return started + plan.answering(seat.entrant.track)


def ended(plan: Plan, seat: Seat, now: int) -> bool:
    """An interview that was entered is over."""
    end = end_of(plan, seat)
    return seat.entered_ms is not None and end is not None and now >= end


def standing(plan: Plan, seat: Seat, now: int) -> Standing:
    """The stage that runs for this candidate; `lesson` from the end of preparation, started or not."""
    if ended(plan, seat, now):
        return "ended"
    if now < 0:
        return "before"
    if now < plan.preparation_ends:
        return "preparation"
    started = lesson_started(seat)
    if started is None or seat.entrant.track == "ordinary" or now < started + plan.spans.lesson:
        return "lesson"
    return "skill_test" if now < started + plan.spans.lesson + plan.spans.skill_test else "presentation"


def bounded(plan: Plan, seat: Seat, stage: Stage, boundary: Boundary, claimed: int, *, now: int) -> int:
    """A claimed boundary, no later than now and inside the time that its stage can have."""
    earliest, latest = 0, now
    if stage is not Stage.PREPARATION:
        earliest = int(plan.preparation_ends)
        started = lesson_started(seat)
        if started is not None and (stage, boundary) != (Stage.LESSON, "started"):
            earliest, latest = started, min(now, started + plan.answering(seat.entrant.track))
    return max(earliest, min(claimed, latest))
