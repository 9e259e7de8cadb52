"""The rules about a client that is killed and started again: the laptop's (section seven, note seven) and the phone's (section three)."""

from __future__ import annotations

from harness.core.events import DeviceChanged, Event, Intent, Operation, ProcessChanged, Reported
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import RUNNING, Act, Page, Role, Stream
from harness.rules.evid import stopped
from harness.rules.facts import (
    GLANCE_MS,
    doubt,
    ending,
    entered,
    error_of,
    faulty,
    horizon,
    outages,
    read,
    stranded,
    view_before,
    view_of,
    views,
)
from harness.rules.media import UPLOADS, Held, frame_ms, held, still_moving, unlooked
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
    event = view_before(timeline, Role.LAPTOP, killed)
    return Page.WAITING if event is None else view_of(event).page


def _rejoined(timeline: Timeline, script: Script, again: Event, stage: Page) -> Verdict:
    # Who had not gone on from the device page may find it again.
    inside = (Page.WAITING, *RUNNING, *((Page.DEVICES,) if stage == Page.DEVICES else ()))
    back = next((e for e in views(timeline, Role.LAPTOP, again.at_ms) if view_of(e).page in inside), None)
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
    lost = killed.at_ms - _due_again(timeline, script, last, killed)
    if lost - limit > frame_ms(script) + error_of(killed, found.event):
        if still_moving(timeline, script, stream):
            return Unobserved(reason="the upload still went on when the run was over")
        if _pulled_out(timeline, script, stream, last - limit, killed.at_ms):
            return Unobserved(reason=f"what the {stream} was recorded from was pulled out before the kill")
        return Broken(
            reason=f"of the {stream} recording the {show(lost)} before the kill are lost, at most {show(limit)} asked",
            margin=Margin(limit - lost),
            evidence=(killed, found.event),
        )
    if script.plan.readings.rejoin and not any(span.to_ms > again.at_ms for span in found.footage.seen):
        why = _had_no_time(timeline, script, again)
        if why is not None or not found.complete:
            return Unobserved(reason=why or f"the {stream} recording that is held ends before the client came back")
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


def _due_again(timeline: Timeline, script: Script, last: int, killed: Event) -> int:
    """From when on what is missing before that kill is lost, exam ms: `last`, up to which it was recorded; where nothing was since an earlier
    kill, `limits.recording_start` after the client was back from that, or not before this one.
    """
    starts = timeline.of(ProcessChanged, before=killed.at_ms, role=Role.LAPTOP, change="started")
    if len(starts) < 2 or last >= starts[-1].at_ms:
        return last
    inside = (Page.WAITING, *RUNNING)
    back = timeline.shown(Role.LAPTOP, lambda view: view.page in inside, after=starts[-1].at_ms, before=killed.at_ms)
    return killed.at_ms if back is None else min(killed.at_ms, back.at_ms + script.plan.limits.recording_start)


def _pulled_out(timeline: Timeline, script: Script, stream: Stream, from_ms: int, to_ms: int) -> bool:
    """Something that this stream may be recorded from was pulled out in `[from_ms, to_ms)`."""
    sources = {spec.id for spec in script.devices if spec.role is Role.LAPTOP and spec.kind == stream}
    changes = timeline.of(DeviceChanged, after=from_ms, before=to_ms, change="unplugged")
    return any(read(DeviceChanged, event).device in sources for event in changes)


def _had_no_time(timeline: Timeline, script: Script, again: Event) -> str | None:
    """Why a client that was started again need not have recorded: no stage was on its page, or not for `limits.recording_start`."""
    end = ending(timeline, script)
    lost = stranded(timeline, Role.LAPTOP, script.plan.limits.catch_up)
    known = max((until for since, until in lost if since == again.at_ms), default=again.at_ms)
    back = timeline.shown(Role.LAPTOP, lambda view: view.page in RUNNING, after=known)
    if end is None or back is None or end.at_ms <= back.at_ms:
        return "no running stage was on show from the client's return to the interview's end"
    if end.at_ms - back.at_ms < script.plan.limits.recording_start + error_of(back) + end.error_ms:
        return f"the interview was over {show(end.at_ms - back.at_ms)} after the client's return"
    return None


# -- the phone ---------------------------------------------------------------------------------------------------------


@rule("EVID-12", Need.PHONE, Need.SERVICE, Need.RECORDINGS)
def a_killed_phone_films_on(timeline: Timeline, script: Script) -> Verdict:
    """The phone client is killed while it films and started again: what it had filmed is held but for `limits.unflushed_tail`, it films on (by
    itself, or once it is bound again), and the service is told of the gap within `limits.catch_up` of its filming on.
    """
    looks: list[Verdict] = []
    for killed in timeline.of(ProcessChanged, role=Role.PHONE, change="killed"):
        again = timeline.first(ProcessChanged, after=killed.at_ms, role=Role.PHONE, change="started")
        before = view_before(timeline, Role.PHONE, killed)
        if again is None or before is None or not view_of(before).recording:
            continue
        found = held(timeline, Stream.EVIDENCE)
        looks.append(_held_before(timeline, script, found, killed))
        looks.append(_films_again(timeline, script, found, killed, again))
        looks.append(_gap_told(timeline, script, found, again))
    return every(looks, "the phone client was not killed and started again while it recorded")


