"""Rules about the stages of the interview following each other (notice, section seven)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from harness.core.events import Event, Intent, Reported
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Page, Role, Stage
from harness.rules.countdowns import shown_countdowns
from harness.rules.course import Change, change, late_entry, on_page, reported_on_time
from harness.rules.facts import (
    clock_error,
    doubt,
    early_end,
    error_of,
    horizon,
    lesson_start,
    read,
    seen_throughout,
    view_before,
    view_of,
    views,
)
from harness.rules.rule import Need, rule

# What moves an interview on; anything else that a candidate presses changes no stage.
MOVING: Final = (Act.PROCEED, Act.START, Act.REFRESH, Act.FINISH, Act.CONFIRM, Act.WAIT)


def pressed_on_the_way(timeline: Timeline, after: int, before: int) -> Event | None:
    """A press of the candidate that may have moved the interview on."""
    return timeline.first(
        Intent,
        lambda data: data.role == Role.LAPTOP and data.act in MOVING and data.status == "done",
        after=after,
        before=before,
    )


def came_by_itself(
    timeline: Timeline, script: Script, turn: Change, *, what: str, early_ms: int = 0, late_ms: int = 0
) -> Verdict:
    """The page gave way by itself: no sooner than `early_ms` (or the error of a client's clock) before it was due, at most `late_ms` (or the
    plan's reaction) after it.
    """
    room = late_ms or script.plan.limits.reaction
    early_ms = max(early_ms, clock_error(timeline, script, Role.LAPTOP, turn.due_ms))
    until = turn.due_ms + turn.error_ms + room
    if turn.stood is None or turn.stood.at_ms >= turn.due_ms:
        return Unobserved(reason=f"page {turn.page} was not on show before {what} was due")
    if turn.seen is not None and turn.late_ms < -early_ms:
        return Broken(
            reason=f"{what} came at {show_moment(turn.seen.at_ms)}, {show(turn.due_ms - turn.seen.at_ms)} before it was due",
            margin=Margin(turn.late_ms + early_ms),
            evidence=(turn.stood, turn.seen),
        )
    if turn.seen is not None and turn.late_ms <= room:
        pressed = pressed_on_the_way(timeline, turn.due_ms, turn.seen.at_ms)
        if pressed is not None:
            return Unobserved(
                reason="the candidate had pressed something before it could come by itself", evidence=(pressed,)
            )
        if not seen_throughout(timeline, Role.LAPTOP, turn.stood.at_ms, turn.seen.at_ms):
            return Unobserved(reason=f"nobody watched the laptop until {what} came")
        return Kept(
            reason=f"{what} was due at {show_moment(turn.due_ms)} and came at {show_moment(turn.seen.at_ms)}",
            margin=Margin(room - turn.late_ms),
            evidence=(turn.seen,),
        )
    why = doubt(timeline, Role.LAPTOP, turn.due_ms, until)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"{what} was due at {show_moment(turn.due_ms)} and had not come {show(room)} later",
        margin=Margin(-room if turn.seen is None else room - turn.late_ms),
        evidence=(turn.stood,) if turn.seen is None else (turn.stood, turn.seen),
    )


@rule("ANS-4", Need.LAPTOP, Need.SERVICE)
def late_entry_has_the_same_end(timeline: Timeline, script: Script) -> Verdict:
    """Who enters after T0 prepares until the same moment as everyone: the lesson's page comes then, and the countdown had said so.

    A countdown that alone is wrong is no other end of preparation, and no proof of the same.
    """
    if not late_entry(timeline):
        return Unobserved(reason="the candidate did not enter after T0")
    turn = change(timeline, script, Page.PREPARATION)
    if turn is None:
        return Unobserved(reason="the interview was over before preparation was")
    came = came_by_itself(timeline, script, turn, what="the lesson's page for who entered late")
    for event, countdown in shown_countdowns(timeline, Page.PREPARATION):
        ends = event.at_ms + countdown.remaining_ms
        off = abs(ends - turn.due_ms) - event.error_ms
        if isinstance(came, Kept) and off > countdown.resolution_ms + script.plan.limits.countdown:
            return Unobserved(
                reason=f"the page came on time, and the countdown had said {show_moment(ends)}", evidence=(event,)
            )
    return came


@rule("ANS-5", Need.LAPTOP)
def the_lesson_page_comes_by_itself(timeline: Timeline, script: Script) -> Verdict:
    """When preparation ends the lesson's page comes, at most `limits.reaction` late and not before; late entry is ANS-4's."""
    turn = change(timeline, script, Page.PREPARATION)
    if turn is None or late_entry(timeline):
        return Unobserved(reason="the candidate entered late, or the interview was over before preparation was")
    return came_by_itself(timeline, script, turn, what="the lesson's page")


@rule("ANS-6", Need.LAPTOP, Need.SERVICE)
def the_candidate_starts_the_lesson(timeline: Timeline, script: Script) -> Verdict:
    """The lesson's countdown runs after 【开始】 and not before it, and no report says otherwise.

    A plan's own limit on the wait may start it too.
    """
    page, press = on_page(timeline, Page.LESSON), lesson_start(timeline)
    if page is None:
        return Unobserved(reason="the lesson's page did not come")
    wait = script.plan.spans.lesson_start
    by_plan = 10**9 if wait is None else script.plan.preparation_ends + wait
    until = by_plan if press is None else min(press.at_ms, by_plan)
    before = [(e, c) for e, c in shown_countdowns(timeline, Page.LESSON) if e.at_ms < until - error_of(e)]
    ran = next(((a, b) for a, b in pairwise(before) if b[1].remaining_ms < a[1].remaining_ms), None)
    # Who never starts it has not started it for as long as anybody looked.
    seen = min(until, horizon(timeline, Role.LAPTOP) or until)
    told = timeline.reported("started", Stage.LESSON)
    if ran is not None:
        return Broken(
            reason=f"the lesson's countdown ran at {show_moment(ran[1][0].at_ms)}, before the candidate started it",
            margin=Margin(min(0, ran[1][0].at_ms - seen)),
            evidence=(ran[0][0], ran[1][0]),
        )
    if told is not None and told.at_ms < until - error_of(told):
        return Broken(
            reason=f"the lesson was reported as started at {show_moment(told.at_ms)}, before the candidate started it",
            margin=Margin(min(0, told.at_ms - seen)),
            evidence=(told,),
        )
    if press is None or press.at_ms < page.at_ms:
        return Unobserved(reason="the candidate did not start the lesson")
    if not timeline.watched(Role.LAPTOP, page.at_ms, press.at_ms):
        return Unobserved(reason="nobody watched the laptop until the lesson was started")
    if told is None and timeline.reported("ended", Stage.PREPARATION) is None:
        return Unobserved(
            reason="the service was told of no change of stage, so that it can't say when the lesson began"
        )
    return _started(timeline, script, press, len(before))


def _started(timeline: Timeline, script: Script, press: Event, before: int) -> Verdict:
    running = [e for e, _ in shown_countdowns(timeline, Page.LESSON)][before:]
    limit = script.plan.limits.reaction
    if len(running) > 1 or (running and before == 0):
        return Kept(
            reason=f"started at {show_moment(press.at_ms)} by the candidate; the countdown runs from {show_moment(running[0].at_ms)}",
            margin=Margin(limit - max(0, running[0].at_ms - press.end_ms)),
            evidence=(press, running[0]),
        )
    why = doubt(timeline, Role.LAPTOP, press.at_ms, press.end_ms + limit, network=False)
    if why is not None or early_end(timeline) is not None:
        return Unobserved(reason=why or "the interview was ended early")
    return Broken(
        reason=f"【开始】 was pressed at {show_moment(press.at_ms)}, and {show(limit)} later no countdown of the lesson ran",
        margin=Margin(-limit),
        evidence=(press,),
    )


@rule("ANS-8", Need.LAPTOP, Need.SERVICE)
def the_lesson_ends_on_time(timeline: Timeline, script: Script) -> Verdict:
    """The lesson's page is left, and its end reported, at start + its span, within ± `limits.lesson_end`.

    Where the page was on time and only the report says another time, ANS-20 judges the report; where the report was on time and only the
    page stayed for longer than any reaction, what was to follow is judged (END-2, in art ANS-13).
    """
    turn, limit = change(timeline, script, Page.LESSON), script.plan.limits.lesson_end
    if turn is None or turn.early:
        return Unobserved(reason="the lesson was not started, or was ended early")
    started = turn.due_ms - script.plan.spans.lesson
    shown = started if turn.stood is None else min(started, turn.stood.at_ms)
    finish = timeline.intent(Act.FINISH, after=shown, before=turn.due_ms)
    if finish is not None:
        return Unobserved(reason="the candidate pressed 【结束考试】 in the lesson", evidence=(finish,))
    if turn.stood is None:
        return Unobserved(reason="the lesson's page was not on show")
    if turn.seen is None or abs(turn.late_ms) > limit:
        over = reported_on_time(timeline, script, turn)
        if over is not None and (turn.seen is None or turn.late_ms > limit + script.plan.limits.reaction):
            return Unobserved(
                reason="reported as ended on time: the page that was to follow is judged by its own rule",
                evidence=(over,),
            )
        until = turn.due_ms + turn.error_ms + limit
        early = turn.seen is not None and turn.late_ms < 0
        why = None if early else doubt(timeline, Role.LAPTOP, turn.due_ms, until, network=False)
        if why is not None:
            return Unobserved(reason=why)
        seen = "did not end" if turn.seen is None else f"ended at {show_moment(turn.seen.at_ms)}"
        return Broken(
            reason=f"the lesson was to end at {show_moment(turn.due_ms)}, within {show(limit)}, and {seen}",
            margin=Margin(-limit if turn.seen is None else limit - abs(turn.late_ms)),
            evidence=(turn.stood,) if turn.seen is None else (turn.stood, turn.seen),
        )
    report = timeline.reported("ended", Stage.LESSON)
    if report is None:
        return Unobserved(
            reason="the page was on time, and no report of the lesson's end was seen", evidence=(turn.seen,)
        )
    claimed = read(Reported, report).claimed_ms
    off = max(turn.due_ms - claimed, claimed - turn.due_ms - turn.error_ms, 0)
    if off > limit:
        return Unobserved(
            reason=f"the page was on time, and the report says {show_moment(claimed)}: ANS-20 judges it",
            evidence=(report,),
        )
    if not seen_throughout(timeline, Role.LAPTOP, turn.stood.at_ms, turn.seen.at_ms):
        return Unobserved(reason="nobody watched the lesson to its end")
    return Kept(
        reason=f"due at {show_moment(turn.due_ms)}: the page was left at {show_moment(turn.seen.at_ms)}, "
        f"the report says {show_moment(claimed)}, within {show(limit)}",
        margin=Margin(limit - max(abs(turn.late_ms), off)),
        evidence=(turn.seen, report),
    )


@rule("ANS-11", Need.LAPTOP, Need.SERVICE)
def ending_early_ends(timeline: Timeline, script: Script) -> Verdict:
    """【结束考试】, confirmed where the client asks (at most twice), leads to the upload's page before the plan's own end.

    In art the button ends the skill test and the presentation; in the lesson it ends only that, and nothing is judged.
    """
    press = timeline.first(
        Intent, lambda data: data.act == Act.FINISH and data.status != "unsupported", role=Role.LAPTOP
    )
    at_press = None if press is None else view_before(timeline, Role.LAPTOP, press)
    if press is None or at_press is None:
        return Unobserved(reason="the candidate did not press 【结束考试】")
    ends = (Page.SKILL_TEST, Page.PRESENTATION) if script.track == "art" else (Page.LESSON,)
    if view_of(at_press).page not in ends:
        return Unobserved(reason=f"on page {view_of(at_press).page} the button does not end the interview")
    answers = timeline.of(
        Intent, lambda data: data.act in (Act.CONFIRM, Act.CANCEL), after=press.at_ms, role=Role.LAPTOP, status="done"
    )
    gone = left_for_upload(timeline, press)
    answers = [event for event in answers if gone is None or event.at_ms <= gone.at_ms]
    if any(read(Intent, event).act == Act.CANCEL for event in answers):
        return Unobserved(reason="the candidate took it back")
    last, limit = (answers or [press])[-1], script.plan.limits.reaction
    start = lesson_start(timeline)
    planned = None if start is None else start.at_ms + script.plan.answering(script.track)
    if gone is not None and planned is not None and gone.at_ms >= planned - script.plan.limits.lesson_end:
        return _goes_on(timeline, script, press, last, len(answers))
    if gone is not None and len(answers) <= 2 and gone.at_ms <= last.end_ms + limit + error_of(gone):
        if timeline.first(Reported, lambda data: data.what in ("early-end", "ended"), after=press.at_ms) is None:
            return Unobserved(reason="the service was never told of an end", evidence=(press, gone))
        return Kept(
            reason=f"pressed at {show_moment(press.at_ms)}, asked {len(answers)} time(s), "
            f"page {view_of(gone).page} at {show_moment(gone.at_ms)}",
            margin=Margin(limit - max(0, gone.at_ms - last.end_ms)),
            evidence=(press, gone),
        )
    return _goes_on(timeline, script, press, last, len(answers))


def left_for_upload(timeline: Timeline, press: Event) -> Event | None:
    """The first view of the upload's page (or a later one) after the press."""
    return next(
        (e for e in views(timeline, Role.LAPTOP, press.at_ms) if view_of(e).page in (Page.UPLOAD, Page.DONE)), None
    )


def _goes_on(timeline: Timeline, script: Script, press: Event, last: Event, asked: int) -> Verdict:
    limit, start = script.plan.limits.reaction, lesson_start(timeline)
    until = last.end_ms + limit
    planned = None if start is None else start.at_ms + script.plan.answering(script.track)
    if planned is not None and until >= planned:
        return Unobserved(reason="the button was pressed too close to the interview's own end")
    why = doubt(timeline, Role.LAPTOP, last.at_ms, until)
    stands = timeline.view_at(Role.LAPTOP, until)
    asking = timeline.shown(Role.LAPTOP, lambda view: view.enabled(Act.CONFIRM), after=last.at_ms, before=until)
    # A question that nobody answers stands, or goes with the page as its stage ends.
    from_dialog = (
        asked < 2
        and stands is not None
        and (
            view_of(stands).enabled(Act.CONFIRM)
            or (asking is not None and view_of(stands).page is not view_of(asking).page)
        )
    )
    if why is not None or from_dialog:
        return Unobserved(reason=why or "the client's question was not answered", evidence=(press,))
    refused = read(Intent, press).status == "refused"
    how = "was refused" if refused else f"and {asked} confirmation(s) did not lead to the upload within {show(limit)}"
    return Broken(
        reason=f"【结束考试】 was pressed at {show_moment(press.at_ms)} {how}",
        margin=Margin(-limit),
        evidence=(press, last),
    )
