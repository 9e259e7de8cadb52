"""Chromium as the system has it: found, started as a process of its own with the devices it is to take for real, and ended whole.

Laws: the browser is a child whose whole process group ends with it; its profile stays, so that a restart finds what a killed one kept;
it talks to no host but the page's own, because no name is looked up and what browsers fetch in the background is switched off. What the
page asks for in vain it asks for all the same, and the driver sees that. Called by the web driver.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from playwright.async_api import CDPSession

from harness.core.errors import HarnessError
from harness.core.view import Role
from harness.drivers.bounds import sentence
from harness.drivers.child import STDERR, Child
from virtual_devices.stack import VARIABLE, browser

REMEDY: Final = f"install Debian's package chromium, or set {VARIABLE} to the path of one"
OLDEST: Final = 124  # the first that takes cameras from PipeWire
STARTS_S: Final = 30.0  # measured 0.4 s on a machine with nothing else to do, 4 s on one with forty processes waiting
SAYS_ITS_VERSION_S: Final = 20.0  # it takes 0.1 s on a machine with nothing else to do
TAIL: Final = 4_000  # characters of its standard error that are kept
_LISTENS: Final = re.compile(r"^DevTools listening on (ws://\S+)", re.MULTILINE)

# A browser under test must talk to nobody but the build's own hosts, ask nothing of the person before it, and not slow down what is hidden
# by any other rule than its own for pages.
QUIET: Final = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-search-engine-choice-screen",
    "--disable-features=Translate",  # its bubble would stand over the page
    "--hide-crash-restore-bubble",
    "--test-type",  # no bar that warns of other switches, which would take from the page's height
    "--password-store=basic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    "--lang=zh-CN",
    "--accept-lang=zh-CN,zh",
    "--force-device-scale-factor=1",
    "--remote-debugging-port=0",
)


# What an emulated machine shows of a page.
SIZES: Final[dict[Role, tuple[int, int]]] = {Role.LAPTOP: (1_366, 768), Role.PHONE: (390, 844)}


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What one browser runs on: variables on top of what describes this machine (a device stack's), more of the command line (its devices),
    whether there is a display to open a window on, and whether pages are shown in the size of the role's device, whatever the window's.
    """

    environment: Mapping[str, str] = {}
    arguments: tuple[str, ...] = ()
    headed: bool = False
    emulated: bool = True


def find_chromium() -> str:
    """The path of a Chromium. Raises `HarnessError` with the remedy."""
    found = browser()
    if found is None:
        raise HarnessError(f"no Chromium was found; {REMEDY}")
    if not os.access(found, os.X_OK) or Path(found).is_dir():
        raise HarnessError(f"{VARIABLE} is {found!r}, which can't be executed; give the path of a Chromium")
    return found


def fit_chromium() -> tuple[str, str]:
    """The path of a Chromium that will do, and its version. Raises `HarnessError` with the remedy."""
    path = find_chromium()
    try:
        said = subprocess.run(
            [path, "--version"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SAYS_ITS_VERSION_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HarnessError(f"{path} does not say its version ({error}); {REMEDY}") from None
    version = next((word for word in said.stdout.split() if word[:1].isdigit()), "")
    if wrong := too_old(version):
        raise HarnessError(wrong)
    return path, version


def too_old(version: str) -> str:
    """What is wrong with a browser of that version ("124.0.6367.60"), in one sentence; nothing where it will do."""
    major = version.partition(".")[0]
    if major.isdigit() and int(major) >= OLDEST:
        return ""
    return f"the browser is Chromium {version or 'of no known version'}, and {OLDEST} or later is needed; {REMEDY}"


def command(machine: Machine, profile: Path) -> tuple[str, ...]:
    """The command line of one browser."""
    return (
        find_chromium(),
        *QUIET,
        *(() if machine.headed else ("--headless=new",)),
        *(("--no-sandbox",) if os.geteuid() == 0 else ()),
        f"--user-data-dir={profile}",
        *machine.arguments,
        "about:blank",
    )


async def emulate(session: CDPSession, device: Role) -> None:
    """The page is as large as on a laptop, or on a phone with its touch. Raises Playwright's `Error`."""
    width, height = SIZES[device]
    phone = device is Role.PHONE
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
    await session.send("Emulation.setDeviceMetricsOverride", size)
    await session.send("Emulation.setTouchEmulationEnabled", {"enabled": phone})


class Chromium:
    """One browser process. `on_end` is called once it has ended, however it did."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        self._child = Child(on_output=self._heard, on_silence=lambda: None, on_end=self._ended)
        self._on_end = on_end
        self._said = ""
        self._endpoint: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int | None:
        """The browser's process id; None before `start`."""
        return self._child.pid

    @property
    def devtools(self) -> str:
        """Where its DevTools are had (`http://127.0.0.1:PORT`); empty before it has started."""
        found = _LISTENS.search(self._said)
        return f"http://{urlsplit(found[1]).netloc}" if found else ""

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        return self._child.ending

    async def start(self, profile: Path, machine: Machine) -> str:
        """Starts it with that profile; returns the address of its DevTools. Raises `HarnessError`."""
        try:
            await self._child.spawn(command(machine, profile), cwd=Path("/"), env=dict(machine.environment))
            async with asyncio.timeout(STARTS_S):
                return await self._endpoint
        except OSError as error:
            raise HarnessError(f"Chromium can't be started ({error}); {REMEDY}") from error
        except TimeoutError:
            await self.kill()
            raise HarnessError(
                f"Chromium did not answer within {STARTS_S:g} s of its start; its last words were {self._last_words()}"
            ) from None
        except asyncio.CancelledError:
            await self.kill()
            raise

    async def kill(self) -> None:
        """SIGKILL to the whole group; returns once it is gone. Harmless where it has ended."""
        if self.pid is not None:
            self._child.slay()
            await self._child.ended.wait()

    def _heard(self, fd: int, data: bytes) -> None:
        if fd != STDERR:
            return
        self._said = (self._said + data.decode("utf-8", "replace"))[-TAIL:]
        if not self._endpoint.done() and (match := _LISTENS.search(self._said)):
            self._endpoint.set_result(match[1])

    def _ended(self) -> None:
        if not self._endpoint.done():
            self._endpoint.set_exception(
                HarnessError(f"Chromium {self.ending} as it started; its last words were {self._last_words()}")
            )
            self._endpoint.exception()  # it may be that nobody waits for it any more
        self._on_end()

    def _last_words(self) -> str:
        lines = [line for line in self._said.splitlines() if line.strip()]
        return sentence(lines[-1]) if lines else "none"
