"""Rules about the evidence that the phone records (notice, section three, 佐证视频)."""

from __future__ import annotations

from typing import Final

from harness.core.events import Arrived, Event, Finished, Intent, PatchBegan, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import Act, AlertCode, Role, Stream, View
from harness.rules.facts import (
    dead,
    doubt,
    ending,
    error_of,
    faulty,
    horizon,
    out_at,
    outages,
    read,
    tells_contact,
    turned_away,
    view_before,
    view_of,
    views,
)
from harness.rules.media import (
    UPLOADS,
    Held,
    excused,
    frame_ms,
    gapless,
    held,
    overlaps,
    resumptions,
    still_moving,
    success,
    unlooked,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

NO_EVIDENCE: Final = Unobserved(reason="the service holds no evidence with marks")


def evidence(timeline: Timeline) -> Held | None:
    """What the service holds of the evidence; None where it shows no marks."""
    found = held(timeline, Stream.EVIDENCE)
    return None if found is None or found.last_ms is None else found


def stopped(timeline: Timeline) -> Event | None:
    """The candidate's press after which the phone no longer recorded: 【停止】, or its confirmation."""
    presses = timeline.of(
        Intent,
        lambda data: data.role == Role.PHONE and data.act in (Act.STOP, Act.CONFIRM) and data.status == "done",
    )
    if not any(read(Intent, press).act == Act.STOP for press in presses):
        return None
    off = timeline.shown(Role.PHONE, lambda view: not view.recording, after=presses[0].at_ms)
    if off is None and read(Intent, presses[-1]).act == Act.STOP and asked(timeline, presses[-1]):
        return None  # the client asked whether that was meant, and nobody said yes
    before = [press for press in presses if off is None or press.at_ms <= off.at_ms]
    return before[-1] if before else presses[0]


def asked(timeline: Timeline, press: Event) -> bool:
    """After this press of 【停止】 the phone asked whether that was meant."""
    return timeline.shown(Role.PHONE, lambda view: view.says(AlertCode.CONFIRM_STOP), after=press.at_ms) is not None


def _off_by_itself(timeline: Timeline, stop: Event | None) -> Event | None:
    """The view that no longer showed the recording before the candidate stopped it. A pause that ends is a gap, which EVID-3 judges."""
    on = timeline.shown(Role.PHONE, lambda view: view.recording)
    if on is None:
        return None
    until = None if stop is None else stop.at_ms - error_of(on)
    shown = [event for event in views(timeline, Role.PHONE, on.at_ms) if until is None or event.at_ms < until]
    last_on = max((number for number, event in enumerate(shown) if view_of(event).recording), default=-1)
    off = shown[last_on + 1] if last_on + 1 < len(shown) else None
    # One that was killed films again by itself or once it is bound again: both are EVID-12's.
    killed = off is not None and any(
        shown[last_on].at_ms <= start < off.at_ms for start, _ in dead(timeline, Role.PHONE)
    )
    return None if killed else off


@rule("EVID-1", Need.RECORDINGS)
def the_front_camera_is_recorded(timeline: Timeline, script: Script) -> Verdict:
    """Every mark in the evidence is a front camera's."""
    found = evidence(timeline)
    if found is None:
        return NO_EVIDENCE
    front = {s.number for s in script.devices if s.role == Role.PHONE and s.kind == "camera" and s.facing == "user"}
    other = next((span for span in found.footage.seen if span.device not in front), None)
    if other is not None:
        labels = {spec.number: spec.id for spec in script.devices}
        return Broken(
            reason=f"the evidence shows {labels.get(other.device, f'device {other.device}')} from "
            f"{show_moment(other.from_ms)}, the front camera was asked",
            margin=Margin(other.from_ms - other.to_ms),
            evidence=(found.event,),
        )
    length = sum(span.to_ms - span.from_ms for span in found.footage.seen)
    return Kept(
        reason=f"{show(length)} of evidence, all of the front camera", margin=Margin(length), evidence=(found.event,)
    )


@rule("EVID-3", Need.PHONE, Need.RECORDINGS)
def evidence_has_no_gap(timeline: Timeline, script: Script) -> Verdict:
    """No gap above the plan's bound from the evidence's first mark to its last; where a client was killed or left, other requirements speak.

    When it begins is BIND-6's to judge, how near its last mark is to the stop EVID-6's, and a gap in an outage EVID-4's.
    """
    found = evidence(timeline)
    if found is None:
        return NO_EVIDENCE
    if stopped(timeline) is None:
        return Unobserved(reason="the candidate did not stop the phone")
    out = outages(timeline, Role.PHONE)
    return gapless(Stream.EVIDENCE, found, found.footage.gaps, script, excused(timeline, script, Role.PHONE), out)


@rule("EVID-4", Need.RECORDINGS, Need.NETWORK)
def evidence_goes_on_through_an_outage(timeline: Timeline, script: Script) -> Verdict:
    """While the phone's network was out, for longer than the bound on gaps, the recording has no such gap and goes on behind it."""
    found = evidence(timeline)
    if found is None or found.first_ms is None or found.last_ms is None:
        return NO_EVIDENCE
    stop, bound = stopped(timeline), script.plan.limits.recording_gap
    looks: list[Verdict] = []
    for start, end in outages(timeline, Role.PHONE):
        if start < found.first_ms or end - start <= bound or (stop is not None and stop.at_ms < end + bound):
            continue
        if found.last_ms < end:
            looks.append(_ends_in_outage(timeline, script, found, start, end))
            continue
        inside = [gap for gap in found.footage.gaps if overlaps(gap, [(start, end)])]
        looks.append(gapless(Stream.EVIDENCE, found, inside, script, excused(timeline, script, Role.PHONE)))
    return every(looks, "no outage of the phone's network fell into its recording")


def _ends_in_outage(timeline: Timeline, script: Script, found: Held, start: int, end: int) -> Verdict:
    last, bound = found.last_ms or start, script.plan.limits.recording_gap
    if not found.complete or any(since < end for since, _ in excused(timeline, script, Role.PHONE)):
        return Unobserved(reason="not all of the evidence is held")
    if last <= start - bound:
        return Unobserved(reason="the recording had ended before the outage")
    return Broken(
        reason=f"the recording ends at {show_moment(last)}, in the outage from {show_moment(start)} to {show_moment(end)}",
        margin=Margin(last - end),
        evidence=(found.event,),
    )


@rule("EVID-5", Need.PHONE, Need.RECORDINGS)
def only_the_candidate_stops_it(timeline: Timeline, script: Script) -> Verdict:
    """The evidence goes on until `limits.evidence_after_end` after the interview's end, if the candidate does not stop it before.

    What a stop may lose of the end (`limits.stop_to_last_mark`) is EVID-6's to judge and proves nothing here.
    """
    end, stop = ending(timeline, script), stopped(timeline)
    if end is None:
        return Unobserved(reason="the interview did not come to its end")
    off = _off_by_itself(timeline, stop)
    if off is not None and doubt(timeline, Role.PHONE, off.at_ms, off.at_ms, network=False) is None:
        return Broken(
            reason=f"the phone stopped recording by itself at {show_moment(off.at_ms)}; only the candidate may stop it",
            margin=Margin(off.at_ms - end.at_ms - script.plan.limits.evidence_after_end),
            evidence=(off,),
        )
    due = end.latest_ms + script.plan.limits.evidence_after_end
    if stop is None or stop.at_ms < due:
        return Unobserved(reason=f"the candidate did not wait until {show_moment(due)} with the stop")
    found = evidence(timeline)
    if found is None or found.last_ms is None:
        return NO_EVIDENCE
    if found.last_ms >= due:
        return Kept(
            reason=f"still recorded at {show_moment(found.last_ms)}, {show(found.last_ms - end.at_ms)} after the interview's end",
            margin=Margin(found.last_ms - due),
            evidence=(end.press, stop, found.event),
        )
    if (
        not found.complete
        or found.last_ms >= due - script.plan.limits.stop_to_last_mark
        or excused(timeline, script, Role.PHONE)
    ):
        return Unobserved(reason="what is held of the evidence ends before the point", evidence=(found.event,))
    return Broken(
        reason=f"the evidence ends at {show_moment(found.last_ms)}, and the candidate stopped it at {show_moment(stop.at_ms)}",
        margin=Margin(found.last_ms - due),
        evidence=(stop, found.event),
    )


@rule("EVID-6", Need.PHONE, Need.SERVICE, Need.RECORDINGS)
def evidence_uploads_by_itself(timeline: Timeline, script: Script) -> Verdict:
    """After the stop, without another press: the declared length is held and intact, plays to its end, and its last mark is near the stop."""
    stop = stopped(timeline)
    if stop is None:
        return Unobserved(reason="the candidate did not stop the phone")
    pressed = timeline.first(Intent, after=stop.end_ms + 1, role=Role.PHONE, status="done")
    found = held(timeline, Stream.EVIDENCE)
    if found is None or not found.complete:
        return _not_held(timeline, script, stop, found)
    finished = timeline.of(Finished, stream=Stream.EVIDENCE, held=True)
    if pressed is not None and (not finished or pressed.at_ms < finished[-1].at_ms):
        return Unobserved(reason="the candidate pressed something before the upload was complete", evidence=(pressed,))
    if found.footage.problem is not None or not found.footage.playable:
        return Broken(
            reason=f"the evidence that is held does not play to its end ({found.footage.problem or 'it stops'})",
            evidence=(found.event,),
        )
    if found.last_ms is None:
        return NO_EVIDENCE
    ended = _off_by_itself(timeline, stop) or stop
    return at_most(
        script.plan.limits.stop_to_last_mark,
        max(0, ended.at_ms - found.last_ms),
        what="complete and playable; from its last mark to the stop",
        evidence=(ended, found.event),
        error_ms=error_of(ended, found.event) + frame_ms(script),
    )


def _not_held(timeline: Timeline, script: Script, stop: Event, found: Held | None) -> Verdict:
    limits, seen = script.plan.limits, horizon(timeline, "service") or stop.end_ms
    outs = [end for _, end in outages(timeline, Role.PHONE) if end > stop.at_ms]
    since = max([stop.end_ms, *outs])
    if seen < since + limits.catch_up or still_moving(timeline, script, Stream.EVIDENCE):
        return Unobserved(reason="the run was over before the upload could be", evidence=(stop,))
    if (
        unlooked(timeline, Stream.EVIDENCE)
        or horizon(timeline, "recordings") is None
        or faulty(script, *UPLOADS)
        or excused(timeline, script, Role.PHONE)
    ):
        return Unobserved(reason="the upload was disturbed, or nobody looked at what is held", evidence=(stop,))
    what = "nothing" if found is None else f"{found.recorded.length} bytes, not the whole that was declared"
    return Broken(
        reason=f"{show(seen - since)} after the stop the service holds {what}",
        margin=Margin(since + limits.catch_up - seen),
        evidence=(stop,) if found is None else (stop, found.event),
    )


@rule("EVID-7", Need.SERVICE, Need.NETWORK, Need.RECORDINGS)
def evidence_resumes(timeline: Timeline, script: Script) -> Verdict:
    """After a cut no byte that the service held is asked for again: the same upload goes on, at what is held, and becomes complete."""
    cuts = [each for each in resumptions(timeline, Role.PHONE) if _part_held(timeline, each.upload, each.patch)]
    again = _started_over(timeline)
    if again is not None:
        return Broken(
            reason=f"an upload that the service held in part was begun anew at {show_moment(again.at_ms)}",
            evidence=(again,),
        )
    if not cuts:
        return Unobserved(reason="no upload of the evidence was cut off with a part of it held")
    cut, found = cuts[-1], held(timeline, Stream.EVIDENCE)
    if found is None or not found.complete:
        return Unobserved(reason="the upload was resumed, and had not become complete when the run was over")
    offset = read(PatchBegan, cut.patch).offset
    sent = sum(read(Arrived, e).length for e in timeline.of(Arrived, stream=Stream.EVIDENCE))
    if not read(PatchBegan, cut.patch).accepted:
        return Unobserved(reason="the first try after the cut was refused, NET-6 judges it")
    return Kept(
        reason=f"cut off and resumed at byte {offset}; {sent} bytes came for {found.recorded.length}",
        margin=Margin(offset, "bytes"),
        evidence=(cut.given, cut.patch, found.event),
    )


def _part_held(timeline: Timeline, upload: str, patch: Event) -> bool:
    return any(event.at_ms <= patch.at_ms for event in timeline.of(Arrived, upload=upload))


def _started_over(timeline: Timeline) -> Event | None:
    """The first bytes of a second upload of a segment of which another upload held bytes."""
    first: dict[int, str] = {}
    for event in timeline.of(Arrived, stream=Stream.EVIDENCE):
        data = read(Arrived, event)
        if first.setdefault(data.segment, data.upload) != data.upload:
            return event
    return None


def _failed(view: View) -> bool:
    return view.says(AlertCode.UPLOAD_FAILED)


@rule("EVID-11", Need.PHONE, Need.SERVICE, Need.RECORDINGS)
def the_phone_tells_the_truth(timeline: Timeline, script: Script) -> Verdict:
    """Success stands on the phone only when the service holds every byte; a failure comes with a retry and the contact."""
    failure = next((e for e in views(timeline, Role.PHONE) if _failed(view_of(e))), None)
    if failure is not None:
        helped = any(
            _failed(view_of(e)) and tells_contact(view_of(e), script.plan) and view_of(e).enabled(Act.RETRY)
            for e in views(timeline, Role.PHONE)
        )
        if not helped:
            return Broken(
                reason="the upload was said to have failed, and a retry with the desk's contact did not stand there",
                evidence=(failure,),
            )
        retried = timeline.intent(Act.RETRY, Role.PHONE, after=failure.at_ms)
        if retried is not None and not out_at(timeline, Role.PHONE, retried.at_ms, 10**9):
            found = held(timeline, Stream.EVIDENCE)
            if (found is None or not found.complete) and not still_moving(timeline, script, Stream.EVIDENCE):
                return Broken(
                    reason="the retry was pressed, and the evidence did not become complete", evidence=(retried,)
                )
    return success(timeline, Role.PHONE)


@rule("EVID-10", Need.PHONE)
def stopping_early_asks_first(timeline: Timeline, script: Script) -> Verdict:
    """【停止】 before the interview's end asks whether that is meant, and the recording goes on meanwhile."""
    end, away = ending(timeline, script), turned_away(timeline)
    until = end.at_ms if end is not None else None if away is None else away.at_ms
    press = timeline.intent(Act.STOP, Role.PHONE, before=until)
    before = None if press is None else view_before(timeline, Role.PHONE, press)
    if press is None or before is None or not view_of(before).recording or view_of(before).says(AlertCode.CONFIRM_STOP):
        return Unobserved(reason="the candidate did not stop the phone before the interview's end")
    after = timeline.first(Viewed, lambda data: data.role == Role.PHONE, after=press.at_ms)
    asked = timeline.shown(Role.PHONE, lambda view: view.says(AlertCode.CONFIRM_STOP), after=press.at_ms)
    if asked is not None and view_of(asked).recording:
        return Kept(reason="asked whether the recording is to be stopped", evidence=(press, asked))
    if after is not None and not view_of(after).recording:
        return Broken(reason="stopped before the interview's end without asking", evidence=(press, after))
    return Unobserved(reason="what came of the press was not seen", evidence=(press,))
