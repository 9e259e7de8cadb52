"""Rules about getting the devices ready (notice, section one)."""

from __future__ import annotations

from typing import Final, Literal

from harness.core.events import Event, Operation, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Role
from harness.rules.facts import first_seen, view_of, views
from harness.rules.rule import Need, rule

CHECKED: Final[tuple[Literal["camera", "microphone", "recording"], ...]] = ("camera", "microphone", "recording")


@rule("PREP-1", Need.LAPTOP, Need.SERVICE)
def devices_are_checked_first(timeline: Timeline, script: Script) -> Verdict:
    """Before the face picture is taken each of camera, microphone and recording was reported, working or not.

    Whether a report is true is another requirement's question. Without a face picture there is no "before".
    """
    picture = timeline.first(Served, operation=Operation.LOGIN)
    if picture is None:
        return Unobserved(reason="no face picture was sent")
    press = timeline.intent(Act.LOGIN, before=picture.at_ms + 1)
    taken = picture.at_ms if press is None else press.at_ms
    reported: dict[str, Event] = {}
    for event in views(timeline, Role.LAPTOP, before=taken + 1):
        for what, check in view_of(event).checks.items():
            if check.state != "checking":
                reported.setdefault(what, event)
    missing = [what for what in CHECKED if what not in reported]
    if not missing:
        return Kept(
            reason=f"camera, microphone and recording were reported before the face picture at {show_moment(taken)}",
            margin=Margin(taken - max(event.at_ms for event in reported.values())),
            evidence=(reported["recording"], picture),
        )
    since = first_seen(timeline, Role.LAPTOP)
    if since is None or not timeline.watched(Role.LAPTOP, since, taken):
        return Unobserved(reason="nobody watched the laptop up to the face picture")
    return Broken(
        reason=f"the face picture was taken at {show_moment(taken)} and {' and '.join(missing)} had not been reported",
        evidence=(picture,),
    )
