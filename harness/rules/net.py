"""Rules about network outages (notice, section seven, note seven)."""

from __future__ import annotations

from harness.core.events import Event
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Page, Role, Stream
from harness.rules.countdowns import shown_countdowns
from harness.rules.course import Change, changes
from harness.rules.facts import NO_NETWORK, doubt, ending, entered, error_of, horizon, offline, outages, view_of, views
from harness.rules.media import (
    Held,
    arrivals,
    excused,
    gapless,
    held,
    overlaps,
    still_moving,
    unlooked,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import either, every

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
        else [
            _through(timeline, script, *span)
            for span in outages(timeline, Role.LAPTOP, NO_NETWORK)
            if span[0] > entry.at_ms
        ]
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
    if before is None or offline(view_of(before)):
        return Unobserved(reason="the page spoke of an outage before there was one")
    told = next((e for e in views(timeline, Role.LAPTOP, start) if offline(view_of(e))), None)
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
