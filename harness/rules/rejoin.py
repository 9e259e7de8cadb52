"""The rule about a laptop client that is killed in the interview and started again (notice, section seven, note seven)."""

from __future__ import annotations

from harness.core.events import Event, Intent, ProcessChanged
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import RUNNING, Act, Page, Role, Stream
from harness.rules.facts import doubt, ending, entered, error_of, horizon, view_of, views
from harness.rules.media import (
    frame_ms,
    held,
    still_moving,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every


@rule("NET-7", Need.LAPTOP, Need.SERVICE, Need.RECORDINGS)
def a_killed_client_rejoins(timeline: Timeline, script: Script) -> Verdict:
    """The laptop client is killed in the interview and started again: a running stage comes back, and the recording lacks the dead time and at
    most `limits.unflushed_tail` before it; as often as it is killed. A plan without rejoining asks for the recording alone.
    """
    looks: list[Verdict] = []
    for killed, again in _kills(timeline, script):
        looks += [_flushed(timeline, script, stream, killed, again) for stream in (Stream.CAMERA, Stream.SCREEN)]
        if script.plan.readings.rejoin:
            looks.append(_rejoined(timeline, script, again, running_before(timeline, killed)))
    return every(looks, "the laptop client was not killed and started again during the interview")


def _kills(timeline: Timeline, script: Script) -> list[tuple[Event, Event]]:
    """Each kill between entry and end, with the start after it."""
    entry, end = entered(timeline), ending(timeline, script)
    if entry is None:
        return []
    found = []
    for killed in timeline.of(ProcessChanged, after=entry.at_ms, role=Role.LAPTOP, change="killed"):
        again = timeline.first(ProcessChanged, after=killed.at_ms, role=Role.LAPTOP, change="started")
        if again is not None and (end is None or again.at_ms < end.at_ms):
            found.append((killed, again))
    return found


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
    offered = any(
        view_of(event).enabled(act)
        for event in views(timeline, Role.LAPTOP, again.at_ms)
        if event.at_ms < until
        for act in Act
        if act != Act.CLOSE
    )
    if why is not None or (tried is None and offered):  # who is offered nothing can't try
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
