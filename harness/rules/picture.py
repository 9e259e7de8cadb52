"""The rule about the face picture of a login (notice, section two): a live one, of the camera that the candidate sees, as that camera saw it.

What a picture shows is read off the marks of the run's cameras and the scrambled twin beside the face; what a client says of its picture decides
nothing.
"""

from __future__ import annotations

from typing import Final

from harness.core.events import DeviceChanged, Event, FacePicture, Intent, Viewed
from harness.core.script import DeviceSpec, Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Role, View
from harness.rules.apparatus import stands
from harness.rules.facts import error_of, read, view_of
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

# A filter: the face is changed by so many levels more than its twin, and by so many times as much. JPEG of qualities 10 to 95, other levels,
# a blur of the whole picture and scaling to 50 to 200 % left at most 1.2 levels and 1.27 times as much, of six persons at 180, 360 and 720
# rows; in JPEG of quality 85 and more, smoothing that spares edges left 2.3 times as much, a blur of 3×3 pixels 4, a whitening 6.
LEVELS: Final = 1.0
TIMES: Final = 1.5


@rule("LOGIN-3", Need.LAPTOP, Need.SERVICE, Need.DEVICES)
def the_face_picture_is_live(timeline: Timeline, script: Script) -> Verdict:
    """Each face picture was taken at most the plan's span before the press that sent it, by the camera shown then, and no filter was at work.

    One that was held up on its way is as old as it was at the press. A filter of the whole picture alike can't be told from a poor encoder.
    """
    pictures = timeline.of(FacePicture)
    return every([_judged(timeline, script, picture) for picture in pictures], "no face picture was sent")


def _judged(timeline: Timeline, script: Script, event: Event) -> Verdict:
    picture = read(FacePicture, event)
    presses = timeline.of(
        Intent,
        lambda data: data.status != "unsupported",
        before=event.at_ms + event.error_ms + 1,
        role=Role.LAPTOP,
        act=Act.LOGIN,
    )
    if not presses:
        return Unobserved(reason="a face picture came, and nobody had pressed 【人脸登录】", evidence=(event,))
    if picture.device is None or picture.taken_ms is None:
        return Unobserved(reason="nothing in the face picture says which camera took it", evidence=(event,))
    press = presses[-1]
    seen = (press, event)
    age, oldest = press.at_ms - picture.taken_ms, int(script.plan.limits.still_age)
    if age > oldest + error_of(*seen):
        return Broken(
            reason=f"the face picture was taken at {show_moment(picture.taken_ms)}, {show(age)} before the press; "
            f"at most {show(oldest)} asked",
            margin=Margin(oldest - age),
            evidence=seen,
        )
    shown = _camera_shown(timeline, script, press)
    if shown is None:
        return Unobserved(reason="no page showed which camera is in use at the login", evidence=seen)
    if shown.number != picture.device:
        other = next((each.id for each in script.devices if each.number == picture.device), str(picture.device))
        return Broken(reason=f"the face picture is of {other}, and the page showed {shown.id}", evidence=seen)
    if picture.face_change is None or picture.twin_change is None:
        return Unobserved(reason="the camera did not see the candidate's face and its scrambled twin", evidence=seen)
    if picture.face_change > max(picture.twin_change + LEVELS, picture.twin_change * TIMES):
        return Broken(
            reason=f"the face was changed by {picture.face_change:.1f} levels, the same pixels beside it by "
            f"{picture.twin_change:.1f}: a filter was at work",
            evidence=seen,
        )
    turned = "; it is mirrored" if picture.mirrored else ""
    return Kept(
        reason=f"taken by {shown.id} {show(max(0, age))} before the press, and no filter was at work{turned}",
        margin=Margin(oldest - max(0, age)),
        evidence=seen,
    )


def _camera_shown(timeline: Timeline, script: Script, press: Event) -> DeviceSpec | None:
    """The camera that the page showed as the one in use at that press.

    Where the login's page shows none, the one that the client shows first afterwards stands for it, unless the candidate chose or a device
    came or went before; a camera that was there alone needs not be shown.
    """
    specs = {each.id: each for each in script.devices if each.role == Role.LAPTOP and each.kind == "camera"}

    def chosen(view: View) -> DeviceSpec | None:
        items = [item for item in view.devices if item.kind == "camera" and item.chosen]
        return next((s for s in specs.values() for item in items if s.id == item.id or s.label == item.label), None)

    views = timeline.of(Viewed, lambda data: data.role == Role.LAPTOP and chosen(data.view) is not None)
    before = [event for event in views if event.at_ms <= press.at_ms]
    if before:
        return chosen(view_of(before[-1]))
    changes = [*timeline.of(Intent, act=Act.CHOOSE), *timeline.of(DeviceChanged, lambda data: data.device in specs)]
    moved = [e.at_ms for e in changes if not isinstance(e.data, DeviceChanged) or "plugged" in e.data.change]
    if views and not any(press.at_ms < at <= views[0].at_ms for at in moved):
        return chosen(view_of(views[0]))
    there = [
        stand.present for stand in stands(timeline, script, "camera") if stand.from_ms <= press.at_ms < stand.to_ms
    ]
    return specs[there[0][0][0]] if there and len(there[0]) == 1 else None
