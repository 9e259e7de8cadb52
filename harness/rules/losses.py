"""Rules about what is pulled out at the laptop between entry and end: a screen, a camera or a microphone, told, reported and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from harness.core.events import DeviceChanged, Event, Intent, Reported
from harness.core.footage import Gap, Heard, Seen
from harness.core.script import DeviceSpec, Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Role, Stream, View
from harness.rules.facts import (
    dead,
    doubt,
    ending,
    entered,
    error_of,
    horizon,
    plugged,
    read,
    view_of,
    views,
)
from harness.rules.incidents import NEVER, arrives_by, unseen
from harness.rules.media import Held, Window, frame_ms, gapless, held, overlaps
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

Kind = Literal["camera", "microphone"]
LOST: Final[dict[str, tuple[AlertCode, ...]]] = {
    "camera": (AlertCode.DEVICE_LOST, AlertCode.NO_CAMERA),
    "microphone": (AlertCode.DEVICE_LOST, AlertCode.NO_MICROPHONE),
    "screen": (AlertCode.NO_SCREEN, AlertCode.DEVICE_LOST),
}


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is to be recorded was not there from `from_ms` until `to_ms` (10⁹: for good); `cause` shows it."""

    spec: DeviceSpec
    from_ms: int
    to_ms: int
    cause: Event


def _losses(timeline: Timeline, script: Script, *kinds: str) -> list[Loss]:
    """The laptop's devices of these kinds that were pulled out between entry and end, until they were plugged in again or the end."""
    entry, end = entered(timeline), ending(timeline, script)
    if entry is None:
        return []
    over = NEVER if end is None else end.at_ms
    found = []
    for spec in script.devices:
        if spec.role is not Role.LAPTOP or spec.kind not in kinds:
            continue
        for event in timeline.of(DeviceChanged, after=entry.at_ms, before=over, device=spec.id, change="unplugged"):
            back = timeline.first(DeviceChanged, after=event.at_ms, device=spec.id, change="plugged")
            found.append(
                Loss(
                    spec=spec, from_ms=event.at_ms, to_ms=min(over, NEVER if back is None else back.at_ms), cause=event
                )
            )
    return sorted(found, key=lambda loss: loss.from_ms)


def _said(timeline: Timeline, script: Script, loss: Loss) -> Verdict:
    """While it is missing, and not before, the page says so within `limits.reaction`."""
    codes, limit = LOST[loss.spec.kind], script.plan.limits.reaction

    def says(view: View) -> bool:
        return view.says(*codes)

    before = timeline.view_at(Role.LAPTOP, loss.from_ms - 1)
    if before is None or says(view_of(before)):
        return Unobserved(reason=f"the page said so before {loss.spec.id} was missing", evidence=(loss.cause,))
    told = timeline.shown(Role.LAPTOP, says, after=loss.from_ms, before=loss.to_ms)
    due = loss.from_ms + limit
    if told is not None and told.at_ms <= due + error_of(loss.cause, told):
        return Kept(
            reason=f"{loss.spec.id} was gone at {show_moment(loss.from_ms)}, and the page said so at {show_moment(told.at_ms)}",
            margin=Margin(limit - max(0, told.at_ms - loss.from_ms)),
            evidence=(loss.cause, told),
        )
    why = doubt(timeline, Role.LAPTOP, loss.from_ms, due, network=False)
    if why is not None or due > loss.to_ms:
        return Unobserved(reason=why or f"{loss.spec.id} was back too soon", evidence=(loss.cause,))
    return Broken(
        reason=f"{loss.spec.id} was gone from {show_moment(loss.from_ms)} on, and {show(limit)} later nothing said so",
        margin=Margin(-limit if told is None else due - told.at_ms),
        evidence=(loss.cause,),
    )


# -- the screen --------------------------------------------------------------------------------------------------------


