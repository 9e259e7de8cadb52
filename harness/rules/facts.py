"""What several rules ask of a timeline, and that needs more than one look: when the interview really ended, when the network was out."""

from __future__ import annotations

from typing import cast

from harness.core.events import Disturbed, Event, Intent, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.view import RUNNING, Act, Page, Role


def page_since(timeline: Timeline, page: Page, role: Role = Role.LAPTOP, *, after: int | None = None) -> Event | None:
    """The view with which that page came first."""
    return timeline.first(Viewed, lambda data: data.role == role and data.view.page == page, after=after)


def outages(timeline: Timeline, role: Role) -> list[tuple[int, int]]:
    """The spans in which the role had no working network, exam ms, merged and in order."""
    kinds = ("down", "timeout", "reset_peer")
    spans: list[tuple[int, int]] = []
    for event in timeline.of(Disturbed):
        data = cast("Disturbed", event.data)
        if data.kind in kinds and data.role in (None, role):
            if spans and event.at_ms <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], event.end_ms))
            else:
                spans.append((event.at_ms, event.end_ms))
    return spans


def out_at(timeline: Timeline, role: Role, from_ms: int, to_ms: int) -> bool:
    """The role's network was out at some time in `[from_ms, to_ms]`."""
    return any(start <= to_ms and end >= from_ms for start, end in outages(timeline, role))


def lesson_start(timeline: Timeline) -> Event | None:
    """The candidate started the lesson: the press, as the client took it."""
    return timeline.intent(Act.START)


def early_end(timeline: Timeline) -> Event | None:
    """The press that ended the interview early: the last of 【结束考试】 and its confirmations before the upload page.

    None where the candidate never pressed, or took it back.
    """
    left = page_since(timeline, Page.UPLOAD) or page_since(timeline, Page.DONE)
    presses = timeline.of(
        Intent,
        lambda data: (
            data.role == Role.LAPTOP and data.act in (Act.FINISH, Act.CONFIRM, Act.CANCEL) and data.status == "done"
        ),
    )
    if left is not None:
        presses = [event for event in presses if event.at_ms <= left.at_ms]
    if not presses or not any(cast("Intent", event.data).act == Act.FINISH for event in presses):
        return None
    last = presses[-1]
    return None if cast("Intent", last.data).act == Act.CANCEL else last


def interview_end(timeline: Timeline, script: Script) -> int | None:
    """The exam time at which this interview is over by the plan and the candidate's own presses; None: it was never begun.

    An ordinary one ends with the lesson, an art one with the presentation; an early end counts from its press.
    """
    start = lesson_start(timeline)
    pressed = early_end(timeline)
    if start is None:
        return pressed.at_ms if pressed is not None else None
    planned = start.at_ms + script.plan.answering(script.track)
    return planned if pressed is None else min(planned, pressed.at_ms)


def running(timeline: Timeline) -> Event | None:
    """The first view of a running stage."""
    return timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and data.view.page in RUNNING)
