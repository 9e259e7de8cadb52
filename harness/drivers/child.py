"""A child process of which nothing stays behind: its pipes as callbacks, its end as an event, its whole group ended by SIGKILL.

Laws: the child leads a session (and so a process group) of its own; its end is told once, after everything it wrote; once it has ended,
what it started in its group is ended too; of the harness's environment it gets only what describes the machine, so that no variable
names the scenario. A process that leaves the group on purpose is out of reach. Called by the process driver.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

STDOUT: Final = 1
STDERR: Final = 2
# What a program needs to know of the machine; all else of our environment stays with us (pytest's names the test).
ENVIRONMENT: Final = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}
    | {"DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}
    | {"PULSE_SERVER", "PIPEWIRE_REMOTE", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
# How long somebody outside the group may hold the pipes of a child that has ended, seconds.
PIPES_HELD: Final = 0.5


class Child(asyncio.SubprocessProtocol):
    """One process. `on_output(fd, data)` gets what it writes to stdout and stderr, `on_silence()` the close of its stdout,
    `on_end()` its end; all on the event loop.
    """

    def __init__(
        self, *, on_output: Callable[[int, bytes], None], on_silence: Callable[[], None], on_end: Callable[[], None]
    ) -> None:
        self._on_output = on_output
        self._on_silence = on_silence
        self._on_end = on_end
        self._transport: asyncio.SubprocessTransport | None = None
        self.ended = asyncio.Event()

    async def spawn(self, command: Sequence[str], *, cwd: Path, env: dict[str, str]) -> None:
        """Starts it, with `env` on top of what it may know of the machine. Raises OSError."""
        machine = {name: value for name, value in os.environ.items() if name in ENVIRONMENT or name.startswith("LC_")}
        await asyncio.get_running_loop().subprocess_exec(
            lambda: self, *command, cwd=cwd, env=machine | env, start_new_session=True
        )

    @property
    def pid(self) -> int | None:
        """Its process id, which is its group's too; None before it was started."""
        return self._transport.get_pid() if self._transport is not None else None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        status = self._transport.get_returncode() if self._transport is not None else None
        if status is not None and status < 0:
            with contextlib.suppress(ValueError):  # a number that names no signal
                return f"was ended by {signal.Signals(-status).name}"
        return f"ended with exit status {status}"

    def write(self, data: bytes) -> None:
        """To its stdin. What it doesn't take waits in memory: bound the calls, not the bytes."""
        self._stdin().write(data)

    def close_stdin(self) -> None:
        """Its stdin ends."""
        self._stdin().close()

    def slay(self) -> None:
        """SIGKILL to the group; harmless where it has ended."""
        if self._transport is not None and not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):  # the group is empty already
                os.killpg(self._transport.get_pid(), signal.SIGKILL)

    def _stdin(self) -> asyncio.WriteTransport:
        if self._transport is None:
            raise RuntimeError("the child was not started")
        return cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))

    # -- asyncio's side ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """It wrote something."""
        self._on_output(fd, data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """It closed a pipe."""
        if fd == STDOUT:
            self._on_silence()

    def process_exited(self) -> None:
        """It has ended; what it wrote before may still be in the pipes."""
        self.slay()
        asyncio.get_running_loop().call_later(PIPES_HELD, self._let_go)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended and its pipes are empty."""
        if self._transport is not None:
            self._transport.close()
        self.ended.set()
        self._on_end()

    def _let_go(self) -> None:
        if self._transport is not None and not self.ended.is_set():
            self._transport.close()