@rule("ENTER-10", Need.LAPTOP, Need.SERVICE, Need.DEVICES)
def a_lost_screen_is_told_and_reported(timeline: Timeline, script: Script) -> Verdict:
    """The screen can't be recorded (there was none at the entry, or it went midway): the page says so within `limits.reaction`, and it is
    reported.

    What is seen here is a screen that is not there. That a browser was given a window or a tab in its place shows in a browser alone. That
    recording goes on once the screen is back is ANS-14's to say.
    """
    looks = [_said(timeline, script, loss) for loss in _losses(timeline, script, "screen")]
    looks += [_incident(timeline, script, loss) for loss in _losses(timeline, script, "screen")]
    denied = _missing_at_entry(timeline, script)
    if denied is not None:
        looks += [_said_at_entry(timeline, script, denied), _incident(timeline, script, denied)]
    return every(looks, "the screen was there from the entry to the end")


def _missing_at_entry(timeline: Timeline, script: Script) -> Loss | None:
    """No screen was plugged in when the candidate entered."""
    entry, end = entered(timeline), ending(timeline, script)
    screens = [spec for spec in script.devices if spec.role is Role.LAPTOP and spec.kind == "screen"]
    if entry is None or not screens or any(plugged(timeline, spec, entry.at_ms) for spec in screens):
        return None
    back = [timeline.first(DeviceChanged, after=entry.at_ms, device=spec.id, change="plugged") for spec in screens]
    until = min([NEVER if end is None else end.at_ms, *(event.at_ms for event in back if event is not None)])
    return Loss(spec=screens[0], from_ms=entry.at_ms, to_ms=until, cause=entry)


def _said_at_entry(timeline: Timeline, script: Script, loss: Loss) -> Verdict:
    """It may be said from before the entry on; once a screen is there it is said no more, or it says nothing."""
    codes, due = LOST["screen"], loss.from_ms + script.plan.limits.reaction
    told = timeline.shown(Role.LAPTOP, lambda view: view.says(*codes), after=loss.from_ms, before=loss.to_ms)
    if told is not None and told.at_ms <= due + error_of(loss.cause, told):
        quiet = [event for event in views(timeline, Role.LAPTOP) if not view_of(event).says(*codes)]
        if not any(plugged(timeline, loss.spec, event.at_ms) for event in quiet):
            return Unobserved(reason="the page says so all the time, and no screen was ever there to say otherwise of")
        return Kept(
            reason=f"entered at {show_moment(loss.from_ms)} without a screen, and the page says so",
            margin=Margin(due - max(loss.from_ms, told.at_ms)),
            evidence=(loss.cause, told),
        )
    why = doubt(timeline, Role.LAPTOP, loss.from_ms, due, network=False)
    if why is not None or due > loss.to_ms:
        return Unobserved(reason=why or "the screen was there too soon", evidence=(loss.cause,))
    return Broken(
        reason=f"entered at {show_moment(loss.from_ms)} without a screen to record, and by {show_moment(due)} nothing said so",
        margin=Margin(loss.from_ms - due),
        evidence=(loss.cause,),
    )


def _incident(timeline: Timeline, script: Script, loss: Loss) -> Verdict:
    """A report that the capture stopped (or the device was lost) came after it; of a screen that was never there it may have come before."""
    denied, due = loss.cause.source == "service", arrives_by(timeline, script, loss.from_ms)
    report = timeline.first(
        Reported,
        lambda data: data.what in ("capture-stopped", "device-lost"),
        after=None if denied else loss.from_ms - error_of(loss.cause),
        role=Role.LAPTOP,
    )
    if report is not None and report.at_ms <= due + error_of(loss.cause, report):
        return Kept(
            reason=f"reported at {show_moment(report.at_ms)} as {read(Reported, report).what}",
            margin=Margin(due - report.at_ms),
            evidence=(loss.cause, report),
        )
    why = unseen(timeline, script, loss.from_ms, due)
    if why is not None:
        return Unobserved(reason=why, evidence=(loss.cause,))
    return Broken(
        reason=f"the screen could not be recorded from {show_moment(loss.from_ms)} on, and by {show_moment(due)} nothing reported it",
        margin=Margin(loss.from_ms - due),
        evidence=(loss.cause,),
    )