def _settled(timeline: Timeline, script: Script, again: int) -> str | None:
    """Why what the service does not hold may yet have been on its way; None: the candidate had stopped the phone, and there was time."""
    stop, seen = stopped(timeline), horizon(timeline, "service")
    if unlooked(timeline, Stream.EVIDENCE) or horizon(timeline, "recordings") is None:
        return "nobody looked at what the service holds"
    if stop is None or stop.at_ms < again:
        return "the candidate did not stop the phone"
    since = max([stop.end_ms, *(end for _, end in outages(timeline, Role.PHONE))])
    if seen is None or seen < since + script.plan.limits.catch_up or still_moving(timeline, script, Stream.EVIDENCE):
        success = timeline.shown(Role.PHONE, lambda view: view.page == Page.DONE, after=stop.at_ms)
        return None if success is not None else "the run was over before the upload could be"
    return "the service was made to fail uploads" if faulty(script, *UPLOADS, to_ms=seen) else None


def _held_before(timeline: Timeline, script: Script, found: Held | None, killed: Event) -> Verdict:
    on = timeline.shown(Role.PHONE, lambda view: view.recording)
    began = killed.at_ms if on is None else on.at_ms
    seen = () if found is None else found.footage.seen
    last = max((min(span.to_ms, killed.at_ms) for span in seen if span.from_ms < killed.at_ms), default=began)
    lost, limit = max(0, killed.at_ms - last), script.plan.limits.unflushed_tail
    evidence = (killed,) if found is None else (killed, found.event)
    if lost <= limit:
        return Kept(
            reason=f"of what was filmed before the kill {show(lost)} are lost, at most {show(limit)} asked",
            margin=Margin(limit - lost),
            evidence=evidence,
        )
    why = _settled(timeline, script, killed.at_ms)
    if why is not None or lost - limit <= frame_ms(script) + error_of(killed, None if found is None else found.event):
        return Unobserved(reason=why or "more is lost by less than the error of measurement", evidence=evidence)
    return Broken(
        reason=f"of what was filmed before the kill {show(lost)} are lost, at most {show(limit)} asked",
        margin=Margin(limit - lost),
        evidence=evidence,
    )


def _resumed(found: Held | None, again: Event) -> int | None:
    """When the first mark behind the new start is from."""
    spans = () if found is None else found.footage.seen
    return min((max(span.from_ms, again.at_ms) for span in spans if span.to_ms > again.at_ms), default=None)


def _films_again(timeline: Timeline, script: Script, found: Held | None, killed: Event, again: Event) -> Verdict:
    resumed, limits = _resumed(found, again), script.plan.limits
    granted = timeline.served(Operation.PHONE_BIND, after=again.at_ms)
    if resumed is not None and found is not None:
        return Kept(
            reason=f"killed at {show_moment(killed.at_ms)}, started again at {show_moment(again.at_ms)}, filming on from "
            f"{show_moment(resumed)}{', bound again' if granted else ''}",
            margin=Margin((found.last_ms or resumed) - resumed),
            evidence=(killed, again, *granted[:1], found.event),
        )
    tried = timeline.of(
        Intent, lambda data: data.role == Role.PHONE and data.act in (Act.TYPE_CODE, Act.SCAN), after=again.at_ms
    )
    offered = timeline.shown(
        Role.PHONE, lambda view: view.enabled(Act.TYPE_CODE) or view.enabled(Act.SCAN), after=again.at_ms
    )
    last = next((events[-1] for events in (granted, tried) if events), again)
    since = max([last.end_ms, *(end for _, end in outages(timeline, Role.PHONE))])
    until, stop = since + limits.evidence_start, stopped(timeline)
    why = _settled(timeline, script, again.at_ms) or doubt(
        timeline, Role.PHONE, again.at_ms + GLANCE_MS, until, network=False
    )
    if stop is not None and stop.at_ms < until:
        why = why or "the candidate stopped the phone before it could film on"
    if not tried and offered is not None:
        why = why or "the candidate did not bind it again"
    refused = tried and not granted and timeline.served(Operation.PHONE_BIND, ok=False, after=again.at_ms)
    if refused or faulty(script, Operation.PHONE_BIND):
        why = why or "the service did not bind it again"
    if why is not None:
        return Unobserved(reason=why, evidence=(killed, again))
    return Broken(
        reason=f"started again at {show_moment(again.at_ms)}, and nothing of what followed was filmed",
        margin=Margin(again.at_ms - until),
        evidence=(killed, again),
    )


def _gap_told(timeline: Timeline, script: Script, found: Held | None, again: Event) -> Verdict:
    resumed, limits = _resumed(found, again), script.plan.limits
    if resumed is None:
        return Unobserved(reason="the phone did not film on, so that there was nothing to tell of", evidence=(again,))
    due = max([resumed, *(end for start, end in outages(timeline, Role.PHONE) if start <= resumed + limits.catch_up)])
    due += limits.catch_up
    told = timeline.first(
        Reported,
        lambda data: data.role == Role.PHONE and data.what in ("gap", "capture-stopped"),
        after=again.at_ms,
        before=due,
    )
    if told is not None:
        return Kept(
            reason=f"the service was told of the gap at {show_moment(told.at_ms)}",
            margin=Margin(due - told.at_ms),
            evidence=(again, told),
        )
    why = doubt(timeline, Role.PHONE, again.at_ms + 1, due, network=False)
    if why is not None or (horizon(timeline, "service") or again.at_ms) < due or faulty(script, Operation.REPORT):
        return Unobserved(reason=why or "the service was not watched for long enough, or made to fail reports")
    return Broken(
        reason=f"filming on from {show_moment(resumed)}, and by {show_moment(due)} the service was told of no gap",
        margin=Margin(resumed - due),
        evidence=(again,),
    )
