"""One candidate machine's private devices: its bus, cameras' server, microphones' server and display, for browsers that take them for real.

Laws: a stack is whole before `with` begins, or `HarnessError` says in one sentence what is not and what to do; nothing of it (process,
socket, file, shared memory, display) is left when it ends, however its owner ends; several stand side by side and share nothing.
The processes belong to a keeper (see `keeper`). A session makes one for each browser; plugs in cameras and microphones through the ports.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Final

import msgspec

from harness.core.errors import HarnessError, VivaError
from virtual_devices.camera import Port
from virtual_devices.microphone import SoundPort
from virtual_devices.stack import configuration, keeper, packages

SCREEN: Final = (1366, 960)
STEP_MS: Final = 5  # between two looks at whether a daemon is up
PATIENCE_MS: Final = (
    30_000  # for the slowest daemon; a whole stack takes 0.3 s on a free core, 3 s with 48 processes waiting
)
LONGEST_FOLDER: Final = 80  # bytes: a unix socket's path ends at 107
DESKTOP: Final = Path(__file__).with_name("desktop.py")
WINDOWS: Final = Path(__file__).with_name("windows.py")
VIEWER: Final = Path(__file__).with_name("viewer.py")

# Without the last, Chromium asks the desktop's keyring for a password store; nobody answers on a private bus.
CHROMIUM: Final = (
    "--enable-features=WebRtcPipeWireCamera",
    "--auto-select-desktop-capture-source=Entire screen",
    "--password-store=basic",
)
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


def passed_on() -> dict[str, str]:
    """What a browser of ours keeps of this process's environment."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


