"""The course of one interview: which change of stage was due when, by the plan and the candidate's presses, and when the page showed it.

Pages come in one order; a page counts as left when a later one came. Called by the rules of this package alone.
"""

from __future__ import annotations

from typing import Final

import msgspec

from harness.core.events import Event, Reported
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.view import RUNNING, Page, Role, Stage
from harness.rules.facts import (
    dead,
    ending,
    entered,
    lesson_begins,
    stranded,
    turned_away,
    view_before,
    view_of,
    views,
)

BEFORE_ENTRY: Final = (Page.CHECK, Page.LOGIN, Page.BIND, Page.ATTACHMENTS, Page.LOBBY)
ORDER: Final = (Page.WAITING, *RUNNING, Page.UPLOAD, Page.DONE)
STAGES: Final[dict[Page, Stage]] = {
    Page.PREPARATION: Stage.PREPARATION,
    Page.LESSON: Stage.LESSON,
    Page.SKILL_TEST: Stage.SKILL_TEST,
    Page.PRESENTATION: Stage.PRESENTATION,
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A page gives way to a later one: due at `due_ms`, or up to `error_ms` later; `seen` is the view with which it did."""

    page: Page
    due_ms: int
    error_ms: int
    stood: Event | None  # the first view of the page that was to be left
    seen: Event | None
    early: bool = False  # the candidate's own press, not the plan, was the cause

    @property
    def late_ms(self) -> int:
        """How far off it was seen, ms: negative early, 0 inside the error of its due time; 0 where it was not seen."""
        if self.seen is None:
            return 0
        at, error = self.seen.at_ms, self.seen.error_ms
        if at < self.due_ms:
            return min(0, at - self.due_ms + error)
        return max(0, at - self.due_ms - self.error_ms - error)


def on_page(timeline: Timeline, page: Page) -> Event | None:
    """The first view of that page of the laptop."""
    return next((event for event in views(timeline, Role.LAPTOP) if view_of(event).page == page), None)


def left(timeline: Timeline, page: Page) -> Event | None:
    """The view with which the page gave way to a later one."""
    stood = on_page(timeline, page)
    if stood is None:
        return None
    later = ORDER[ORDER.index(page) + 1 :]
    return next((e for e in views(timeline, Role.LAPTOP, stood.at_ms) if view_of(e).page in later), None)


def changes(timeline: Timeline, script: Script) -> tuple[Change, ...]:
    """The changes of stage that this interview had to make, in order."""
    spans = script.plan.spans
    due: list[tuple[Page, int, int]] = [(Page.WAITING, 0, 0), (Page.PREPARATION, script.plan.preparation_ends, 0)]
    start = lesson_begins(timeline, script)
    if start is not None:
        at, error = start[0] + spans.lesson, start[1]
        due.append((Page.LESSON, at, error))
        if script.track == "art":
            # A lesson that ended late by what its own bound allows may put off what follows by as much.
            error += script.plan.limits.lesson_end
            due.append((Page.SKILL_TEST, at + spans.skill_test, error))
            due.append((Page.PRESENTATION, at + spans.skill_test + spans.presentation, error))
    away = turned_away(timeline)
    if away is not None:
        # What fell into the time that the client did not run was nobody's to show.
        gone = max((since for since, _ in dead(timeline, Role.LAPTOP) if since < away.at_ms), default=away.at_ms)
        due = [each for each in due if each[1] < gone]
    # A client that has come back and reaches nobody has nothing to tell the time by.
    lost, reaction = stranded(timeline, Role.LAPTOP, script.plan.limits.catch_up), script.plan.limits.reaction
    due = [
        each for each in due if not any(start <= each[1] + each[2] + reaction and each[1] < end for start, end in lost)
    ]
    end, early = ending(timeline, script), None
    if end is not None and end.early:
        page = view_before(timeline, Role.LAPTOP, end.press)
        due = [each for each in due if each[1] < end.at_ms]
        early = (
            None if page is None or view_of(page).page not in ORDER else (view_of(page).page, end.at_ms, end.error_ms)
        )
    found = [_change(timeline, *each) for each in due]
    return (*found, _change(timeline, *early, early=True)) if early is not None else tuple(found)


def _change(timeline: Timeline, page: Page, due_ms: int, error_ms: int, *, early: bool = False) -> Change:
    return Change(
        page=page,
        due_ms=due_ms,
        error_ms=error_ms,
        stood=on_page(timeline, page),
        seen=left(timeline, page),
        early=early,
    )


def change(timeline: Timeline, script: Script, page: Page) -> Change | None:
    """The change that ends that page, where the interview had it."""
    return next((each for each in changes(timeline, script) if each.page == page), None)


def reported_on_time(timeline: Timeline, script: Script, turn: Change) -> Event | None:
    """The client's report that the stage was over when it was due: then it did end, whatever page stood there."""
    stage, room = STAGES.get(turn.page), script.plan.limits.lesson_end
    low, high = turn.due_ms - room, turn.due_ms + turn.error_ms + room
    return timeline.first(
        Reported,
        lambda data: data.what in ("ended", "early-end") and data.stage == stage and low <= data.claimed_ms <= high,
    )


def late_entry(timeline: Timeline) -> bool:
    """The candidate entered after T0."""
    entry = entered(timeline)
    return entry is not None and entry.at_ms > 0


def at_the_door(timeline: Timeline, at_ms: int) -> bool:
    """The laptop's client, started again, still asked for the device check or the login then: it has nothing else to show."""
    shown = timeline.view_at(Role.LAPTOP, at_ms)
    started = any(end <= at_ms for _, end in dead(timeline, Role.LAPTOP))
    return started and shown is not None and view_of(shown).page in (Page.CHECK, Page.LOGIN)
