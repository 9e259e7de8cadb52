"""Rules about what camera, microphone and screen record while the interview runs (notice, section seven)."""

from __future__ import annotations

from typing import Final

from harness.core.events import Event, Scene
from harness.core.footage import Gap
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import Act, Role, Stream
from harness.rules.course import changes
from harness.rules.facts import ending, entered, error_of, outages, read
from harness.rules.media import Held, excused, frame_ms, gapless, held
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

LAST_SECOND_MS: Final = 1_000  # ANS-21's own words
SHEETS: Final = ("sheet-front", "sheet-back")
HELD_MS: Final = 3_000  # ANS-16's own words: for so long a sheet is held to the camera


@rule("ANS-14", Need.LAPTOP, Need.SERVICE, Need.RECORDINGS)
def the_interview_is_recorded_whole(timeline: Timeline, script: Script) -> Verdict:
    """Camera and microphone are recorded from T0 (or the later 【进入待考】), and they and the screen without a gap above the plan's bound.

    When the screen begins is ENTER-6's to judge and when all of it ends END-1's; a killed client's gap is NET-7's, a pulled device's
    DEV-7's, and one in an outage NET-2's.
    The bound on sound is wider by what the marks of sound are apart: below that inspection lists no gap.
    """
    entry, end = entered(timeline), ending(timeline, script)
    camera, screen = held(timeline, Stream.CAMERA), held(timeline, Stream.SCREEN)
    if entry is None or end is None:
        return Unobserved(reason="the interview did not come to its end")
    looks: list[Verdict] = []
    for stream, found in ((Stream.CAMERA, camera), (Stream.SCREEN, screen)):
        if found is None or found.last_ms is None:
            return Unobserved(reason=f"the service holds no {stream} recording with marks")
        excuses, out = excused(timeline, script, Role.LAPTOP), outages(timeline, Role.LAPTOP)
        looks.append(gapless(stream, found, found.footage.gaps, script, excuses, out))
    assert camera is not None
    looks += [_begins(timeline, script, camera, entry), _sound(timeline, script, camera)]
    return every(looks, "nothing was recorded")


def _begins(timeline: Timeline, script: Script, camera: Held, entry: Event) -> Verdict:
    wait = timeline.intent(Act.WAIT)
    due = max(0, entry.at_ms, 0 if wait is None else wait.end_ms)
    return at_most(
        script.plan.limits.recording_start,
        max(0, (camera.first_ms or 0) - due),
        what=f"from {show_moment(due)} to the first picture of the camera",
        evidence=(camera.event,),
        error_ms=error_of(camera.event) + frame_ms(script),
    )


def _sound(timeline: Timeline, script: Script, camera: Held) -> Verdict:
    if not any(each.kind == "microphone" and each.role == Role.LAPTOP and each.plugged for each in script.devices):
        return Unobserved(reason="no microphone was plugged in")
    heard = camera.footage.heard
    if not heard:
        return Broken(reason="camera pictures are recorded and no sound of a microphone", evidence=(camera.event,))
    # A sound that begins or ends well inside the pictures is missing just as one between two sounds.
    first, last = min(span.from_ms for span in heard), max(span.to_ms for span in heard)
    spacing = _spacing(heard_ms=sum(s.to_ms - s.from_ms for s in heard), chirps=sum(s.chirps for s in heard))
    edges = [
        Gap(from_ms=max(camera.first_ms or 0, 0), to_ms=first),
        Gap(from_ms=last, to_ms=camera.last_ms or last),
    ]
    gaps = [*camera.footage.sound_gaps, *(gap for gap in edges if gap.length > 0)]
    narrowed = [Gap(from_ms=gap.from_ms, to_ms=max(gap.from_ms, gap.to_ms - spacing)) for gap in gaps]
    excuses, out = excused(timeline, script, Role.LAPTOP), outages(timeline, Role.LAPTOP)
    return gapless(Stream.CAMERA, camera, narrowed, script, excuses, out)


def _spacing(heard_ms: int, chirps: int) -> int:
    """How far the marks of sound are apart, ms: a gap may be shorter than it looks by as much."""
    return heard_ms // max(1, chirps)


@rule("ANS-15", Need.RECORDINGS)
def sound_and_picture_agree(timeline: Timeline, script: Script) -> Verdict:
    """In the camera recording sound leads the picture by at most `limits.sound_leads` and lags by at most `limits.sound_lags`.

    Judged is the median over the recording; the worst second carries the sources' jitter, and where it alone is beyond, nothing is
    decided unless it is beyond by more than two pictures' time (then a part of what was said is not where it was said).
    """
    found = held(timeline, Stream.CAMERA)
    if found is None or found.footage.av_offset_ms is None:
        return Unobserved(reason="the service holds no camera recording in which sound and picture can be compared")
    limits, footage = script.plan.limits, found.footage
    middle = footage.av_offset_ms if footage.av_offset_ms is not None else 0.0
    worst = footage.av_worst_ms if footage.av_worst_ms is not None else middle

    def room(offset: float) -> float:
        return min(limits.sound_lags - offset, limits.sound_leads + offset)

    jitter = 2 * frame_ms(script) + found.event.error_ms
    asked = f"from {show(-limits.sound_leads)} to {show(limits.sound_lags)} asked"
    if room(middle) < 0 or room(worst) < -jitter:
        offset = middle if room(middle) < 0 else worst
        return Broken(
            reason=f"the sound is off by {offset:+.0f} ms (positive: it lags), {asked}",
            margin=Margin(round(room(offset))),
            evidence=(found.event,),
        )
    if room(worst) < 0:
        return Unobserved(reason=f"the worst second is off by {worst:+.0f} ms, {asked}: inside the sources' jitter")
    return Kept(
        reason=f"the sound is off by {middle:+.0f} ms, at worst by {worst:+.0f} ms, {asked}",
        margin=Margin(round(room(worst))),
        evidence=(found.event,),
    )


