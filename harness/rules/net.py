"""Rules about network outages and killed clients (notice, section seven, note seven)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from harness.core.events import Event, Intent, Offered, Operation, PatchBegan, ProcessChanged, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import RUNNING, Act, AlertCode, Page, Role, Stream, View
from harness.rules.countdowns import shown_countdowns
from harness.rules.course import Change, changes
from harness.rules.facts import doubt, ending, entered, error_of, horizon, out_at, outages, read, view_of, views
from harness.rules.media import (
    Held,
    arrivals,
    excused,
    frame_ms,
    gapless,
    held,
    overlaps,
    resumptions,
    still_moving,
    unlooked,
)
from harness.rules.rule import Need, Rule, rule
from harness.rules.weigh import either, every

TEN_SECONDS_MS: Final = 10_000  # `readings.retries_per_10s`
GROWTH: Final = 1.2  # an interval that a loaded machine stretched by chance was never a fifth longer than its neighbours in our runs


def _offline(view: View) -> bool:
    return view.network == "offline" or view.says(AlertCode.OFFLINE)


# -- NET-1 -------------------------------------------------------------------------------------------------------------


@rule("NET-1", Need.LAPTOP, Need.NETWORK)
def stages_go_on_without_a_network(timeline: Timeline, script: Script) -> Verdict:
    """In an outage each change of stage comes on time, what the candidate presses works, and the candidate is told of the outage.

    The question is excepted. An outage counts from the entry on, and only where a change was due or the candidate pressed in it.
    """
    entry = entered(timeline)
    looks = (
        []
        if entry is None
        else [_through(timeline, script, *span) for span in outages(timeline, Role.LAPTOP) if span[0] > entry.at_ms]
    )
    return either(
        [look for look in looks if look is not None], "no outage of the laptop's network fell into the interview"
    )


def _through(timeline: Timeline, script: Script, start: int, end: int) -> Verdict:
    limits = script.plan.limits
    stages: list[Verdict] = [
        _turned(timeline, script, turn)
        for turn in changes(timeline, script)
        if start < turn.due_ms
        and turn.due_ms + turn.error_ms + limits.reaction <= end
        and turn.stood is not None
        and turn.stood.at_ms < turn.due_ms
    ]
    press = timeline.intent(Act.START, after=start, before=end - limits.reaction)
    if press is not None:
        stages.append(_starts(timeline, script, press))
    if not stages:
        return Unobserved(reason="no change of stage was due in the outage, with the plan's reaction before its end")
    return every([*stages, _told(timeline, script, start, end)], "")


def _turned(timeline: Timeline, script: Script, turn: Change) -> Verdict:
    limit = script.plan.limits.reaction
    if turn.seen is not None and 0 <= turn.late_ms <= limit:
        return Kept(
            reason=f"without a network page {turn.page} was left at {show_moment(turn.seen.at_ms)}, due at {show_moment(turn.due_ms)}",
            margin=Margin(limit - turn.late_ms),
            evidence=(turn.seen,),
        )
    if turn.seen is not None and turn.late_ms < 0:
        return Unobserved(reason=f"page {turn.page} was left before it was due, outage or not")
    why = doubt(timeline, Role.LAPTOP, turn.due_ms, turn.due_ms + turn.error_ms + limit, network=False)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"without a network page {turn.page}, due to be left at {show_moment(turn.due_ms)}, stood {show(limit)} later still",
        margin=Margin(-limit if turn.seen is None else limit - turn.late_ms),
        evidence=() if turn.seen is None else (turn.seen,),
    )


def _starts(timeline: Timeline, script: Script, press: Event) -> Verdict:
    limit = script.plan.limits.reaction
    shown = next((e for e, _ in shown_countdowns(timeline, Page.LESSON) if e.at_ms >= press.at_ms), None)
    if shown is not None and shown.at_ms <= press.end_ms + limit:
        return Kept(
            reason=f"without a network the lesson was started at {show_moment(press.at_ms)}",
            margin=Margin(limit - max(0, shown.at_ms - press.end_ms)),
            evidence=(press, shown),
        )
    why = doubt(timeline, Role.LAPTOP, press.at_ms, press.end_ms + limit, network=False)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"without a network 【开始】 at {show_moment(press.at_ms)} started nothing",
        margin=Margin(-limit),
        evidence=(press,),
    )


def _told(timeline: Timeline, script: Script, start: int, end: int) -> Verdict:
    limits = script.plan.limits
    before = timeline.view_at(Role.LAPTOP, start - 1)
    if before is None or _offline(view_of(before)):
        return Unobserved(reason="the page spoke of an outage before there was one")
    told = next((e for e in views(timeline, Role.LAPTOP, start) if _offline(view_of(e))), None)
    if told is not None and told.at_ms <= end + error_of(told):
        return Kept(
            reason=f"told of the outage at {show_moment(told.at_ms)}", margin=Margin(end - told.at_ms), evidence=(told,)
        )
    # A request is given up after the stall, and the candidate is told at most a reaction later.
    until = start + limits.stall + limits.reaction
    why = doubt(timeline, Role.LAPTOP, start, until, network=False)
    if until > end or why is not None:
        return Unobserved(reason=why or "the outage was too short to be told of")
    return Broken(
        reason=f"the network was out from {show_moment(start)} to {show_moment(end)}, and the candidate was not told",
        margin=Margin(until - end),
        evidence=(before,),
    )


# -- NET-2, NET-3 ------------------------------------------------------------------------------------------------------


@rule("NET-2", Need.RECORDINGS, Need.NETWORK)
def recording_goes_on_without_a_network(timeline: Timeline, script: Script) -> Verdict:
    """Camera and screen recordings that an outage fell into have no gap over it, every byte once and in order, and play to their end.

    The phone's recording in an outage is EVID-4's to judge, an upload that never becomes complete NET-3's or END-9's.
    """
    bound = script.plan.limits.recording_gap
    looks: list[Verdict] = []
    for stream in (Stream.CAMERA, Stream.SCREEN):
        found = held(timeline, stream)
        if found is None or found.first_ms is None or found.last_ms is None:
            continue
        inside = [
            span for span in outages(timeline, Role.LAPTOP) if span[0] > found.first_ms and span[1] - span[0] > bound
        ]
        if inside:
            looks.append(_kept_whole(timeline, script, stream, found, inside))
    return every(looks, "no outage of the laptop's network fell into a recording that the service holds")


def _kept_whole(
    timeline: Timeline, script: Script, stream: Stream, found: Held, spans: list[tuple[int, int]]
) -> Verdict:
    data, footage = found.recorded, found.footage
    wrong = data.declared is not None and data.declared == data.length and not data.intact
    disorder = footage.out_of_order > 0
    longer = data.declared is not None and data.length > data.declared
    if wrong or disorder or longer:
        what = "marks go back in time" if disorder else "the bytes are not those that were recorded"
        return Broken(
            reason=f"after an outage the {stream} recording is damaged: {what}",
            margin=Margin(-footage.out_of_order, "frames")
            if disorder
            else Margin((data.declared or 0) - data.length, "bytes"),
            evidence=(found.event,),
        )
    if not found.complete:
        return Unobserved(reason=f"the {stream} recording had not become complete", evidence=(found.event,))
    if footage.problem is not None or not footage.playable:
        return Broken(
            reason=f"after an outage the {stream} recording does not play to its end ({footage.problem or 'it stops'})",
            evidence=(found.event,),
        )
    end, last = ending(timeline, script), found.last_ms or 0
    cut = next((span for span in spans if span[0] <= last < min(span[1], 10**9 if end is None else end.at_ms)), None)
    if cut is not None and (end is None or last < end.at_ms - script.plan.limits.recording_gap):
        if excused(timeline, script, Role.LAPTOP):
            return Unobserved(reason="the client did not run all the time")
        return Broken(
            reason=f"the {stream} recording ends at {show_moment(last)}, in the outage from {show_moment(cut[0])}",
            margin=Margin(last - cut[1]),
            evidence=(found.event,),
        )
    inside = [gap for gap in footage.gaps if overlaps(gap, spans)]
    verdict = gapless(stream, found, inside, script, excused(timeline, script, Role.LAPTOP))
    apart = [gap for gap in footage.gaps if not overlaps(gap, spans)]
    if isinstance(verdict, Broken) and any(gap.length > script.plan.limits.recording_gap for gap in apart):
        return Unobserved(reason=f"the {stream} recording has such gaps without an outage too: ANS-14 judges them")
    return verdict


@rule("NET-3", Need.SERVICE, Need.RECORDINGS, Need.NETWORK)
def an_outage_over_the_end_loses_nothing(timeline: Timeline, script: Script) -> Verdict:
    """The network was out when the interview ended: once it is back, camera and screen recordings become complete."""
    end = ending(timeline, script)
    span = next(
        (s for s in outages(timeline, Role.LAPTOP) if end is not None and s[0] < end.at_ms and s[1] > end.latest_ms),
        None,
    )
    if end is None or span is None:
        return Unobserved(reason="no outage of the laptop's network outlasted the interview")
    looks = [_completes(timeline, script, stream, span) for stream in (Stream.CAMERA, Stream.SCREEN)]
    return every(looks, "")


def _completes(timeline: Timeline, script: Script, stream: Stream, span: tuple[int, int]) -> Verdict:
    found, came = held(timeline, stream), arrivals(timeline, stream)
    if found is not None and found.complete and came:
        last = came[-1]
        if last.end_ms <= span[0]:
            return Unobserved(reason=f"all of the {stream} recording was held before the outage")
        return Kept(
            reason=f"back at {show_moment(span[1])}; the {stream} recording was complete at {show_moment(last.end_ms)}",
            margin=Margin(max(0, (horizon(timeline, "service") or last.end_ms) - last.end_ms)),
            evidence=(last, found.event),
        )
    seen = horizon(timeline, "service") or span[1]
    if seen < span[1] + 2 * script.plan.limits.catch_up or still_moving(timeline, script, stream):
        return Unobserved(reason="the run was over before the upload could be complete")
    if unlooked(timeline, stream) or excused(timeline, script, Role.LAPTOP):
        return Unobserved(reason="nobody looked at what is held, or the client did not run all the time")
    if found is None and not came:
        return Unobserved(reason=f"no {stream} recording was ever begun at the service")
    bytes_held = 0 if found is None else found.recorded.length
    return Broken(
        reason=f"{show(seen - span[1])} after the network was back the {stream} recording was not complete: {bytes_held} bytes held",
        margin=Margin(span[1] - seen),
        evidence=() if found is None else (found.event,),
    )


# -- NET-5, NET-6 ------------------------------------------------------------------------------------------------------


@rule("NET-5", Need.SERVICE)
def retries_grow_apart(timeline: Timeline, script: Script) -> Verdict:
    """What the service fails is tried again at growing intervals, at most `readings.retries_per_10s` times in 10 s; what stalls is given up.

    Intervals are those of one upload (or one operation), or of all uploads taken together where one client tries them in turn. They have
    grown when a later one is a fifth longer than the first. That a slow request which moves is not given up is not judged here.
    """
    failed = timeline.of(Served, lambda data: data.status >= 500)
    growth = either(
        [
            *(_grows(tries) for tries in _series(timeline, script, apart=True)),
            *(_grows_steadily(tries) for tries in _series(timeline, script, apart=False)),
        ],
        "nothing was failed often enough for intervals to be compared",
    )
    rate, given_up = _rate(script, failed), _given_up(timeline, script)
    if isinstance(growth, Unobserved) and isinstance(given_up, Unobserved) and not isinstance(rate, Broken):
        return growth
    return either([growth, rate, given_up], "")


def _series(timeline: Timeline, script: Script, *, apart: bool) -> list[list[Event]]:
    """Failed tries of one operation of one role (`apart`: of one upload) that followed each other with nothing new between them.

    A try that was granted, a press of 【重新上传】 and an outage begin a new series. Taken together, two that go side by side are one try.
    """
    found: list[list[Event]] = []
    current: dict[tuple[str, ...], list[Event]] = {}
    for event in timeline.of(Served, lambda data: data.role is not None):
        data = read(Served, event)
        key = (data.operation, str(data.role), data.subject) if apart else (data.operation, str(data.role))
        tries = current.get(key, [])
        if data.status < 500 or (tries and data.role is not None and _fresh(timeline, data.role, tries[-1], event)):
            current.pop(key, None)
        if data.status < 500:
            continue
        if key not in current:
            found.append(current.setdefault(key, []))
        if apart or not current[key] or event.at_ms - current[key][-1].at_ms > script.plan.limits.first_retry // 2:
            current[key].append(event)
    return found


def _fresh(timeline: Timeline, role: Role, before: Event, event: Event) -> bool:
    """Between two tries the candidate asked for another one, or the network was out."""
    retried = timeline.first(Intent, after=before.at_ms, before=event.at_ms + 1, role=role, act=Act.RETRY)
    return retried is not None or out_at(timeline, role, before.at_ms, event.at_ms)


def _intervals(tries: list[Event]) -> list[int]:
    return [later.at_ms - event.at_ms for event, later in pairwise(tries)]


def _grown(tries: list[Event], first: int, last: int) -> Verdict:
    return Kept(
        reason=f"{len(tries)} tries, {show(first)} after the first and up to {show(last)} later on",
        margin=Margin(last - first),
        evidence=(tries[0], tries[-1]),
    )


def _grows_steadily(tries: list[Event]) -> Verdict:
    intervals = _intervals(tries)
    steady = len(intervals) > 1 and all(later >= before for before, later in pairwise(intervals))
    if steady and intervals[-1] >= intervals[0] * GROWTH:
        return _grown(tries, intervals[0], intervals[-1])
    return Unobserved(reason="too few tries to compare their intervals")


def _grows(tries: list[Event]) -> Verdict:
    intervals = _intervals(tries)
    if len(intervals) < 2:
        return Unobserved(reason="too few tries to compare their intervals")
    first, last, error = intervals[0], max(intervals[1:]), 2 * max(event.error_ms for event in tries)
    if last >= first * GROWTH and last - first > error:
        return _grown(tries, first, last)
    if len(intervals) < 3:
        return Unobserved(reason="too few tries to compare their intervals")
    return Broken(
        reason=f"{len(tries)} tries at intervals that do not grow: {', '.join(show(each) for each in intervals[:4])}",
        margin=Margin(round(last - first * GROWTH)),
        evidence=(tries[0], tries[-1]),
    )


def _rate(script: Script, failed: list[Event]) -> Verdict:
    times = sorted(event.at_ms for event in failed)
    bound = script.plan.readings.retries_per_10s
    most = max((sum(at <= t < at + TEN_SECONDS_MS for t in times) for at in times), default=0)
    if most > bound:
        return Broken(
            reason=f"{most} failed tries in 10 s, at most {bound} asked",
            margin=Margin(bound - most, "count"),
            evidence=tuple(sorted(failed, key=lambda event: event.at_ms)[:1]),
        )
    if most < 3:
        return Unobserved(reason="hardly anything failed")
    return Kept(
        reason=f"at most {most} failed tries in 10 s, {bound} allowed",
        margin=Margin(bound - most, "count"),
        evidence=(failed[0],),
    )


def _given_up(timeline: Timeline, script: Script) -> Verdict:
    limits = script.plan.limits
    patience = limits.stall + limits.catch_up
    stalled = [
        e
        for e in timeline.of(Served)
        if e.end_ms - e.at_ms > patience and read(Served, e).operation != Operation.EVENTS
    ]
    if not stalled:
        return Unobserved(reason="no request was stalled for long enough")
    event = stalled[0]
    data = read(Served, event)
    again = timeline.first(
        Served,
        after=event.at_ms + 1,
        before=event.end_ms,
        operation=data.operation,
        role=data.role,
        subject=data.subject,
    )
    if again is not None:
        return Kept(
            reason=f"a stalled {data.operation} was tried again after {show(again.at_ms - event.at_ms)}",
            margin=Margin(patience - (again.at_ms - event.at_ms)),
            evidence=(event, again),
        )
    if not timeline.watched("service", event.at_ms, event.at_ms + patience) or event.at_ms + patience > script.ends:
        return Unobserved(reason="nobody watched the service while it stalled")
    return Broken(
        reason=f"a {data.operation} stalled for {show(event.end_ms - event.at_ms)}, and it was waited for all the time",
        margin=Margin(limits.stall - (event.end_ms - event.at_ms)),
        evidence=(event,),
    )


@rule("NET-6", Need.SERVICE)
def uploads_resume_where_told(timeline: Timeline, script: Script) -> Verdict:
    """After a break (a reply that was lost, or an outage) the first PATCH of an upload starts at the offset that the service last gave.

    An offset that was given into a network that was out may not have arrived: a PATCH that differs from it then decides nothing.
    """
    found = [(role, each) for role in Role for each in resumptions(timeline, role)]
    looks: list[Verdict] = []
    for _, each in found:
        at, given = read(PatchBegan, each.patch).offset, read(Offered, each.given).offset
        if each.right:
            looks.append(
                Kept(
                    reason=f"{len(found)} break(s); the {each.stream} upload went on at byte {at}, as told",
                    margin=Margin(0, "bytes"),
                    evidence=(each.given, each.patch),
                )
            )
        elif each.doubtful:
            looks.append(
                Unobserved(reason="whether the last offset reached the client is not known", evidence=(each.patch,))
            )
        else:
            looks.append(
                Broken(
                    reason=f"after a break the {each.stream} upload was sent from byte {at}, the service had given {given}",
                    margin=Margin(-abs(at - given), "bytes"),
                    evidence=(each.given, each.patch),
                )
            )
    return either(looks, "no upload was broken off and gone on with")


# -- NET-7 -------------------------------------------------------------------------------------------------------------


@rule("NET-7", Need.LAPTOP, Need.SERVICE, Need.RECORDINGS)
def a_killed_client_rejoins(timeline: Timeline, script: Script) -> Verdict:
    """The laptop client is killed in the interview and started again: a running stage comes back, and the recording lacks the dead time and at
    most `limits.unflushed_tail` before it. A plan without rejoining asks for the recording alone.
    """
    entry, end = entered(timeline), ending(timeline, script)
    killed = timeline.first(
        ProcessChanged, after=None if entry is None else entry.at_ms, role=Role.LAPTOP, change="killed"
    )
    again = (
        None
        if killed is None
        else timeline.first(ProcessChanged, after=killed.at_ms, role=Role.LAPTOP, change="started")
    )
    if entry is None or killed is None or again is None or (end is not None and again.at_ms >= end.at_ms):
        return Unobserved(reason="the laptop client was not killed and started again during the interview")
    stage = running_before(timeline, killed)
    looks = [_flushed(timeline, script, stream, killed, again) for stream in (Stream.CAMERA, Stream.SCREEN)]
    if script.plan.readings.rejoin:
        looks.append(_rejoined(timeline, script, again, stage))
    return every(looks, "")


def running_before(timeline: Timeline, killed: Event) -> Page:
    """The page on which the client was killed."""
    event = timeline.view_at(Role.LAPTOP, killed.at_ms)
    return Page.WAITING if event is None else view_of(event).page


def _rejoined(timeline: Timeline, script: Script, again: Event, stage: Page) -> Verdict:
    back = next(
        (e for e in views(timeline, Role.LAPTOP, again.at_ms) if view_of(e).page in (Page.WAITING, *RUNNING)), None
    )
    if back is not None:
        return Kept(
            reason=f"killed on page {stage}, started again at {show_moment(again.at_ms)}, "
            f"on page {view_of(back).page} at {show_moment(back.at_ms)}",
            margin=Margin((horizon(timeline, Role.LAPTOP) or back.at_ms) - back.at_ms),
            evidence=(again, back),
        )
    until = again.at_ms + script.plan.spans.lease + script.plan.limits.catch_up
    tried = timeline.first(Intent, after=again.at_ms, role=Role.LAPTOP)
    why = doubt(timeline, Role.LAPTOP, again.at_ms + 1, until)
    if why is not None or tried is None:
        return Unobserved(reason=why or "the candidate did nothing to come back in")
    return Broken(
        reason=f"started again at {show_moment(again.at_ms)}, and by {show_moment(until)} no running stage had come back",
        margin=Margin(again.at_ms - until),
        evidence=(again,),
    )


def _flushed(timeline: Timeline, script: Script, stream: Stream, killed: Event, again: Event) -> Verdict:
    found = held(timeline, stream)
    if found is None or found.first_ms is None:
        return Unobserved(reason=f"the service holds no {stream} recording with marks")
    before = [span for span in found.footage.seen if span.from_ms < killed.at_ms]
    recording = found.first_ms < killed.at_ms
    limit = script.plan.limits.unflushed_tail
    if stream == Stream.CAMERA and not recording:
        return Kept(reason="the camera was not recorded yet", evidence=(found.event,))
    last = max((min(span.to_ms, killed.at_ms) for span in before), default=found.first_ms)
    lost = killed.at_ms - last
    if lost - limit > frame_ms(script) + error_of(killed, found.event):
        if still_moving(timeline, script, stream):
            return Unobserved(reason="the upload still went on when the run was over")
        return Broken(
            reason=f"of the {stream} recording the {show(lost)} before the kill are lost, at most {show(limit)} asked",
            margin=Margin(limit - lost),
            evidence=(killed, found.event),
        )
    if script.plan.readings.rejoin and not any(span.to_ms > again.at_ms for span in found.footage.seen):
        if ending(timeline, script) is None or not found.complete:
            return Unobserved(reason=f"the {stream} recording that is held ends before the client came back")
        return Broken(
            reason=f"the {stream} recording was not taken up again after the kill at {show_moment(killed.at_ms)}",
            margin=Margin(last - again.at_ms),
            evidence=(killed, again, found.event),
        )
    return Kept(
        reason=f"of the {stream} recording {show(max(0, lost))} before the kill are lost, at most {show(limit)} asked",
        margin=Margin(limit - lost),
        evidence=(killed, again, found.event),
    )


RULES: Final[tuple[Rule, ...]] = (
    stages_go_on_without_a_network,
    recording_goes_on_without_a_network,
    an_outage_over_the_end_loses_nothing,
    retries_grow_apart,
    uploads_resume_where_told,
    a_killed_client_rejoins,
)
