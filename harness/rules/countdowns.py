"""Rules about countdowns (notice, section seven): there is one, it goes down, and it is right."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from harness.core.events import Event, Intent, Watched
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Countdown, Page, Role
from harness.rules.course import Change, changes, late_entry, left, on_page
from harness.rules.facts import doubt, entered, error_of, horizon, read, view_of, views
from harness.rules.rule import Need, rule


def shown_countdowns(timeline: Timeline, page: Page) -> list[tuple[Event, Countdown]]:
    """Every view of the page that carries the page's own countdown, with it."""
    found = []
    for event in views(timeline, Role.LAPTOP):
        view = view_of(event)
        countdown = view.countdown(page.value) if view.page == page else None
        if countdown is not None:
            found.append((event, countdown))
    return found


def counts_down(timeline: Timeline, script: Script, page: Page) -> Verdict:
    """On the page stands its countdown, and it goes down, in an interview that the service has let the candidate into.

    How exact it is, is ANS-17's to judge.
    """
    came, entry = on_page(timeline, page), entered(timeline)
    if came is None:
        return Unobserved(reason=f"page {page} did not come")
    if entry is None or entry.at_ms > came.at_ms + error_of(came, entry):
        return Unobserved(reason=f"page {page} came without the candidate's having entered", evidence=(came,))
    shown = shown_countdowns(timeline, page)
    limits = script.plan.limits
    if not shown:
        gone = left(timeline, page)
        until = came.at_ms + limits.reaction
        why = doubt(timeline, Role.LAPTOP, came.at_ms, until, network=False)
        if why is not None or (gone is not None and gone.at_ms < until):
            return Unobserved(reason=why or f"page {page} stood for a moment only")
        return Broken(
            reason=f"page {page} stood from {show_moment(came.at_ms)} and showed no countdown",
            margin=Margin(-limits.reaction),
            evidence=(came,),
        )
    for (event, before), (later, after) in pairwise(shown):
        passed = later.at_ms - event.at_ms - later.error_ms - event.error_ms
        if (
            passed > max(before.resolution_ms, after.resolution_ms) + limits.countdown
            and after.remaining_ms >= before.remaining_ms
        ):
            return Broken(
                reason=f"the countdown stood at {show(after.remaining_ms)} although {show(passed)} had passed",
                margin=Margin(before.remaining_ms - after.remaining_ms - passed),
                evidence=(event, later),
            )
    (first, most), (last, least) = shown[0], shown[-1]
    if least.remaining_ms >= most.remaining_ms:
        return Unobserved(reason="the countdown was not on show for one of its steps", evidence=(first,))
    return Kept(
        reason=f"counted down from {show(most.remaining_ms)} at {show_moment(first.at_ms)} "
        f"to {show(least.remaining_ms)} at {show_moment(last.at_ms)}",
        margin=Margin(most.remaining_ms - least.remaining_ms),
        evidence=(first, last),
    )


@rule("ANS-1", Need.LAPTOP, Need.SERVICE)
def waiting_counts_down(timeline: Timeline, script: Script) -> Verdict:
    """The waiting page has a countdown that goes down to T0; whether it is right is ANS-17's to judge."""
    return counts_down(timeline, script, Page.WAITING)


@rule("ANS-3", Need.LAPTOP, Need.SERVICE)
def preparation_counts_down(timeline: Timeline, script: Script) -> Verdict:
    """From T0 on (shown at most `limits.reaction` late where the waiting page stood then) preparation has a countdown that goes down."""
    waiting = timeline.view_at(Role.LAPTOP, -1)
    if waiting is not None and view_of(waiting).page == Page.WAITING:
        limit = script.plan.limits.reaction
        shown = shown_countdowns(timeline, Page.PREPARATION)
        late = None if not shown else shown[0][0].at_ms - shown[0][0].error_ms
        if late is None or late > limit:
            why = doubt(timeline, Role.LAPTOP, 0, limit)
            if why is not None:
                return Unobserved(reason=why)
            return Broken(
                reason=f"at {show_moment(limit)} preparation's countdown was not on show",
                margin=Margin(-limit if late is None else limit - late),
                evidence=(waiting,),
            )
    return counts_down(timeline, script, Page.PREPARATION)