def _on_camera(found: Held, device: int, from_ms: int, to_ms: int) -> bool:
    return any(span.device == device and span.from_ms <= from_ms and span.to_ms >= to_ms for span in found.footage.seen)


@rule("ANS-16", Need.RECORDINGS, Need.DEVICES)
def papers_are_legible(timeline: Timeline, script: Script) -> Verdict:
    """Each paper held to the recorded camera is legible in at least one picture: both sides of the sheet and, in art, the drawing.

    Legible sooner than after the 3 s of the statement is kept all the more; not legible counts only for one that was held for so long.
    """
    found = held(timeline, Stream.CAMERA)
    if found is None or not found.footage.seen:
        return Unobserved(reason="the service holds no camera recording with marks")
    numbers = {s.id: s.number for s in script.devices if s.role == Role.LAPTOP and s.kind == "camera"}
    wanted = (*SHEETS, "drawing") if script.track == "art" else SHEETS
    looks = [_legible(timeline, found, numbers, text) for text in wanted]
    return every(looks, "no paper was held to the camera")


def _legible(timeline: Timeline, found: Held, numbers: dict[str, int], text: str) -> Verdict:
    held_up = [e for e in timeline.of(Scene, scene=text) if read(Scene, e).device in numbers]
    if not held_up:
        return Unobserved(reason=f"{text} was not held to a camera of the laptop")
    for event in held_up:
        until = event.end_ms if event.until_ms is not None else 10**9
        read_at = [s for s in found.footage.symbols if s.text == text and s.from_ms <= until and s.to_ms >= event.at_ms]
        if read_at:
            frames = sum(symbol.frames for symbol in read_at)
            return Kept(
                reason=f"{text} is legible in {frames} picture(s)",
                margin=Margin(frames, "frames"),
                evidence=(event, found.event),
            )
    event = held_up[0]
    until = event.end_ms if event.until_ms is not None else event.at_ms + HELD_MS
    if until - event.at_ms < HELD_MS or not _on_camera(found, numbers[read(Scene, event).device], event.at_ms, until):
        return Unobserved(reason=f"{text} was not held for {show(HELD_MS)} to the camera that is recorded")
    return Broken(
        reason=f"{text} was held to the camera from {show_moment(event.at_ms)} and is legible in no picture",
        margin=Margin(-1, "frames"),
        evidence=(event, found.event),
    )


@rule("ANS-21", Need.DEVICES, Need.RECORDINGS)
def the_last_phrase_is_whole(timeline: Timeline, script: Script) -> Verdict:
    """What was said to its end in a stage's last second is in the recording to its end.

    When a phrase was said is known from the microphone that said it, not from the recording.
    """
    found = held(timeline, Stream.CAMERA)
    if found is None:
        return Unobserved(reason="the service holds no camera recording")
    microphones = {s.id for s in script.devices if s.role == Role.LAPTOP and s.kind == "microphone"}
    ends = [(turn.due_ms, turn.error_ms) for turn in changes(timeline, script)]
    looks: dict[tuple[str, int], Verdict] = {}
    for event in timeline.of(Scene):
        data = read(Scene, event)
        if data.device not in microphones or event.until_ms is None:
            continue
        if any(end - LAST_SECOND_MS <= event.until_ms <= end for end, _ in ends):
            looks.setdefault((data.scene, event.until_ms // LAST_SECOND_MS), _whole(found, event, data.scene, ends))
    return every(list(looks.values()), "no phrase ended in a stage's last second")


def _whole(found: Held, event: Event, text: str, ends: list[tuple[int, int]]) -> Verdict:
    near = [
        p for p in found.footage.phrases if p.text == text and p.at_ms <= event.end_ms and p.until_ms >= event.at_ms
    ]
    whole = next((phrase for phrase in near if phrase.whole), None)
    end = next(end for end, _ in ends if end - LAST_SECOND_MS <= event.end_ms <= end)
    if whole is not None:
        return Kept(
            reason=f"“{text}”, said until {show(end - event.end_ms)} before the stage's end, is whole",
            margin=Margin(end - event.end_ms),
            evidence=(event, found.event),
        )
    if not found.complete:
        return Unobserved(reason="not all of the camera recording is held", evidence=(found.event,))
    how = "is cut off" if near else "is not there"
    return Broken(
        reason=f"“{text}” was said until {show(end - event.end_ms)} before the stage's end, and in the recording it {how}",
        margin=Margin(event.at_ms - event.end_ms),
        evidence=(event, found.event),
    )
