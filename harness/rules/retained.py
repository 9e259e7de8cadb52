"""The rule about recordings that stay on the device until results are published, and can be uploaded again (notice, section eight, note two)."""

from __future__ import annotations

from harness.core.events import DeskActed, Event, Intent
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Role, Stream
from harness.rules.facts import doubt, error_of, faulty, horizon, lost, out_at, view_of
from harness.rules.media import UPLOADS, arrivals, claims_success, held, still_moving
from harness.rules.rule import Need, rule
from harness.rules.weigh import every


@rule("END-7", Need.LAPTOP, Need.PHONE, Need.SERVICE, Need.RECORDINGS)
def what_was_uploaded_can_be_uploaded_again(timeline: Timeline, script: Script) -> Verdict:
    """After success the service loses a camera or evidence recording that it had confirmed, results are not published, and the candidate presses
    【重新上传】: it is held again, every byte. That it lies on the device is seen by nothing else. The screen is only recommended.
    """
    looks = [
        _again(timeline, script, stream, event)
        for stream in (Stream.CAMERA, Stream.EVIDENCE)
        for event in lost(timeline, stream)[-1:]
    ]
    return every(looks, "the service lost no recording that it had confirmed")


def _again(timeline: Timeline, script: Script, stream: Stream, loss: Event) -> Verdict:
    role, limits = stream.role, script.plan.limits
    standing = timeline.view_at(role, loss.at_ms)
    if standing is None or not claims_success(view_of(standing)):
        return Unobserved(reason=f"the {role} had not shown success when the service lost the {stream} recording")
    if timeline.first(DeskActed, action="publish") is not None:
        return Unobserved(reason="results were published: nothing need be kept any more")
    press = timeline.first(Intent, after=loss.at_ms, role=role, act=Act.RETRY, status="done")
    if press is None:
        return _not_offered(timeline, script, role, loss)
    found, seen = held(timeline, stream), horizon(timeline, "service") or press.end_ms
    came = [event for event in arrivals(timeline, stream) if event.end_ms > press.at_ms - error_of(press)]
    if found is not None and found.complete and came:
        return Kept(
            reason=f"the service lost the {stream} recording at {show_moment(loss.at_ms)}, 【重新上传】 was pressed at "
            f"{show_moment(press.at_ms)}, and all of it is held again",
            margin=Margin(max(0, seen - came[-1].end_ms)),
            evidence=(loss, press, came[-1]),
        )
    # Who says that all is well has nothing more to send; who does not may still be at it.
    done = timeline.view_at(role, press.end_ms + limits.reaction)
    contented = done is not None and claims_success(view_of(done))
    due = press.end_ms + (limits.reaction if contented else limits.catch_up)
    why = doubt(timeline, role, press.at_ms, due)
    disturbed = faulty(script, *UPLOADS, from_ms=press.at_ms) or out_at(timeline, role, press.at_ms, seen)
    unlooked = bool(came) and found is None
    watched = timeline.watched("service", loss.at_ms, due)
    if not watched or why is not None or disturbed or unlooked or still_moving(timeline, script, stream):
        return Unobserved(reason=why or "the run was over before it could be uploaded again", evidence=(loss, press))
    return Broken(
        reason=f"the service lost the {stream} recording, 【重新上传】 was pressed at {show_moment(press.at_ms)}, "
        f"and by {show_moment(due)} it was not held again",
        margin=Margin(press.end_ms - due),
        evidence=(loss, press),
    )


def _not_offered(timeline: Timeline, script: Script, role: Role, loss: Event) -> Verdict:
    """Nobody pressed 【重新上传】: broken where it did not stand there to be pressed."""
    due = loss.at_ms + script.plan.limits.reaction
    why = doubt(timeline, role, loss.at_ms, due)
    offered = timeline.shown(role, lambda view: view.enabled(Act.RETRY), after=loss.at_ms)
    if why is not None or offered is not None:
        return Unobserved(reason=why or "the candidate did not press 【重新上传】", evidence=(loss,))
    return Broken(
        reason=f"the {role} had shown success, and offered no 【重新上传】 any more",
        margin=Margin(loss.at_ms - due),
        evidence=(loss,),
    )