# -- the chosen camera and microphone ----------------------------------------------------------------------------------


@rule("DEV-7", Need.LAPTOP, Need.RECORDINGS, Need.DEVICES)
def a_lost_device_stops_nothing_else(timeline: Timeline, script: Script) -> Verdict:
    """The camera or microphone that is recorded is pulled out: the page says so within `limits.reaction`, the other streams have no gap above
    `limits.recording_gap` meanwhile, and once one was chosen or it is plugged in again one of its kind is recorded within
    `limits.recording_start`. The microphone is muxed into the camera's stream: with the camera gone only the screen is another stream.
    """
    found = held(timeline, Stream.CAMERA)
    if found is None:
        return Unobserved(reason="the service holds no camera recording")
    looks: list[Verdict] = []
    moments: list[Verdict] = []  # what was said and what came back, loss after loss
    for loss in _losses(timeline, script, "camera", "microphone"):
        if not _was_recorded(timeline, found, script, loss):
            continue
        others = (Stream.SCREEN,) if loss.spec.kind == "camera" else (Stream.SCREEN, Stream.CAMERA)
        back = _back(timeline, script, loss)
        missed = loss if back is None else replace(loss, to_ms=min(loss.to_ms, back.at_ms))
        moments.append(_said(timeline, script, missed))
        looks += [_went_on(timeline, script, loss, stream) for stream in others]
        if back is not None:
            moments.append(_taken_up(timeline, script, found, loss, back))
    narrowest = every(
        [*moments, *looks], "no camera or microphone that was recorded was pulled out between entry and end"
    )
    return _told_in_full(narrowest, moments) if isinstance(narrowest, Kept) else narrowest


def _told_in_full(narrowest: Kept, moments: Sequence[Verdict]) -> Kept:
    """Every moment with its time and its evidence, rather than those of the narrowest look alone."""
    kept = [each for each in moments if isinstance(each, Kept)]
    reasons = dict.fromkeys([*(each.reason for each in kept), narrowest.reason])
    events = {event.seq: event for each in (*kept, narrowest) for event in each.evidence}
    return Kept(
        reason="; ".join(reasons),
        margin=narrowest.margin,
        evidence=tuple(sorted(events.values(), key=lambda event: (event.at_ms, event.seq))),
    )


def _spans(found: Held, kind: str) -> Sequence[Seen | Heard]:
    return found.footage.seen if kind == "camera" else found.footage.heard


def _was_recorded(timeline: Timeline, found: Held, script: Script, loss: Loss) -> bool:
    """It was in the recording until just before it was pulled out, and no other one had been chosen before."""
    since = loss.from_ms - script.plan.limits.recording_gap
    chosen = _other_chosen(timeline, script, loss, since, loss.from_ms)
    return chosen is None and any(
        span.device == loss.spec.number and span.from_ms < loss.from_ms and span.to_ms >= since
        for span in _spans(found, loss.spec.kind)
    )


def _went_on(timeline: Timeline, script: Script, loss: Loss, stream: Stream) -> Verdict:
    """That stream has no gap while the device is missing."""
    found = held(timeline, stream)
    if found is None or found.first_ms is None or found.last_ms is None or not found.complete:
        return Unobserved(reason=f"not all of the {stream} recording is held")
    window = (loss.from_ms, min(loss.to_ms, loss.from_ms + 2 * script.plan.limits.recording_start))
    gaps = [gap for gap in found.footage.gaps if overlaps(gap, [window])]
    if found.last_ms < window[1]:
        gaps.append(Gap(from_ms=found.last_ms, to_ms=window[1]))
    excuses: list[Window] = [*dead(timeline, Role.LAPTOP), *_missing(timeline, script, stream)]
    return gapless(stream, found, gaps, script, excuses)


