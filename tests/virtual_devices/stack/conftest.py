"""A machine with its devices plugged in, a real Chromium on it, and a page that looks at them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, sync_playwright

from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.display import screen
from virtual_devices.microphone import MicrophoneSpec, VirtualMicrophone
from virtual_devices.schedule import PumpThread
from virtual_devices.stack import Stack, browser, missing, remedy

HERE = Path(__file__).parent
SESSION = 77


def now_ms() -> float:
    return time.monotonic_ns() / 1e6


class Machine(NamedTuple):
    """One candidate's machine: devices 1 and 2 are cameras, 3 is the screen, 5 the microphone."""

    stack: Stack
    pump: PumpThread
    front: VirtualCamera
    back: VirtualCamera
    microphone: VirtualMicrophone


@pytest.fixture(scope="session")
def packages() -> None:
    """Skips what needs route 1 on a machine that hasn't got it."""
    if lacking := missing():
        pytest.skip(f"virtual devices for browsers need {', '.join(lacking)}: {remedy(lacking)}")


@pytest.fixture(scope="module")
def machine(packages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Stack(tmp_path_factory.mktemp("m") / "s") as stack:
        epoch = now_ms()

        def camera(device: int, label: str) -> VirtualCamera:
            spec = CameraSpec(device=device, session=SESSION, label=label)
            return VirtualCamera(spec, epoch_ms=epoch, port=stack.camera_port(label))

        label = '内置"麦克风" it\'s \\'
        spec = MicrophoneSpec(device=5, session=SESSION, label=label)
        front, back = camera(1, "Integrated Camera"), camera(2, '外接 "USB" 摄像头')
        microphone = VirtualMicrophone(spec, epoch_ms=epoch, port=stack.sound_port(label))
        shown = screen(3, SESSION, epoch_ms=epoch, port=stack.screen_port())
        with front, back, microphone, shown, PumpThread(now_ms) as pump:
            for device in (front, back, microphone, shown):
                pump.add(device)
            yield Machine(stack, pump, front, back, microphone)
            for device in (front, back, microphone, shown):
                pump.remove(device)


@contextmanager
def served() -> Iterator[str]:
    """The address of the folder that `bench.html` is in."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing: what a page fetches is no news."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HERE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(machine: Machine) -> Iterator[Page]:
    """The page of `bench.html` in that machine's Chromium."""

    with served() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser(),
            headless=False,
            env=dict(machine.stack.environment),
            args=[
                *machine.stack.arguments,
                "--disable-gpu",
                "--window-position=0,96",
                "--window-size=1366,768",
            ],
        )
        context = chromium.new_context(no_viewport=True)
        context.grant_permissions(["camera", "microphone"])
        page = context.new_page()
        page.goto(f"{address}/bench.html")
        yield page
        chromium.close()