class _Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A countdown as it stood at one moment; `room` is how far it was from the bound then, ms, negative beyond it."""

    room: int
    at_ms: int
    event: Event
    countdown: Countdown


@rule("ANS-17", Need.LAPTOP)
def countdowns_are_right(timeline: Timeline, script: Script) -> Verdict:
    """A countdown is off from what it counts to by at most its own step plus `limits.countdown`, from when it is shown until something else is.

    Left out: preparation of who entered late (ANS-4's), a countdown that has run out, what still stands when its stage was to be over (the
    stage's own rule judges that), and the time in the background with `limits.reaction` after it. Two different readings at least must
    have been seen.
    """
    away = _away(timeline, script)
    turns = [each for each in changes(timeline, script) if not each.early]
    due = {each.page.value: (each.due_ms, each.due_ms + each.error_ms) for each in turns}
    if late_entry(timeline):
        due.pop(Page.PREPARATION.value, None)
    # A stage that itself ended off its time has a rule of its own; its countdown is right if it said when that would be.
    astray = {each.page.value: each.seen.at_ms for each in turns if each.seen is not None and _off_time(each, script)}
    for stage in astray.keys() & due.keys():
        due[stage] = min(due[stage][0], astray[stage]), max(due[stage][1], astray[stage])
    readings: set[tuple[str, int]] = set()
    worst: _Reading | None = None
    for event, stands_until in _standing(timeline):
        for countdown in view_of(event).countdowns:
            if countdown.stage not in due or countdown.remaining_ms <= 0 or _overlaps(away, event.at_ms, event.at_ms):
                continue
            span = due[countdown.stage]
            readings.add((countdown.stage, countdown.remaining_ms))
            found = [_reading(script, event, countdown, event.at_ms, span)]
            until = min(stands_until, span[0])
            if until > event.at_ms and not _overlaps(away, event.at_ms, until):
                last = _reading(script, event, countdown, until, span)
                # What a client shows while it does not run, or nobody looks, is not known.
                if last.room >= 0 or doubt(timeline, Role.LAPTOP, event.at_ms, until, network=False) is None:
                    found.append(last)
            worst = min((each for each in (worst, *found) if each is not None), key=lambda each: each.room)
    if worst is None:
        return Unobserved(reason="no countdown was seen whose end is known")
    return _weighed(worst, script, readings, astray)


def _standing(timeline: Timeline) -> list[tuple[Event, int]]:
    """The laptop's views, each with the exam time until which it stood: the next view, or the end of watching."""
    shown = views(timeline, Role.LAPTOP)
    watched = [event.end_ms for event in timeline.of(Watched, what=Role.LAPTOP.value)]
    ends = [*(following.at_ms for following in shown[1:]), max(watched, default=0)]
    return [
        (event, min([until, *(end for end in watched if end >= event.at_ms)]))
        for event, until in zip(shown, ends, strict=False)  # without a view there is no end either
    ]


def _reading(script: Script, event: Event, countdown: Countdown, at_ms: int, due: tuple[int, int]) -> _Reading:
    ends = at_ms + countdown.remaining_ms
    off = max(0, due[0] - ends, ends - due[1]) - event.error_ms
    room = countdown.resolution_ms + script.plan.limits.countdown - off
    return _Reading(room=room, at_ms=at_ms, event=event, countdown=countdown)


def _weighed(worst: _Reading, script: Script, readings: set[tuple[str, int]], astray: dict[str, int]) -> Verdict:
    event, countdown = worst.event, worst.countdown
    allowed = countdown.resolution_ms + script.plan.limits.countdown
    still = f", still at {show_moment(worst.at_ms)}," if worst.at_ms > event.at_ms else ""
    seen = f"{show(countdown.remaining_ms)} of {countdown.stage} at {show_moment(event.at_ms)}{still}"
    if worst.room < 0:
        return Broken(
            reason=f"{seen} is off by {show(allowed - worst.room)}, at most {show(allowed)} asked",
            margin=Margin(worst.room),
            evidence=(event,),
        )
    if astray or len(readings) < 2:
        stage = next(iter(astray), countdown.stage)
        return Unobserved(reason=f"{stage} ended off its time, or was seen at one reading only", evidence=(event,))
    return Kept(
        reason=f"{len(readings)} readings; the worst, {seen} is off by {show(max(0, allowed - worst.room))}",
        margin=Margin(worst.room),
        evidence=(event,),
    )


def _overlaps(spans: list[tuple[int, int]], from_ms: int, to_ms: int) -> bool:
    return any(start <= to_ms and end >= from_ms for start, end in spans)


def _off_time(turn: Change, script: Script) -> bool:
    limits = script.plan.limits
    late = limits.reaction if turn.page in (Page.WAITING, Page.PREPARATION) else limits.lesson_end
    return not -limits.lesson_end <= turn.late_ms <= late


def _away(timeline: Timeline, script: Script) -> list[tuple[int, int]]:
    spans, since = [], None
    for event in timeline.of(Intent, lambda data: data.act in (Act.LEAVE, Act.RETURN), role=Role.LAPTOP):
        if read(Intent, event).act == Act.LEAVE:
            since = event.at_ms if since is None else since
        elif since is not None:
            spans.append((since, event.end_ms + script.plan.limits.reaction))
            since = None
    return spans if since is None else [*spans, (since, horizon(timeline, Role.LAPTOP) or since)]
