"""Steps: devices that are plugged in, pulled out and chosen. Called by the candidates that meet them."""

from __future__ import annotations

from typing import Final

from pytest_bdd import when

from harness.core.plan import Plan
from harness.core.script import Do, Plug, Step, Wait
from harness.core.view import RUNNING, Act, Page, Role
from harness.session.interview import Interview, Named, press

MISSED_MS: Final = 300  # beyond a bound, so that what was not done by then is seen not to be


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


def pulls_out_what_is_recorded(interview: Interview, plan: Plan) -> Interview:
    """In the preparation the chosen camera goes and the other one is chosen; then the microphone goes and comes back."""
    missed, preparing = plan.limits.reaction + MISSED_MS, Wait(pages=(Page.PREPARATION,))
    return interview.beside(
        "pulling",
        Named("camera-out", Step(action=Plug(device="camera-1", present=False), when=preparing, after=600)),
        Named("other-camera", Step(action=Do(role=Role.LAPTOP, act=Act.CHOOSE, args={"id": "camera-2"}), after=missed)),
        Named(
            "microphone-out",
            Step(action=Plug(device="microphone-1", present=False), after=plan.limits.recording_start + MISSED_MS),
        ),
        Named("microphone-back", Step(action=Plug(device="microphone-1", present=True), after=missed)),
    )


@when("试讲所用的摄像头在试讲时被拔出，随后重新插回", target_fixture="interview")
def camera_goes_and_comes_back(interview: Interview, plan: Plan) -> Interview:
    """Early enough that what is recorded of it again is seen before the lesson ends."""
    teaching = Wait(pages=(Page.LESSON,))
    return interview.beside(
        "camera",
        Named("camera-out", Step(action=Plug(device="camera-1", present=False), when=teaching, after=300)),
        Named(
            "camera-back", Step(action=Plug(device="camera-1", present=True), after=plan.limits.reaction + MISSED_MS)
        ),
    )


def screen_goes_and_comes_back(interview: Interview, plan: Plan) -> Interview:
    """In the preparation."""
    return interview.beside(
        "screen",
        Named(
            "screen-out",
            Step(action=Plug(device="screen-1", present=False), when=Wait(pages=(Page.PREPARATION,)), after=1_000),
        ),
        Named(
            "screen-back", Step(action=Plug(device="screen-1", present=True), after=plan.limits.reaction + MISSED_MS)
        ),
    )


def screen_is_missing_at_the_entry(interview: Interview, plan: Plan) -> Interview:
    """And is there when the candidate has waited for longer than it may take to be told."""
    waiting = Wait(pages=(Page.WAITING, *RUNNING))
    come = Step(action=Plug(device="screen-1", present=True), when=waiting, after=plan.limits.reaction)
    return interview.unplugged("screen-1").beside("screen", Named("screen-in", come))


def _changes_and_refreshes(interview: Interview, *, present: bool) -> Interview:
    return interview.before(
        "wait",
        Named(
            "plug", Step(action=Plug(device="camera-2", present=present), when=Wait(pages=(Page.DEVICES,)), after=300)
        ),
        Named("refresh-devices", press(Act.REFRESH_DEVICES, Page.DEVICES, after=500)),
        Named("look", Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH_DEVICES), after=600)),
    )
