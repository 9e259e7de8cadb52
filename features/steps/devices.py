"""Steps: devices that are plugged in, pulled out and chosen. Called by the candidates that meet them."""

from __future__ import annotations

from harness.core.script import Do, Plug, Step, Wait
from harness.core.view import Act, Page, Role
from harness.session.interview import Interview, Named, press


def second_camera_is_missing(interview: Interview) -> Interview:
    return interview.unplugged("camera-2")


def chooses_the_other_camera(interview: Interview) -> Interview:
    return interview.before("wait", Named("choose-camera", press(Act.CHOOSE, Page.DEVICES, id="camera-2")))


def chooses_the_other_microphone(interview: Interview) -> Interview:
    return interview.before("wait", Named("choose-microphone", press(Act.CHOOSE, Page.DEVICES, id="microphone-2")))


def plugs_in_and_refreshes(interview: Interview) -> Interview:
    return _changes_and_refreshes(interview, present=True)


def pulls_out_and_refreshes(interview: Interview) -> Interview:
    return _changes_and_refreshes(interview, present=False)


def _changes_and_refreshes(interview: Interview, *, present: bool) -> Interview:
    return interview.before(
        "wait",
        Named(
            "plug", Step(action=Plug(device="camera-2", present=present), when=Wait(pages=(Page.DEVICES,)), after=300)
        ),
        Named("refresh-devices", press(Act.REFRESH_DEVICES, Page.DEVICES, after=500)),
        Named("look", Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH_DEVICES), after=600)),
    )
