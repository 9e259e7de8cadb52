"""Without a stack's packages, Chromium's own test devices: the camera shows our marks live, the rest is there and not ours."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from harness.core.errors import HarnessError
from harness.inspection import inspect
from tests.virtual_devices.stack.conftest import SESSION, now_ms, served
from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.schedule import PumpThread
from virtual_devices.stack import MICROPHONES, Fallback, browser


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Fallback]:
    with Fallback(tmp_path / "f") as made:
        yield made


@pytest.fixture
def page(machine: Fallback) -> Iterator[Page]:
    """The bench page in a headless Chromium, a camera plugged in."""
    if browser() is None:
        pytest.skip("the fallback's devices need a Chromium: apt-get install chromium")
    spec = CameraSpec(device=1, session=SESSION, label="Camera")
    camera = VirtualCamera(spec, epoch_ms=now_ms() - 3_000, port=machine.camera_port("Camera"))
    with camera, PumpThread(now_ms) as pump, served() as address, sync_playwright() as playwright:
        pump.add(camera)
        chromium = playwright.chromium.launch(
            executable_path=browser(), env=dict(machine.environment), args=[*machine.arguments, "--disable-gpu"]
        )
        context = chromium.new_context()
        context.grant_permissions(["camera", "microphone"])
        page = context.new_page()
        page.goto(f"{address}/bench.html")
        yield page
        chromium.close()
        pump.remove(camera)


def test_the_camera_s_marks_are_recorded_in_order_and_nothing_of_ours_is_heard(page: Page) -> None:
    recorded = page.evaluate(
        "async () => recorded(await navigator.mediaDevices.getUserMedia({ video: true, audio: true }), 3000)"
    )
    footage = inspect([io.BytesIO(base64.b64decode(recorded))])
    assert {(seen.device, seen.session) for seen in footage.seen} == {(1, SESSION)}
    assert footage.heard == ()
    assert footage.out_of_order == 0


def test_pages_see_the_devices_under_the_names_that_the_session_gives_them_and_a_whole_screen(
    machine: Fallback, page: Page
) -> None:
    found = page.evaluate(
        "async () => { await navigator.mediaDevices.getUserMedia({ video: true, audio: true });"
        " return (await navigator.mediaDevices.enumerateDevices()).map(({ kind, label }) => [kind, label]); }"
    )
    assert [label for kind, label in found if kind == "videoinput"] == [machine.camera]
    assert {*MICROPHONES} <= {label for kind, label in found if kind == "audioinput"}
    surface = page.evaluate(
        "async () => (await navigator.mediaDevices.getDisplayMedia()).getVideoTracks()[0].getSettings().displaySurface"
    )
    assert surface == "monitor"


def test_what_the_fallback_hasn_t_got_is_said_with_the_remedy(tmp_path: Path) -> None:
    with Fallback(tmp_path / "f") as machine:
        machine.camera_port("Camera")
        with pytest.raises(HarnessError, match=r"one camera, 'Camera', and no 'Other': install"):
            machine.camera_port("Other")
        assert machine.health() == ()
    assert "has gone" in machine.health()[0]
    assert not machine.folder.exists()


def test_a_folder_that_can_t_be_made_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match=r"can't be made .*give one in a folder that you may write"):
        Fallback(tmp_path / "file" / "f").__enter__()