class Stack:
    """The private devices of one machine, within a `with`. `folder` is the stack's own: it makes it, and removes it at its end.

    `watched_on`: the variables by which another X display is reached, on which a window shows this one's picture to a person.
    """

    arguments: tuple[str, ...] = CHROMIUM  # what Chromium has to be started with, besides `environment`

    def __init__(
        self, folder: Path, *, screen: tuple[int, int] | None = SCREEN, watched_on: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder.absolute()
        if len(os.fsencode(self.folder)) > LONGEST_FOLDER:
            raise VivaError(
                f"the device stack's folder {self.folder} is too long for unix sockets: take at most {LONGEST_FOLDER} bytes, as in /tmp"
            )
        self.screen = screen
        self._watched_on = watched_on
        self._display = ""
        self._keeper: subprocess.Popen[bytes] | None = None
        self._news = b""
        self._pids: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self._asked = self._answered = 0

    @property
    def display(self) -> str:
        """The X display, `:N`; empty where there is none."""
        return self._display

    @property
    def environment(self) -> Mapping[str, str]:
        """The whole environment of a browser that is to have these devices and no others."""
        folder = self.folder
        bus = f"unix:path={folder}/bus"
        ours = passed_on() | {
            "HOME": f"{folder}/home",
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "DBUS_SYSTEM_BUS_ADDRESS": bus,
            "PULSE_SERVER": f"unix:{folder}/pulse/native",
        }
        if self._display:
            ours["DISPLAY"] = self._display
        return ours

    @property
    def pids(self) -> Mapping[str, int]:
        """The processes that run, by name, the keeper's among them."""
        running = {name: pid for name, pid in self._pids.items() if name not in self._ended}
        return running | ({"keeper": self._keeper.pid} if self._keeper is not None else {})

    # Where devices are plugged in

    def camera_port(self, label: str) -> Port:
        """Of a camera that pages see under that label."""
        return Port(backend="pipewire", device=label, runtime=str(self.folder))

    def sound_port(self, label: str) -> SoundPort:
        """Of a microphone that pages see under that label."""
        return SoundPort(server=self.environment["PULSE_SERVER"], label=label)

    def screen_port(self) -> Port:
        """Of the screen, whose marks stand at the edges of the display."""
        if not self._display:
            raise HarnessError(
                f"the device stack in {self.folder} has no display: make it with a screen, and use it within a `with`"
            )
        return Port(backend="x11", device=self._display)

    # How it is

    def health(self) -> tuple[str, ...]:
        """Sentences about what has died; () if nothing."""
        if self._keeper is None:
            return (f"the device stack in {self.folder} is not up: use it within a `with`",)
        try:
            answers = self._ask()
        except HarnessError as error:
            return (str(error),)
        dead = [self._death(name) for name in self._ended]
        if not answers:
            dead.append(f"the keeper of the device stack in {self.folder} does not answer: is the machine overloaded?")
        return tuple(dead)

    def power(self, level: float, charging: bool) -> None:
        """From now on the machine's battery has that level (0…1) and is charging or not, as `navigator.getBattery()` tells."""
        if not 0 <= level <= 1:
            raise VivaError(f"a battery's level is within 0..1, not {level}")
        self._order({"tell": "desktop", "text": f"{level} {int(charging)}"})

    def unshare(self) -> None:
        """The button of the browser's bar is pressed by which a person stops sharing the screen; harmless where there is none."""
        self._order({"tell": "windows", "text": "unshare"})

    # Up and down

    def __enter__(self) -> Stack:
        lacking = packages.missing(display=self.screen is not None, chromium=False)
        if lacking:
            raise HarnessError(
                f"the device stack needs {', '.join(lacking)}: install it with `{packages.remedy(lacking)}`"
            )
        self._make_folder()
        self._ended.clear()
        self._pids.clear()
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, str(self.folder), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # what the terminal sends is for its owner, who ends it in order
        )
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(self.folder.iterdir()):
                raise HarnessError(f"the device stack's folder {self.folder} is not empty: give it one of its own")
            self.folder.chmod(0o700)
            (self.folder / "home").mkdir()
            for name, text in configuration.files(self.folder).items():
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        except OSError as error:
            raise HarnessError(
                f"the device stack's folder {self.folder} can't be made ({error.strerror}): give one in a folder that you may write"
            ) from None

    def _start(self) -> None:
        folder = self.folder
        if self.screen is not None:
            kept = None if self._watched_on is None else folder
            self._launch("display", configuration.display(*self.screen, kept))
        self._launch("bus", configuration.bus(folder))
        self._launch("pipewire", configuration.pipewire(folder))
        self._await("bus", lambda: _answers(folder / "bus"))
        self._launch("desktop", [sys.executable, "-P", str(DESKTOP)])  # as a script: the package would import much more
        self._launch("pulseaudio", configuration.pulseaudio())
        self._await("pipewire", lambda: _answers(folder / "pipewire-0"))
        self._launch("wireplumber", configuration.wireplumber(), {"WIREPLUMBER_CONFIG_DIR": f"{folder}/wireplumber"})
        self._await("pulseaudio", lambda: all(_answers(folder / "pulse" / name) for name in ("native", "cli")))
        if self.screen is not None:
            self._await("display", lambda: self._printed("display").endswith("\n"))
            self._display = f":{self._printed('display').strip()}"
            self._launch("windows", [sys.executable, "-P", str(WINDOWS)])
            if self._watched_on is not None:
                viewer = [sys.executable, "-P", str(VIEWER), str(folder / "Xvfb_screen0"), f"Viva: {folder.name}"]
                self._launch("viewer", viewer, self._watched_on)
                self._await("viewer", lambda: self._printed("viewer") == "ready\n")
        self._await("wireplumber", lambda: self._printed("wireplumber") == "ready\n")
        self._await("desktop", lambda: self._printed("desktop") == "ready\n")
        if self.screen is not None:
            self._await("windows", lambda: self._printed("windows") == "ready\n")
        for sentence in self.health():
            raise HarnessError(sentence)

    def _end(self) -> None:
        if self._keeper is None:
            return
        keeping, self._keeper = self._keeper, None
        _pipe(keeping.stdin).close()
        try:
            keeping.wait(keeper.TERM_PATIENCE * 10)
        except subprocess.TimeoutExpired:  # its children die with it
            keeping.kill()
            keeping.wait()
        _pipe(keeping.stdout).close()
        shutil.rmtree(self.folder, ignore_errors=True)  # the keeper has, unless it was killed itself
        self._display, self._news = "", b""

    # The keeper

    def _launch(self, name: str, command: list[str], more: Mapping[str, str] | None = None) -> None:
        self._order({"start": name, "command": command, "environment": {**self.environment, **(more or {})}})

    def _order(self, order: dict[str, object]) -> None:
        if self._keeper is None:
            raise HarnessError(f"the device stack in {self.folder} is not up: use it within a `with`")
        try:
            _pipe(self._keeper.stdin).write(msgspec.json.encode(order) + b"\n")
        except BrokenPipeError:
            raise self._keeper_ended() from None

    def _keeper_ended(self) -> HarnessError:
        return HarnessError(f"the keeper of the device stack in {self.folder} has ended: start the stack again")

    def _listen(self, wait_ms: int) -> None:
        """Take what the keeper has told, for at most that long."""
        assert self._keeper is not None
        descriptor = _pipe(self._keeper.stdout).fileno()
        while select.select([descriptor], [], [], wait_ms / 1_000)[0]:
            read = os.read(descriptor, 1 << 16)
            if not read:
                raise self._keeper_ended()
            *lines, self._news = (self._news + read).split(b"\n")
            for line in lines:
                news = msgspec.json.decode(line, type=dict[str, str | int])
                if "started" in news:
                    self._pids[str(news["started"])] = int(news["pid"])
                elif "answer" in news:
                    self._answered = int(news["answer"])
                else:
                    self._ended[str(news["ended"])] = int(news["status"])
            wait_ms = 0

    def _ask(self) -> bool:
        """Whether the keeper answers; by then all that had ended is noted."""
        self._asked += 1
        self._order({"ask": self._asked})
        for _ in range(PATIENCE_MS // STEP_MS):
            if self._answered == self._asked:
                return True
            self._listen(STEP_MS)
        return False

    def _await(self, name: str, up: Callable[[], bool]) -> None:
        for _ in range(PATIENCE_MS // STEP_MS):
            if name in self._ended:
                raise HarnessError(self._death(name))
            if up():
                return
            self._listen(STEP_MS)
        raise HarnessError(
            f"{name} of the device stack in {self.folder} is not up after {PATIENCE_MS // 1_000} s: "
            f"it last said {self._last_words(name)!r}; is the machine overloaded?"
        )

    def _death(self, name: str) -> str:
        status = self._ended[name]
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        return f"{name} of the device stack in {self.folder} has ended {how}: it last said {self._last_words(name)!r}"

    def _last_words(self, name: str) -> str:
        try:
            lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:300] if lines else ""

    def _printed(self, name: str) -> str:
        try:
            return (self.folder / f"{name}.out").read_text()
        except OSError:
            return ""


def _answers(path: Path) -> bool:
    """Whether somebody listens on that unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # asked for when the keeper was started
    return stream
