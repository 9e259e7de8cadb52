"""`viva doctor`: what this machine can do, and what it lacks for what it can't."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from typing import Final

import av
import click
import msgspec
from rich.table import Table

from harness.cli import output
from harness.cli.child import ROOT
from harness.core.errors import HarnessError
from harness.drivers.web.chromium import fit_chromium
from virtual_devices import stack
from virtual_devices.health import routes

DISK: Final = 1 << 30  # bytes: two tracks at scaled speed leave some 50 MB; a night's runs need more
NEEDED_ROUTES: Final = frozenset({"memory", "y4m", "speech"})  # of the bundled headless client
OF_WEB_BUILDS: Final = ("device stack", "browser")


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at. `needed`: the bundled headless client can't be certified without it."""

    name: str
    ok: bool
    needed: bool
    note: str


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as data.")
def command(as_json: bool) -> int:
    """Say what this machine can do: cameras, codecs, browser, speech, ports. Exit status 2: it can't certify the headless client."""
    checks = list(_checks())
    if as_json:
        output.print_json(checks)
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        for check in checks:
            mark = "[green]✓[/]" if check.ok else "[bold red]✕[/]" if check.needed else "[yellow]–[/]"
            table.add_row(mark, check.name, output.shown(check.note))
        console = output.console()
        console.print(table)
        lacking = [check.name for check in checks if check.needed and not check.ok]
        told = f"can't be certified here: {', '.join(lacking)}" if lacking else "can be certified here"
        console.print(f"\nThe bundled headless client {told}.")
        console.print(output.shown(_web(checks), 600))
    return 0 if all(check.ok for check in checks if check.needed) else 2


def _checks() -> Iterator[Check]:
    version = sys.version_info
    yield Check(
        name="Python",
        ok=version[:2] == (3, 11),
        needed=True,
        note=f"{version.major}.{version.minor}.{version.micro}, 3.11 wanted",
    )
    cores = os.cpu_count() or 1
    yield Check(name="cores", ok=cores >= 2, needed=False, note=f"{cores}, at least 2 wanted")
    yield from (_codec(name, needed=name == "libopus") for name in ("libx264", "libvpx", "libopus"))
    for route in routes():
        lacking = f"; install {' '.join(route.missing)}" if route.missing and not route.available else ""
        needed = route.name in NEEDED_ROUTES
        yield Check(name=f"device {route.name}", ok=route.available, needed=needed, note=route.note + lacking)
    yield _browser()
    yield _ports()
    free = shutil.disk_usage(ROOT).free
    yield Check(name="disk", ok=free >= DISK, needed=True, note=f"{free >> 30} GiB free, 1 wanted")


def _web(checks: list[Check]) -> str:
    """One sentence on web builds: whether they can be certified here, and else what would let them."""
    wrong = [check.name for check in checks if check.name in OF_WEB_BUILDS and not check.ok]
    if not wrong:
        return "Web builds can be certified here, in a browser that takes our devices for its system's own."
    if "browser" in wrong:
        return f"Web builds can't be certified here: {', '.join(wrong)}; {_remedy(stack.missing())}."
    return (
        "Web builds can be certified here in part: recordings, several or changing devices, the window and the battery need the device"
        f" stack; {_remedy(stack.missing(chromium=False))}."
    )


def _remedy(lacking: tuple[str, ...]) -> str:
    return f"as root: {stack.remedy(lacking)}" if lacking else "the notes above say why"


def _browser() -> Check:
    """The browser that web builds run in."""
    try:
        path, version = fit_chromium()
    except HarnessError as error:
        return Check(name="browser", ok=False, needed=False, note=str(error))
    return Check(name="browser", ok=True, needed=False, note=f"{path}, {version}")


def _codec(name: str, *, needed: bool) -> Check:
    try:
        av.codec.Codec(name, "w")
    except av.error.FFmpegError:
        return Check(name=f"codec {name}", ok=False, needed=needed, note="missing from PyAV's build of FFmpeg")
    return Check(name=f"codec {name}", ok=True, needed=needed, note=f"PyAV {av.__version__}")


def _ports() -> Check:
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            note = f"free ports on loopback, {server.getsockname()[1]} for one"
    except OSError as error:
        return Check(name="ports", ok=False, needed=True, note=f"none can be opened on loopback: {error.strerror}")
    return Check(name="ports", ok=True, needed=True, note=note)
