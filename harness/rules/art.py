"""Rules about the two stages that art has beside the others: skill test and presentation (notice, section seven)."""

from __future__ import annotations

from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Page, Role, Stream
from harness.rules.countdowns import counts_down
from harness.rules.course import change, left, reported_on_time
from harness.rules.facts import (
    doubt,
    ending,
    seen_throughout,
    view_of,
)
from harness.rules.media import excused, frame_ms, held
from harness.rules.rule import Need, rule
from harness.rules.stages import came_by_itself, pressed_on_the_way
from harness.rules.weigh import every


@rule("ANS-13", Need.LAPTOP)
def the_skill_test_follows(timeline: Timeline, script: Script) -> Verdict:
    """Art: the skill test's page follows the lesson by itself, counts down, and stands for the whole span.

    When the lesson ends is ANS-8's to judge: here it matters what followed it. The page may be left by as much early or late as a lesson
    may end off its time.
    """
    turn = change(timeline, script, Page.LESSON)
    if script.track != "art" or turn is None or turn.stood is None or turn.early:
        return Unobserved(reason="no lesson of an art interview came to its end")
    room = script.plan.limits.lesson_end + script.plan.limits.reaction
    if turn.seen is None or turn.late_ms > room:
        over, until = reported_on_time(timeline, script, turn), turn.due_ms + turn.error_ms + room
        why = doubt(timeline, Role.LAPTOP, turn.due_ms, until, network=False)
        if over is None or why is not None:
            return Unobserved(reason=why or "the lesson did not end on its time: ANS-8 judges it")
        return Broken(
            reason=f"the lesson was over at {show_moment(turn.due_ms)}, and {show(room)} later no skill test had come by itself",
            margin=Margin(-room if turn.seen is None else room - turn.late_ms),
            evidence=(turn.stood, over),
        )
    if turn.late_ms < -script.plan.limits.lesson_end:
        return Unobserved(reason="the lesson did not end on its time: ANS-8 judges it")
    if view_of(turn.seen).page != Page.SKILL_TEST:
        why = doubt(timeline, Role.LAPTOP, turn.due_ms, turn.seen.at_ms, network=False)
        if why is not None:
            return Unobserved(reason=why)
        return Broken(
            reason=f"after the lesson page {view_of(turn.seen).page} came, the skill test was asked",
            evidence=(turn.seen,),
        )
    pressed = pressed_on_the_way(timeline, turn.due_ms, turn.seen.at_ms)
    if pressed is not None:
        return Unobserved(
            reason="the candidate had pressed something before it could come by itself", evidence=(pressed,)
        )
    return every(
        [counts_down(timeline, script, Page.SKILL_TEST), _stands(timeline, script)], "the skill test was not seen"
    )


def _stands(timeline: Timeline, script: Script) -> Verdict:
    turn, limit = change(timeline, script, Page.SKILL_TEST), script.plan.limits.lesson_end
    if turn is None or turn.early or turn.stood is None:
        return Unobserved(reason="the skill test was ended early")
    if turn.seen is not None and turn.late_ms < -limit:
        return Broken(
            reason=f"the skill test was over at {show_moment(turn.seen.at_ms)}, "
            f"{show(turn.due_ms - turn.seen.at_ms)} before {show(script.plan.spans.skill_test)} had passed",
            margin=Margin(turn.late_ms + limit),
            evidence=(turn.stood, turn.seen),
        )
    # How late the presentation comes is ANS-19's to judge.
    last = turn.seen.at_ms if turn.seen is not None else turn.due_ms
    if not seen_throughout(timeline, Role.LAPTOP, turn.stood.at_ms, last):
        return Unobserved(reason="nobody watched the skill test to its end")
    return Kept(
        reason=f"the skill test stood from {show_moment(turn.stood.at_ms)} to {show_moment(last)}",
        margin=Margin(limit + min(0, turn.late_ms)),
        evidence=(turn.stood,) if turn.seen is None else (turn.stood, turn.seen),
    )


@rule("ANS-19", Need.LAPTOP, Need.RECORDINGS)
def the_presentation_follows(timeline: Timeline, script: Script) -> Verdict:
    """Art: after the skill test the presentation's page comes by itself, and camera and microphone are recorded to its end.

    How near the last picture must be to the end is END-1's; here the presentation must not lack more than a gap may.
    """
    turn = change(timeline, script, Page.SKILL_TEST)
    if script.track != "art" or turn is None or turn.early:
        return Unobserved(reason="no skill test of an art interview came to its end")
    if turn.seen is not None and turn.late_ms < -script.plan.limits.lesson_end:
        return Unobserved(reason="the skill test was over too early: ANS-13 judges it")
    if turn.seen is not None and view_of(turn.seen).page != Page.PRESENTATION:
        return Broken(
            reason=f"after the skill test page {view_of(turn.seen).page} came, the presentation was asked",
            evidence=(turn.seen,),
        )
    came = came_by_itself(
        timeline, script, turn, what="the presentation's page", early_ms=script.plan.limits.lesson_end
    )
    end, found = ending(timeline, script), held(timeline, Stream.CAMERA)
    if not isinstance(came, Kept):
        return came
    if end is None or found is None or found.last_ms is None or left(timeline, Page.PRESENTATION) is None:
        return Unobserved(reason="the presentation did not come to its end, or the service holds no camera recording")
    heard = max((span.to_ms for span in found.footage.heard), default=None)
    bound = script.plan.limits.recording_gap
    room = min(found.last_ms, (found.last_ms if heard is None else heard)) - (end.at_ms - bound)
    if heard is not None and room >= 0:
        return Kept(
            reason=f"{came.reason}; picture and sound are recorded to {show_moment(min(found.last_ms, heard))}",
            margin=Margin(room),
            evidence=(*came.evidence, found.event),
        )
    recorded = end.at_ms - bound + room
    if any(since <= end.at_ms and until > recorded for since, until in excused(timeline, script, Role.LAPTOP)):
        return Unobserved(reason="a device was gone, or the client did not run", evidence=(found.event,))
    if not found.complete or (heard is not None and -room <= frame_ms(script) + found.event.error_ms + bound):
        return Unobserved(
            reason="the end of the camera recording is not held, or too near to tell", evidence=(found.event,)
        )
    what = (
        "no sound is recorded"
        if heard is None
        else f"camera and microphone are recorded to {show_moment(end.at_ms - bound + room)} only"
    )
    return Broken(
        reason=f"the presentation lasted until {show_moment(end.at_ms)}, and {what}",
        margin=Margin(room if heard is not None else -bound),
        evidence=(found.event,),
    )
