"""Rules about filming with a phone in hand: the pan, leaving the app, and what the candidate is told (notice, section three, 佐证视频).

What was recorded is read off the marks; a report is what the service received. What a client may do either way (go on, or own to the
gap) a rule takes either way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from harness.core.events import Event, Intent, InView, Operation, Reported
from harness.core.footage import Gap
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Page, Role, View
from harness.rules.evid import NO_EVIDENCE, evidence, stopped
from harness.rules.facts import bound, dead, doubt, faulty, horizon, out_at, outages, read, view_of, views, visible
from harness.rules.media import Held, excused, frame_ms, overlaps
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

# Honest recorders on two loaded cores left holes of up to 0.56 s; a mark that stood half as long again had a picture of its own.
LEGIBLE_MS: Final = 840


# -- the pan -----------------------------------------------------------------------------------------------------------


@rule("EVID-2", Need.PHONE, Need.DEVICES, Need.RECORDINGS)
def the_pan_is_recorded_whole(timeline: Timeline, script: Script) -> Verdict:
    """Every yaw mark that the front camera delivered before T0, whole and for long enough to be recorded, is legible in the evidence.

    The candidate sits before the marks in every picture of the pan, so a picture in which a mark is legible is one with the candidate in
    view; after the pan the same camera goes on. Which camera is recorded is EVID-1's to judge, and an outage EVID-4's.
    """
    front = {
        s.id: s.number for s in script.devices if s.role == Role.PHONE and s.kind == "camera" and s.facing == "user"
    }
    marks = _passed(timeline, front)
    if not marks:
        return Unobserved(reason="the candidate did not pan slowly with the front camera before the start")
    found, first, last = evidence(timeline), marks[0], max(marks, key=lambda event: event.end_ms)
    if found is None:
        return NO_EVIDENCE
    told = timeline.view_at(Role.PHONE, first.at_ms)
    if told is None or not view_of(told).recording:
        return Unobserved(reason="the candidate panned before the phone showed that it recorded")
    legible = {read(InView, event).symbol: _legible(found, event, script) for event in marks}
    missing = [event for event in marks if not legible[read(InView, event).symbol]]
    if missing:
        return _not_legible(timeline, script, found, missing, len(marks), set(front.values()))
    if not any(span.device in front.values() and span.to_ms > last.end_ms for span in found.footage.seen):
        return Unobserved(reason="the evidence that is held ends with the pan")
    return Kept(
        reason=f"all {len(marks)} yaw marks of the pan from {show_moment(first.at_ms)} to {show_moment(last.end_ms)} are legible",
        margin=Margin(min(legible.values()), "frames"),
        evidence=(first, last, found.event),
    )


def _passed(timeline: Timeline, front: dict[str, int]) -> list[Event]:
    """Of each mark that passed a front camera slowly enough the longest time that it did, in order."""
    longest: dict[str, Event] = {}
    for event in timeline.of(InView, lambda data: data.device in front, before=0):
        known = longest.get(read(InView, event).symbol)
        if known is None or event.end_ms - event.at_ms > known.end_ms - known.at_ms:
            longest[read(InView, event).symbol] = event
    slow = [event for event in longest.values() if event.end_ms - event.at_ms >= LEGIBLE_MS]
    return sorted(slow, key=lambda event: event.at_ms)


def _legible(found: Held, event: Event, script: Script) -> int:
    """In how many pictures of the recording the mark is legible while the camera delivered it."""
    frame, name = frame_ms(script), read(InView, event).symbol
    return sum(
        symbol.frames
        for symbol in found.footage.symbols
        if symbol.text == name and symbol.from_ms <= event.end_ms + frame and symbol.to_ms >= event.at_ms - frame
    )


def _not_legible(
    timeline: Timeline, script: Script, found: Held, missing: list[Event], asked: int, front: set[int]
) -> Verdict:
    excuses, stop = excused(timeline, script, Role.PHONE), stopped(timeline)
    for event in missing:
        window = Gap(from_ms=event.at_ms, to_ms=event.end_ms)
        if any(
            s.device not in front and s.from_ms <= window.to_ms and s.to_ms >= window.from_ms
            for s in found.footage.seen
        ):
            return Unobserved(reason="another camera is recorded than the one that was panned")
        if (
            not found.complete
            or overlaps(window, excuses)
            or out_at(timeline, Role.PHONE, window.from_ms, window.to_ms)
        ):
            return Unobserved(
                reason="not all of the evidence is held, or the phone could not record throughout the pan"
            )
        if stop is not None and stop.at_ms <= event.end_ms:
            return Unobserved(reason="the candidate stopped the phone during the pan")
    worst = max(missing, key=lambda event: event.end_ms - event.at_ms)
    return Broken(
        reason=f"{len(missing)} of {asked} yaw marks of the pan are legible in no picture, among them {read(InView, worst).symbol}, "
        f"which the camera delivered from {show_moment(worst.at_ms)} to {show_moment(worst.end_ms)}",
        margin=Margin(worst.at_ms - worst.end_ms),
        evidence=(worst, found.event),
    )


# -- leaving the app ---------------------------------------------------------------------------------------------------


@rule("EVID-8", Need.PHONE, Need.SERVICE, Need.RECORDINGS)
def leaving_the_app_leaves_no_gap_untold(timeline: Timeline, script: Script) -> Verdict:
    """Each time the candidate leaves the app and comes back, the recording went on, or the service is told of the gap within `limits.catch_up`.

    `gap` and `capture-stopped` tell of it whenever they come after it began; `app-left` tells that the app was left, and of a gap only
    where it comes on the return.
    """
    found = evidence(timeline)
    if found is None or found.first_ms is None:
        return NO_EVIDENCE
    told: set[int] = set()
    looks = [
        _away(timeline, script, found, leave, back, told)
        for leave, back in _absences(timeline)
        if found.first_ms < leave.at_ms and _records(timeline, leave)
    ]
    return every(looks, "the candidate did not leave the app and come back while the phone recorded")


def _absences(timeline: Timeline) -> list[tuple[Event, Event]]:
    """Each time the candidate left the phone's app, with the return."""
    found: list[tuple[Event, Event]] = []
    left: Event | None = None
    for event in timeline.of(Intent, lambda data: data.role == Role.PHONE and data.act in (Act.LEAVE, Act.RETURN)):
        if read(Intent, event).act == Act.LEAVE:
            left = event if left is None else left
        elif left is not None:
            found.append((left, event))
            left = None
    return found


