"""Without a stack's packages, Chromium's own test devices show our marks: one camera live, one microphone from the present on."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from harness.core.errors import HarnessError
from harness.inspection import inspect
from tests.virtual_devices.stack.conftest import SESSION, now_ms, served
from virtual_devices.backends.wav import SECONDS, WavFile
from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.microphone import MicrophoneSpec, VirtualMicrophone
from virtual_devices.schedule import PumpThread
from virtual_devices.stack import Fallback, browser

RATE = 8_000


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """The bench page in a headless Chromium, a camera and a microphone plugged in."""
    if browser() is None:
        pytest.skip("the fallback's devices need a Chromium: apt-get install chromium")
    epoch = now_ms() - 3_000
    with Fallback(tmp_path / "f") as machine:
        spec = CameraSpec(device=1, session=SESSION, label="Camera")
        sound = MicrophoneSpec(device=5, session=SESSION, label="Microphone")
        camera = VirtualCamera(spec, epoch_ms=epoch, port=machine.camera_port("Camera"))
        microphone = VirtualMicrophone(sound, epoch_ms=epoch, port=machine.sound_port("Microphone"))
        with camera, microphone, PumpThread(now_ms) as pump, served() as address, sync_playwright() as playwright:
            for device in (camera, microphone):
                pump.add(device)
            chromium = playwright.chromium.launch(
                executable_path=browser(), env=dict(machine.environment), args=[*machine.arguments, "--disable-gpu"]
            )
            context = chromium.new_context()
            context.grant_permissions(["camera", "microphone"])
            page = context.new_page()
            page.goto(f"{address}/bench.html")
            yield page
            chromium.close()
            for device in (camera, microphone):
                pump.remove(device)


def test_a_recording_of_the_fallback_s_devices_carries_their_marks_in_order(page: Page) -> None:
    recorded = page.evaluate(
        "async () => recorded(await navigator.mediaDevices.getUserMedia({ video: true, audio: { echoCancellation: false,"
        " noiseSuppression: false, autoGainControl: false } }), 4000)"
    )
    footage = inspect([io.BytesIO(base64.b64decode(recorded))])
    assert {(seen.device, seen.session) for seen in footage.seen} == {(1, SESSION)}
    assert {(heard.device, heard.session) for heard in footage.heard} == {(5, SESSION)}
    assert footage.out_of_order == 0


def test_the_sound_s_file_begins_with_the_present_however_far_that_has_moved(tmp_path: Path) -> None:
    def drawn(first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        return (np.arange(first, first + count) % 30_000).astype(np.int16)

    path = tmp_path / "microphone.wav"
    file = WavFile(path, RATE, drawn)
    file.skip_to(1_000)
    for past in (0, 160, 12_345):
        file.write(np.zeros(past, np.int16))
        assert list(heard(path.read_bytes())[:3]) == [file.count, file.count + 1, file.count + 2]
    file.skip_to(SECONDS * RATE + 7)
    assert len(heard(path.read_bytes())) == 0
    file.close()
    assert not path.exists()


def heard(wav: bytes) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """The samples of a WAV file, chunk by chunk as any reader goes."""
    assert wav[:4] + wav[8:12] == b"RIFFWAVE"
    at = 12
    while wav[at : at + 4] != b"data":
        at += 8 + struct.unpack_from("<I", wav, at + 4)[0]
    return np.frombuffer(wav, "<i2", struct.unpack_from("<I", wav, at + 4)[0] // 2, at + 8)


def test_what_the_fallback_hasn_t_got_is_said_with_the_remedy(tmp_path: Path) -> None:
    with Fallback(tmp_path / "f") as machine:
        machine.camera_port("Camera")
        with pytest.raises(HarnessError, match=r"one camera, 'Camera', and no 'Other': install"):
            machine.camera_port("Other")
        with pytest.raises(HarnessError, match="no display of ours"):
            machine.screen_port()
        with pytest.raises(HarnessError, match="7%, not charging"):
            machine.power(0.07, charging=False)
        assert machine.health() == ()
    assert "has gone" in machine.health()[0]
    assert not machine.folder.exists()
