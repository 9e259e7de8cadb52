"""Steps: devices that are plugged in, pulled out and chosen."""

from __future__ import annotations

from pytest_bdd import given, parsers, when

from harness.core.plan import Plan
from harness.core.script import Do, Plug, Step, Wait
from harness.core.view import Act, Page, Role
from harness.session.interview import Interview, Named, press


def _on_the_device_page(interview: Interview, *steps: Named) -> Interview:
    return interview.before("wait", *steps)


@given(parsers.parse("第二个摄像头尚未接入"), target_fixture="interview")
def second_camera_is_missing(interview: Interview) -> Interview:
    return interview.unplugged("camera-2")


@when("考生在设备确认页选择第二个摄像头", target_fixture="interview")
def candidate_chooses_the_other_camera(interview: Interview) -> Interview:
    return _on_the_device_page(interview, Named("choose-camera", press(Act.CHOOSE, Page.DEVICES, id="camera-2")))


@when("考生在设备确认页选择第二个麦克风", target_fixture="interview")
def candidate_chooses_the_other_microphone(interview: Interview) -> Interview:
    return _on_the_device_page(
        interview, Named("choose-microphone", press(Act.CHOOSE, Page.DEVICES, id="microphone-2"))
    )


@when("考生接入第二个摄像头并点击【刷新设备】", target_fixture="interview")
def candidate_plugs_in_and_refreshes(interview: Interview) -> Interview:
    return _on_the_device_page(
        interview,
        Named("plug", Step(action=Plug(device="camera-2", present=True), when=Wait(pages=(Page.DEVICES,)), after=300)),
        Named("refresh-devices", press(Act.REFRESH_DEVICES, Page.DEVICES, after=500)),
        Named("look", Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH_DEVICES), after=700)),
    )


@when("考生拔出第二个摄像头并点击【刷新设备】", target_fixture="interview")
def candidate_pulls_out_and_refreshes(interview: Interview) -> Interview:
    return _on_the_device_page(
        interview,
        Named(
            "unplug", Step(action=Plug(device="camera-2", present=False), when=Wait(pages=(Page.DEVICES,)), after=300)
        ),
        Named("refresh-devices", press(Act.REFRESH_DEVICES, Page.DEVICES, after=500)),
        Named("look", Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH_DEVICES), after=700)),
    )


@when("考生在试讲中所用的摄像头被拔出，随后又接入", target_fixture="interview")
def chosen_camera_is_lost(interview: Interview, plan: Plan) -> Interview:
    return interview.beside(
        "losing",
        Named("lose", Step(action=Plug(device="camera-1", present=False), when=Wait(counting="lesson"), after=800)),
        Named("again", Step(action=Plug(device="camera-1", present=True), after=1_500)),
    )