def _missing(timeline: Timeline, script: Script, stream: Stream) -> list[Window]:
    """When that stream's own device was missing as well."""
    kind = "screen" if stream is Stream.SCREEN else "camera"
    return [(loss.from_ms, loss.to_ms) for loss in _losses(timeline, script, kind)]


def _back(timeline: Timeline, script: Script, loss: Loss) -> Event | None:
    """It is plugged in again, or another one of its kind is chosen, before the end; the earlier of both."""
    end = ending(timeline, script)
    over = NEVER if end is None else end.at_ms
    chosen = _other_chosen(timeline, script, loss, loss.from_ms, over)
    plugged = timeline.first(DeviceChanged, after=loss.from_ms, before=over, device=loss.spec.id, change="plugged")
    return min((each for each in (chosen, plugged) if each is not None), key=lambda each: each.at_ms, default=None)


def _other_chosen(timeline: Timeline, script: Script, loss: Loss, after: int, before: int) -> Event | None:
    """The first press between these moments that chose another one of its kind."""
    fitting = {each.id for each in script.devices if each.role is Role.LAPTOP and each.kind == loss.spec.kind}
    return timeline.first(
        Intent,
        lambda data: data.args.get("id") in fitting - {loss.spec.id},
        after=after,
        before=before,
        role=Role.LAPTOP,
        act=Act.CHOOSE,
        status="done",
    )


def _opened_again(timeline: Timeline, script: Script, loss: Loss, back: Event) -> tuple[Event, ...]:
    """When the client took hold of one of that kind, where that was seen."""
    fitting = {each.id for each in script.devices if each.role is Role.LAPTOP and each.kind == loss.spec.kind}
    opened = timeline.first(
        DeviceChanged, lambda data: data.device in fitting, after=back.at_ms, role=Role.LAPTOP, change="opened"
    )
    return () if opened is None else (opened,)


def _taken_up(timeline: Timeline, script: Script, found: Held, loss: Loss, back: Event) -> Verdict:
    """From `limits.recording_start` after it came back one of its kind is in the recording."""
    limit, kind = script.plan.limits.recording_start, loss.spec.kind
    numbers = {each.number for each in script.devices if each.role is Role.LAPTOP and each.kind == kind}
    due = back.end_ms + limit
    after = [span for span in _spans(found, kind) if span.device in numbers and span.to_ms > back.end_ms]
    first = min(after, key=lambda span: span.from_ms, default=None)
    error = error_of(back, found.event) + frame_ms(script)
    if first is not None and first.from_ms <= due + error:
        return Kept(
            reason=f"a {kind} was there again at {show_moment(back.at_ms)}, and one is recorded from "
            f"{show_moment(max(first.from_ms, loss.from_ms))}",
            margin=Margin(due - max(first.from_ms, back.at_ms)),
            evidence=(loss.cause, back, *_opened_again(timeline, script, loss, back), found.event),
        )
    end = ending(timeline, script)
    if end is None or due + error > end.at_ms or not found.complete or horizon(timeline, "recordings") is None:
        return Unobserved(reason="the interview ended too soon, or not all of the camera recording is held")
    if any(start <= due and stop >= back.at_ms for start, stop in dead(timeline, Role.LAPTOP)):
        return Unobserved(reason="the client did not run all the time")
    if not any(span.from_ms <= due <= span.to_ms for span in found.footage.seen) and kind == "microphone":
        return Unobserved(reason="the camera, into whose stream it is muxed, was not recorded either")
    return Broken(
        reason=f"a {kind} was there again at {show_moment(back.at_ms)}, and "
        + ("none is recorded any more" if first is None else f"is recorded only from {show_moment(first.from_ms)}"),
        margin=Margin(-limit if first is None else due - first.from_ms),
        evidence=(loss.cause, back, found.event),
    )
