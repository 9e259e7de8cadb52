"""`viva devices demo`: the virtual devices on a page in an unmodified browser, for a person to see."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import click
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from harness.core.errors import HarnessError
from harness.drivers.web.chromium import find_chromium
from harness.wallclock import WallClock
from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.display import require_display, screen
from virtual_devices.microphone import MicrophoneSpec, VirtualMicrophone
from virtual_devices.scenes import always
from virtual_devices.schedule import PumpThread
from virtual_devices.stack import Stack

SESSION: Final = 1
CAMERAS: Final = {"Integrated Camera 前置": "portrait", "USB Camera 后置": "sheet-front"}  # label → scene
WINDOW: Final = ("--window-position=0,96", "--window-size=1366,768")  # between the marks of a stack's display
SHOWN_MS: Final = 60_000  # within which the page shows every device; it takes 1 s on a machine with nothing else to do


@click.group("devices")
def command() -> None:
    """The virtual devices by themselves."""


@command.command("demo")
@click.option("--display", metavar=":N", help="The X display to open the window on; that of DISPLAY, if left out.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("viva-devices.png"),
    show_default=True,
    help="Where the page's picture goes on a machine without a display.",
)
def demo(display: str | None, out: Path) -> int:
    """Open a page that shows two virtual cameras, a microphone and a battery, until it is closed. Without a display: save its picture."""
    display = display or os.environ.get("DISPLAY", "")
    if display:
        require_display(display)
    with _machine(display) as (stack, environment), sync_playwright() as playwright, _served() as address:
        try:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(),
                headless=False,
                env=dict(environment),
                args=[*stack.arguments, *(() if display else WINDOW)],
            )
            context = browser.new_context(no_viewport=True)
            context.grant_permissions(["camera", "microphone"], origin=address)
            page = context.new_page()
            page.goto(f"{address}/devices.html")
            _show(page, display, out)
            browser.close()
        except PlaywrightError as error:
            raise HarnessError(f"The browser could not show the devices: {error.message.splitlines()[0]}") from None
    return 0


def _show(page: Page, display: str, out: Path) -> None:
    page.wait_for_selector("body[data-shown]", timeout=SHOWN_MS)
    if display:
        click.echo("Close the browser's window to end.", err=True)
        page.wait_for_event("close", timeout=0)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=out, full_page=True)
    except OSError as error:
        raise HarnessError(f"{out} can't be written ({error.strerror}): name another file with --out") from None
    click.echo(str(out))


@contextmanager
def _machine(display: str) -> Iterator[tuple[Stack, dict[str, str]]]:
    """A stack with devices plugged in, and the environment of a browser on it."""
    with ExitStack() as up:
        folder = Path(tempfile.mkdtemp(prefix="viva-"))  # the stack's own, which removes it
        stack = up.enter_context(Stack(folder, screen=None) if display else Stack(folder))
        clock = WallClock()
        epoch = clock.now_us() / 1_000
        devices: list[VirtualCamera | VirtualMicrophone] = [
            VirtualCamera(
                CameraSpec(device=number, session=SESSION, label=label, width=640, height=480, fps=15),
                epoch_ms=epoch,
                programme=always(scene),
                port=stack.camera_port(label),
            )
            for number, (label, scene) in enumerate(CAMERAS.items(), 1)
        ]
        spec = MicrophoneSpec(device=5, session=SESSION, label="Headset 话筒")
        devices.append(VirtualMicrophone(spec, epoch_ms=epoch, port=stack.sound_port(spec.label)))
        environment = dict(stack.environment)
        if display:
            home = os.environ.get("HOME", "")
            environment |= {"DISPLAY": display, "XAUTHORITY": os.environ.get("XAUTHORITY", f"{home}/.Xauthority")}
        else:
            devices.append(screen(3, SESSION, epoch_ms=epoch, port=stack.screen_port()))
        for device in devices:
            up.enter_context(device)
        pump = up.enter_context(PumpThread(lambda: clock.now_us() / 1_000))
        for device in devices:
            pump.add(device)
            up.callback(pump.remove, device)
        yield stack, environment


@contextmanager
def _served() -> Iterator[str]:
    """The page's address: pages get devices over HTTP alone."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing: what a page fetches is no news."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(Path(__file__).parent))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
