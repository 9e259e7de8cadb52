"""Rules about help and reports while the interview runs (notice, section seven)."""

from __future__ import annotations

from typing import Final

from harness.core.events import DeskActed, Event, Operation, Reported, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import RUNNING, Act, AlertCode, Page, Role, Stage, View
from harness.rules.course import STAGES, Change, changes, late_entry
from harness.rules.facts import (
    dead,
    doubt,
    ending,
    faulty,
    horizon,
    lesson_start,
    outages,
    over,
    read,
    squashed,
    view_before,
    view_of,
    views,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

NEXT: Final = {Stage.LESSON: Stage.SKILL_TEST, Stage.SKILL_TEST: Stage.PRESENTATION}


@rule("ANS-12", Need.LAPTOP, Need.SERVICE)
def help_reaches_the_desk(timeline: Timeline, script: Script) -> Verdict:
    """【求助】 reaches the service, the interview stays where it is, and an answer in text is shown."""
    press = timeline.intent(Act.HELP)
    before = None if press is None else view_before(timeline, Role.LAPTOP, press)
    if press is None or before is None:
        return Unobserved(reason="the candidate did not press 【求助】")
    return every(
        [_reached(timeline, script, press), _stayed(timeline, script, press, before), *_answers(timeline, script)], ""
    )


def _reached(timeline: Timeline, script: Script, press: Event) -> Verdict:
    reached = next(iter(timeline.served(Operation.HELP, after=press.at_ms - press.error_ms)), None)
    limits = script.plan.limits
    if reached is not None:
        return Kept(
            reason=f"【求助】 at {show_moment(press.at_ms)} reached the desk at {show_moment(reached.at_ms)}",
            margin=Margin((horizon(timeline, "service") or reached.at_ms) - reached.at_ms),
            evidence=(press, reached),
        )
    back = max(
        (end for start, end in outages(timeline, Role.LAPTOP) if start <= press.end_ms + limits.reaction), default=0
    )
    until = max(press.end_ms, back) + limits.catch_up
    why = doubt(timeline, Role.LAPTOP, max(press.at_ms, back + 1), until)
    if any(press.at_ms <= gone <= until for gone, _ in dead(timeline, Role.LAPTOP)):
        why = "the client was killed before the call could get through"
    if why is not None or not timeline.watched("service", press.at_ms, until) or faulty(script, Operation.HELP):
        return Unobserved(reason=why or "the service was made to fail, or nobody watched it")
    return Broken(
        reason=f"【求助】 was pressed at {show_moment(press.at_ms)}, and nothing reached the desk",
        margin=Margin(press.end_ms - until),
        evidence=(press,),
    )


def _stayed(timeline: Timeline, script: Script, press: Event, before: Event) -> Verdict:
    page, until = view_of(before).page, press.end_ms + script.plan.limits.reaction
    end = ending(timeline, script)
    if end is not None:
        until = min(until, end.at_ms)
    until = min([until, *(since for since, _ in dead(timeline, Role.LAPTOP) if since >= press.at_ms)])
    gone = next(
        (
            e
            for e in views(timeline, Role.LAPTOP, press.at_ms, until)
            if (e.at_ms, e.seq) > (press.at_ms, press.seq)
            and view_of(e).page not in (page, *RUNNING, *((Page.WAITING,) if page == Page.DEVICES else ()))
        ),
        None,
    )
    if gone is not None:
        return Broken(
            reason=f"after 【求助】 page {view_of(gone).page} came in the place of {page}", evidence=(press, gone)
        )
    if not timeline.watched(Role.LAPTOP, press.at_ms, until):
        return Unobserved(reason="nobody watched the laptop after 【求助】")
    return Kept(reason=f"the interview stayed on page {page}", evidence=(press,))


def _answers(timeline: Timeline, script: Script) -> list[Verdict]:
    answers = timeline.of(DeskActed, lambda data: bool(data.text), action="answer")
    return [_answered(timeline, script, event, squashed(read(DeskActed, event).text)) for event in answers]


def _answered(timeline: Timeline, script: Script, answered: Event, text: str) -> Verdict:
    limits, end, left = script.plan.limits, ending(timeline, script), over(timeline)
    ended = min([each.at_ms for each in (end, left) if each is not None], default=10**9)

    def shows(view: View) -> bool:
        return text in squashed(view.alert(AlertCode.HELP_ANSWER)) or text in squashed("".join(view.text))

    shown = timeline.shown(Role.LAPTOP, shows, after=answered.at_ms)
    if shown is not None:
        return Kept(
            reason=f"the desk's answer was shown at {show_moment(shown.at_ms)}",
            margin=Margin((horizon(timeline, Role.LAPTOP) or shown.at_ms) - shown.at_ms),
            evidence=(answered, shown),
        )
    out = [stop for start, stop in outages(timeline, Role.LAPTOP) if start <= answered.at_ms + limits.reaction]
    since = max([answered.at_ms, *(stop + 1 for stop in out)])
    call = timeline.intent(Act.HELP)
    if call is not None and any(call.at_ms <= gone <= answered.at_ms for gone, _ in dead(timeline, Role.LAPTOP)):
        return Unobserved(reason="the client was killed between the call and its answer", evidence=(call, answered))
    why = doubt(timeline, Role.LAPTOP, since, since + limits.catch_up)
    if why is not None or ended < since + limits.catch_up:
        return Unobserved(reason=why or "the interview was over before the answer could be shown")
    return Broken(
        reason=f"the desk answered at {show_moment(answered.at_ms)}, and the answer was not shown",
        margin=Margin(-limits.catch_up),
        evidence=(answered,),
    )


@rule("ANS-20", Need.LAPTOP, Need.SERVICE)
def changes_are_reported(timeline: Timeline, script: Script) -> Verdict:
    """Every change of stage that was seen is reported, as an end or as a start, with the exam time at which it was seen, ± `limits.report`.

    Changes: preparation from T0 for who was there, the lesson from 【开始】 (or the end of preparation), each later stage, an early end. A
    report may come later, after an outage, but not the time in it. The claim is compared with what was seen.
    """
    looks: list[Verdict] = []
    start = lesson_start(timeline)
    for turn in changes(timeline, script):
        if turn.seen is None or turn.stood is None or (turn.page == Page.WAITING and late_entry(timeline)):
            continue
        if turn.early and _ended_by_plan(timeline, script, turn):
            continue  # the press ended nothing: ANS-11 judges that
        if _not_back(timeline, turn):
            continue
        looks.append(_reported(timeline, script, _wanted(turn), turn.seen, f"the end of {turn.page}", _due(turn)))
    if start is not None:
        wanted: list[tuple[str, Stage | None]] = [("started", Stage.LESSON)]
        looks.append(_reported(timeline, script, wanted, start, "the start of the lesson", None))
    if start is None or len(looks) < 2:
        return Unobserved(reason="no lesson was started, so that there was little to report")
    return every(looks, "no change of stage was seen")


def _ended_by_plan(timeline: Timeline, script: Script, turn: Change) -> bool:
    """The page was left long after the press, or at the interview's own end and reported as such."""
    start, stage = lesson_start(timeline), STAGES.get(turn.page)
    planned = None if start is None else start.at_ms + script.plan.answering(script.track)
    at_the_end = (
        planned is not None and turn.seen is not None and turn.seen.at_ms >= planned - script.plan.limits.lesson_end
    )
    told = timeline.reported("ended", stage) if stage is not None else None
    return turn.late_ms > script.plan.limits.reaction or (at_the_end and told is not None)


def _not_back(timeline: Timeline, turn: Change) -> bool:
    """A client that was started again had not come back to the page before it was to be left: that nobody saw."""
    assert turn.stood is not None
    assert turn.seen is not None
    before = view_before(timeline, Role.LAPTOP, turn.seen)
    restarted = any(turn.stood.at_ms <= gone < turn.seen.at_ms for gone, _ in dead(timeline, Role.LAPTOP))
    return restarted and (before is None or view_of(before).page is not turn.page)


def _due(turn: Change) -> tuple[int, int]:
    """When it was due: a report that gives the plan's own time of a change that was shown late is right as well."""
    return turn.due_ms, turn.due_ms + turn.error_ms


def _wanted(turn: Change) -> list[tuple[str, Stage | None]]:
    if turn.page == Page.WAITING:
        return [("started", Stage.PREPARATION)]
    stage = STAGES[turn.page]
    if turn.early:
        return [("early-end", None)]
    if stage == Stage.PREPARATION:
        return [("ended", stage), ("started", Stage.LESSON)]
    following = NEXT.get(stage)
    # Who is asked to end at the very moment at which the stage ends by itself may report either.
    return [("ended", stage), *([("started", following)] if following is not None else []), ("early-end", stage)]


def _reported(
    timeline: Timeline,
    script: Script,
    wanted: list[tuple[str, Stage | None]],
    seen: Event,
    what: str,
    due: tuple[int, int] | None,
) -> Verdict:
    limits = script.plan.limits
    found = [(w, event) for w, stage in wanted if (event := timeline.reported(w, stage)) is not None]
    if found:
        # The start of the lesson stands for the end of preparation too, and has a time of its own.
        word, event = found[0]
        if word == "started" and due is not None and len(wanted) > 1 and wanted[0][1] == Stage.PREPARATION:
            return Kept(reason=f"{what} is in the report of the lesson's start", evidence=(event,))
        claimed = read(Reported, event).claimed_ms
        low, high = (seen.at_ms, seen.end_ms) if due is None else (min(due[0], seen.at_ms), max(due[1], seen.at_ms))
        off = max(low - claimed, claimed - high, 0)
        return at_most(
            limits.report,
            off,
            what=f"{what}, seen at {show_moment(seen.at_ms)}, is reported as of {show_moment(claimed)}: off by",
            evidence=(seen, event),
            error_ms=seen.error_ms,
        )
    watched = horizon(timeline, "service") or seen.at_ms
    back = max((end for _, end in outages(timeline, Role.LAPTOP) if end > seen.at_ms), default=seen.at_ms)
    killed = any(
        start <= watched and end >= seen.at_ms and start < watched for start, end in dead(timeline, Role.LAPTOP)
    )
    room = limits.catch_up if back > seen.at_ms else limits.reaction
    if watched < back + room or killed or faulty(script, Operation.STAGE):
        return Unobserved(
            reason=f"{what} was not reported, and the run was over soon after it, or disturbed", evidence=(seen,)
        )
    refused = [e for e in timeline.of(Served, operation=Operation.STAGE) if read(Served, e).status >= 500]
    if refused or not timeline.watched("service", seen.at_ms, back + room):
        return Unobserved(reason="the service could not take reports, or nobody watched it")
    return Broken(
        reason=f"{what}, seen at {show_moment(seen.at_ms)}, was not reported in the {show(watched - seen.at_ms)} after it",
        margin=Margin(seen.at_ms - watched),
        evidence=(seen,),
    )