def _records(timeline: Timeline, event: Event) -> bool:
    """The phone showed that it recorded when that happened."""
    shown = timeline.view_at(Role.PHONE, event.at_ms - 1)
    return shown is not None and view_of(shown).recording


def _away(timeline: Timeline, script: Script, found: Held, leave: Event, back: Event, told: set[int]) -> Verdict:
    limits, error = script.plan.limits, frame_ms(script) + found.event.error_ms
    away, stop = (leave.at_ms, back.end_ms), stopped(timeline)
    if back.at_ms - leave.end_ms <= limits.recording_gap + error or (stop is not None and stop.at_ms <= back.end_ms):
        return Unobserved(reason="the candidate was not away for long enough to see a pause")
    if any(start <= away[1] and end >= away[0] for start, end in dead(timeline, Role.PHONE)):
        return Unobserved(reason="the phone client was killed while the candidate was away")
    if not found.complete:
        return Unobserved(reason="not all of the evidence is held")
    last = found.last_ms or away[0]
    gaps = [gap for gap in found.footage.gaps if overlaps(gap, [away])]
    gaps += [Gap(from_ms=last, to_ms=away[1])] if last < away[1] else []
    longest = max(gaps, key=lambda gap: gap.length, default=Gap(from_ms=away[0], to_ms=away[0]))
    if longest.length <= limits.recording_gap + error:
        return Kept(
            reason=f"away for {show(away[1] - away[0])}: the recording went on, its longest gap {show(longest.length)}",
            margin=Margin(max(0, limits.recording_gap - longest.length)),
            evidence=(leave, back, found.event),
        )
    return _owned_to(timeline, script, longest, back, told)


