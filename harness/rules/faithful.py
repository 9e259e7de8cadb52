"""Rules about what the camera recording shows and the camera did not: filters, replaced rooms (notice, section two), overlays (section seven).

They read inspection's comparison of the recording with the very pictures that the virtual camera delivered (`Likeness`), of fine detail alone,
so that other levels, fewer pixels and a poor encoder are no fault. Measured over every script of the suite in both worlds, and with H.264 at 70
and VP8 at 100 kbit/s and 180 rows; the bounds stand where each measure left both sides room.
"""

from __future__ import annotations

from typing import Final

from harness.core.footage import Likeness
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Stream
from harness.rules.media import Held, held
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

# The share of the face's detail that may be missing: 0.07 over all scripts, 0.22 with poor encoders; the smallest blur there is, 3×3 pixels,
# takes 0.49 and more.
FACE_MISSING: Final = 0.3
# … and that may be there beyond its twin's: 0.11 with poor encoders; a face that was sharpened showed 0.54 and more.
FACE_ADDED: Final = 0.3
# The share of the room's detail that must be left: 0.98 over all scripts, 0.95 with poor encoders; 0.35 after a blur of 3×3 pixels at 180
# rows, 0.01 where the room was blurred as a meeting's background is, or replaced by a picture.
GROUND_LEFT: Final = 0.6


def _compared(timeline: Timeline) -> tuple[Held, Likeness] | Unobserved:
    found = held(timeline, Stream.CAMERA)
    if found is None:
        return Unobserved(reason="the service holds no camera recording")
    if found.footage.likeness is None:
        return Unobserved(reason="the camera recording shows the candidate for too short a time to be compared")
    return found, found.footage.likeness


@rule("ANS-18", Need.RECORDINGS)
def the_recording_is_what_the_camera_saw(timeline: Timeline, script: Script) -> Verdict:
    """In no three seconds of the camera recording does the face lack detail that its scrambled twin has (a filter, retouching), or have more
    than that (sharpened), or the room lack the detail that the camera delivered (blurred, or replaced by a picture).

    A blur of the whole picture takes the detail of face and room alike and counts; fewer pixels than the camera's do not. A filter that finds
    nothing to smooth in the drawn face is not seen. What lies upon the picture is PRIV-4's.
    """
    found = _compared(timeline)
    if isinstance(found, Unobserved):
        return found
    recording, likeness = found
    looks = [_at_most(recording, likeness.face_missing, FACE_MISSING, "of the face's detail is missing", "a filter")]
    if not likeness.added_cells and not _room_is_gone(likeness):
        more = "more detail is in the face than in its twin"
        looks.append(_at_most(recording, likeness.face_added, FACE_ADDED, more, "retouching"))
    if likeness.ground_left is not None:
        gone = 1 - likeness.ground_left
        looks.append(
            _at_most(
                recording, gone, 1 - GROUND_LEFT, "of the room's detail is gone", "a blurred or replaced background"
            )
        )
    return every(looks, "")


def _room_is_gone(likeness: Likeness) -> bool:
    return likeness.ground_left is not None and likeness.ground_left < GROUND_LEFT


def _at_most(found: Held, share: float, bound: float, what: str, fault: str) -> Verdict:
    margin = Margin(round((bound - share) * 100), "percent")
    said = f"{max(0, round(share * 100))} % {what}, at most {round(bound * 100)} % is no fault"
    if share <= bound:
        return Kept(reason=said, margin=margin, evidence=(found.event,))
    return Broken(
        reason=f"in the camera recording of {show_moment(found.first_ms or 0)} to {show_moment(found.last_ms or 0)} {said}: {fault}",
        margin=margin,
        evidence=(found.event,),
    )


@rule("PRIV-4", Need.RECORDINGS)
def nothing_lies_upon_the_picture(timeline: Timeline, script: Script) -> Verdict:
    """The camera recording has no place with detail that the camera did not deliver.

    What an overlay says can't be read at this size, so that any writing or sign upon the picture counts. Where the room itself is not
    the camera's (ANS-18) nothing can be said.
    """
    found = _compared(timeline)
    if isinstance(found, Unobserved):
        return found
    recording, likeness = found
    if _room_is_gone(likeness):
        return Unobserved(reason="the room is not what the camera saw, so that an overlay can't be told from it")
    if not likeness.added_cells:
        return Kept(
            reason=f"in {likeness.compared} pictures nothing lies upon what the camera saw",
            margin=Margin(0, "count"),
            evidence=(recording.event,),
        )
    return Broken(
        reason=f"in {likeness.added_cells} places of the camera recording there is detail that the camera did not deliver, "
        f"of up to {likeness.added_levels:g} levels: an overlay",
        margin=Margin(-likeness.added_cells, "count"),
        evidence=(recording.event,),
    )
