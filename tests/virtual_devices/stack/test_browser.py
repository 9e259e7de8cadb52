"""Unmodified Chromium takes the devices for real: sees, hears, records and loses them as a page would anybody's."""

from __future__ import annotations

import base64
import io

import numpy as np
from playwright.sync_api import Page

from harness.inspection import inspect
from tests.virtual_devices.stack.conftest import SESSION, Machine
from virtual_devices import timecode
from virtual_devices.camera import VirtualCamera


def marks(page: Page, camera: VirtualCamera, count: int) -> list[timecode.Mark | None]:
    """What a canvas in the page shows of that camera."""
    shown = page.evaluate("([label, count]) => pictures(label, count)", [camera.spec.label, count])
    assert (shown["width"], shown["height"]) == (camera.spec.width, camera.spec.height)
    pictures = [np.frombuffer(base64.b64decode(each), np.uint8) for each in shown["pictures"]]
    return [timecode.read(each.reshape(camera.spec.height, camera.spec.width)).mark for each in pictures]


def test_a_page_is_shown_every_device_under_its_own_label(machine: Machine, page: Page) -> None:
    listed = page.evaluate("labels()")
    assert [label for kind, label in listed if kind == "videoinput"] == ["Integrated Camera", '外接 "USB" 摄像头']
    assert [label for kind, label in listed if kind == "audioinput"] == ["Default", machine.microphone.spec.label]


def test_a_page_sees_each_camera_s_own_pictures_and_no_other_s(machine: Machine, page: Page) -> None:
    for camera in (machine.front, machine.back):
        seen = marks(page, camera, 8)
        assert all(mark is not None for mark in seen)
        numbers = [mark.frame for mark in seen if mark is not None]
        assert {mark[:2] for mark in seen if mark is not None} == {(camera.spec.device, SESSION)}
        assert numbers == sorted(numbers)
        assert len(set(numbers)) > 4


def test_what_a_page_records_carries_the_camera_s_marks_and_the_microphone_s(machine: Machine, page: Page) -> None:
    arguments = [machine.front.spec.label, machine.microphone.spec.label, 4_000]
    recorded = page.evaluate("([camera, microphone, ms]) => record(camera, microphone, ms)", arguments)
    footage = inspect([io.BytesIO(base64.b64decode(recorded))])
    assert footage.problem is None
    assert {(seen.device, seen.session) for seen in footage.seen} == {(1, SESSION)}
    assert {(heard.device, heard.session) for heard in footage.heard} == {(5, SESSION)}
    assert footage.av_offset_ms is not None
    assert abs(footage.av_offset_ms) < 250


def test_the_whole_display_is_recorded_with_the_screen_s_marks(machine: Machine, page: Page) -> None:
    recorded = page.evaluate("([width, height, ms]) => recordDisplay(width, height, ms)", [1366, 960, 3_000])
    footage = inspect([io.BytesIO(base64.b64decode(recorded))])
    assert footage.problem is None
    assert {(seen.device, seen.session) for seen in footage.seen} == {(3, SESSION)}
    assert footage.frames.absent == 0


def test_the_battery_is_as_it_was_told(machine: Machine, page: Page) -> None:
    machine.stack.power(0.07, charging=False)
    assert page.evaluate("power(0.07, false)") == [0.07, False]
    machine.stack.power(1, charging=True)
    assert page.evaluate("power(1, true)") == [1, True]


def test_a_camera_that_is_pulled_out_ends_its_track_and_comes_back_as_the_same_device(
    machine: Machine, page: Page
) -> None:
    label = machine.back.spec.label
    identity = page.evaluate("label => identity(label)", label)
    marks(page, machine.back, 1)
    page.evaluate("heard.length = 0")
    machine.pump.remove(machine.back)
    machine.back.__exit__(None, None, None)
    page.evaluate("label => gone(label)", label)
    page.wait_for_function("label => heard.length > 0 && states(label)[0] === 'ended'", arg=label)
    machine.back.__enter__()
    machine.pump.add(machine.back)
    page.evaluate("label => arrived(label)", label)
    assert page.evaluate("label => identity(label)", label) == identity
    assert marks(page, machine.back, 2)[0] is not None


def test_a_microphone_that_is_pulled_out_goes_and_comes_back_as_the_same_device(machine: Machine, page: Page) -> None:
    label = machine.microphone.spec.label
    identity = page.evaluate("label => identity(label)", label)
    machine.pump.remove(machine.microphone)
    machine.microphone.__exit__(None, None, None)
    page.evaluate("label => gone(label)", label)
    machine.microphone.__enter__()
    machine.pump.add(machine.microphone)
    page.evaluate("label => arrived(label)", label)
    assert page.evaluate("label => identity(label)", label) == identity


def test_a_device_tells_whether_a_page_holds_it(machine: Machine, page: Page) -> None:
    camera, microphone = machine.front.spec.label, machine.microphone.spec.label
    marks(page, machine.front, 1)
    assert machine.front.looked_at
    assert not machine.microphone.listened_to
    page.evaluate("label => hold(label)", microphone)
    assert machine.microphone.listened_to
    for label in (camera, microphone):
        page.evaluate("label => release(label)", label)
    while machine.front.looked_at or machine.microphone.listened_to:
        page.evaluate("new Promise(requestAnimationFrame)")