def _owned_to(timeline: Timeline, script: Script, gap: Gap, back: Event, told: set[int]) -> Verdict:
    """The recording has this gap: whether the service was told. `told` has the reports that told of an earlier one."""
    out = [end for start, end in outages(timeline, Role.PHONE) if start <= back.end_ms + script.plan.limits.catch_up]
    due = max([back.end_ms, *out]) + script.plan.limits.catch_up
    length = f"the recording has a gap of {show(gap.length)} from {show_moment(gap.from_ms)}"
    for event in timeline.of(Reported, role=Role.PHONE, after=gap.from_ms, before=due):
        of_it = read(Reported, event).what in ("gap", "capture-stopped") or (
            read(Reported, event).what == "app-left" and event.at_ms >= back.at_ms - back.error_ms
        )
        if of_it and event.seq not in told:
            told.add(event.seq)
            return Kept(
                reason=f"{length}; the service was told at {show_moment(event.at_ms)}",
                margin=Margin(due - event.at_ms),
                evidence=(back, event),
            )
    why = doubt(timeline, Role.PHONE, back.at_ms, due, network=False)
    if why is not None or (horizon(timeline, "service") or back.at_ms) < due or faulty(script, Operation.REPORT):
        return Unobserved(reason=why or "the service was not watched for long enough, or made to fail reports")
    return Broken(
        reason=f"{length}, while the candidate was away, and by {show_moment(due)} the service was told nothing of it",
        margin=Margin(back.end_ms - due),
        evidence=(back,),
    )


# -- what the candidate is told ----------------------------------------------------------------------------------------

# Content, not wording, in Chinese or English without its spaces: once around (360°, 一周 or 一圈), with the front camera (前置), then at 45°
# (45°, 四十五度).
AROUND: Final = re.compile(
    r"(?<!\d)360(?!\d)|三百六十|[一1]周|[一1]圈|once(?:a|all)?round|full(?:turn|circle)", re.IGNORECASE
)
FRONT: Final = re.compile(r"前置|自拍|front|selfie", re.IGNORECASE)
ANGLE: Final = re.compile(r"(?<!\d)45(?!\d)|四十五")


@rule("EVID-9", Need.PHONE, Need.SERVICE)
def the_pan_is_explained(timeline: Timeline, script: Script) -> Verdict:
    """The phone says to pan once around with the front camera, and with it or later to fix the device at 45°, before the interview starts.

    Read by content in everything that the page says: the words themselves are the client's.
    """
    granted = bound(timeline)
    if granted is None or granted.at_ms >= 0:
        return Unobserved(reason="no phone was bound before the start")
    around = _told(timeline, lambda text: bool(AROUND.search(text) and FRONT.search(text)))
    angle = None if around is None else _told(timeline, _at_an_angle, around.at_ms)
    if around is not None and angle is not None:
        return Kept(
            reason=f"told to pan at {show_moment(around.at_ms)}, and to fix the device at 45° at {show_moment(angle.at_ms)}",
            margin=Margin(-angle.at_ms),
            evidence=(around, angle),
        )
    why = doubt(timeline, Role.PHONE, granted.at_ms, 0)
    if why is None and granted.at_ms + script.plan.limits.reaction > 0:
        why = "the phone was bound too shortly before the start"
    if why is not None:
        return Unobserved(reason=why)
    missing = "to pan once around with the front camera" if around is None else "to fix the device at 45° after the pan"
    return Broken(
        reason=f"from the binding to the start the phone never said {missing}",
        margin=Margin(granted.at_ms),
        evidence=(granted,),
    )


def _said(view: View) -> str:
    return unicodedata.normalize("NFKC", visible(view)) if view.page in (Page.PAIR, Page.FILMING) else ""


def _told(timeline: Timeline, what: Callable[[str], bool], after: int | None = None) -> Event | None:
    """The first view of the phone before the start that says so."""
    return next((e for e in views(timeline, Role.PHONE, after, 0) if what(_said(view_of(e)))), None)


def _at_an_angle(text: str) -> bool:
    """45° is said; where the pan is said in the same breath, behind it."""
    around, angles = AROUND.search(text), list(ANGLE.finditer(text))
    return bool(angles) and (around is None or angles[-1].start() > around.start())
