"""Microphones on a PulseAudio server, which browsers take for real: a pipe source each, plugged in and out at run time.

Laws: a source stands under its label from opening to closing; what is written is heard once, in order, without a buffer of ours between,
so the writer's schedule is the sound's clock; a server that has died, or that no longer takes what is written, raises `HarnessError` at
the next write. The server is that of a device stack; modules are loaded through the command-line socket beside its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import socket
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError, VivaError

# Bytes that wait for a server which gets no core: half a minute at 16 kHz, and the most that Linux gives without a privilege.
PATIENT: Final = 1 << 20
_PREFIX: Final = "unix:"
_PROMPT: Final = b">>> "
_PATIENCE: Final = 5.0  # seconds for the server's answer; it takes some 2 ms
_SOURCE: Final = "module-pipe-source"
_LISTENING: Final = "latency_msec=1000 adjust_time=0 source_dont_move=yes sink_dont_move=yes"
SPEAKERS: Final = "speakers"  # a sink of the server's that leads nowhere


class PulseSource:
    """One microphone, mono, signed 16 bit at `rate`; `server` is the value of `PULSE_SERVER`, `label` what pages see."""

    def __init__(self, server: str, label: str, rate: int) -> None:
        native = Path(server.removeprefix(_PREFIX))
        if not server.startswith(f"{_PREFIX}/") or not label.isprintable():
            raise VivaError(
                f"a microphone needs server='unix:/PATH', as a stack's PULSE_SERVER is, and a label in one line, not {server!r} and {label!r}"
            )
        self.count = 0
        self._label = label
        self._control = native.with_name("cli")
        name = f"viva-{hashlib.sha256(label.encode()).hexdigest()[:12]}"  # the same each time: browsers know a device by it
        self._pipe = native.with_name(name)
        if self._pipe.exists():
            raise HarnessError(f"microphone {label!r} is plugged in already: give each microphone a label of its own")
        said = re.sub(
            r"([\\\"'])", r"\\\1", label
        )  # for the list of properties, to which the server hands its value as it stands
        self._ask(
            f"load-module {_SOURCE} source_name={name} file={_quoted(str(self._pipe))} format=s16le rate={rate} channels=1 "
            f"source_properties='device.description=\"{said}\"'"
        )
        # A pipe source reads only while somebody listens; else the first listener would hear what was said long before.
        self._ask(f"load-module module-loopback source={name} sink={SPEAKERS} {_LISTENING}")
        try:
            self._end = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
            fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, PATIENT)
        except OSError as error:
            raise HarnessError(
                f"microphone {label!r} can't be plugged in: PulseAudio made no pipe at {self._pipe} ({error.strerror})"
            ) from None

    def skip_to(self, count: int) -> None:
        """The next sample written is number `count`."""
        self.count = count

    def write(self, samples: NDArray[np.int16]) -> None:
        """Let them be heard. Raises `HarnessError` once the server has died or stands still."""
        data = samples.astype("<i2", copy=False).tobytes()
        try:
            written = os.write(self._end, data)
        except BlockingIOError:
            written = 0
        except OSError as error:
            raise HarnessError(f"microphone {self._label!r} has died: its server has gone ({error.strerror})") from None
        if written < len(data):
            raise HarnessError(f"microphone {self._label!r} has died: its server has stood still")
        self.count += len(samples)

    @property
    def listened_to(self) -> bool:
        """Whether somebody listens besides our own loopback. Raises `HarnessError` where the server doesn't answer."""
        outputs = re.split(r"^\s*index: ", self._ask("list-source-outputs"), flags=re.MULTILINE)[1:]
        return any(f"<{self._pipe.name}>" in each and "module-loopback.c" not in each for each in outputs)

    def close(self) -> None:
        """The microphone is unplugged; a server that has gone took it along."""
        os.close(self._end)
        with contextlib.suppress(HarnessError):
            for index in _indices(self._ask("list-modules"), str(self._pipe)):
                self._ask(f"unload-module {index}")
        self._pipe.unlink(missing_ok=True)

    def _ask(self, command: str) -> str:
        """The server's answer to one command, which doesn't tell whether it worked; raises `HarnessError` where there is none."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
                control.settimeout(_PATIENCE)
                control.connect(str(self._control))
                control.sendall(b"hello\n")  # asks for prompts, by which an answer's end is known
                _until_prompt(control)
                control.sendall(f"{command}\n".encode())
                return _until_prompt(control)
        except OSError as error:
            raise HarnessError(
                f"microphone {self._label!r}: PulseAudio does not answer at {self._control} ({error}); is the device stack up?"
            ) from None


def _until_prompt(control: socket.socket) -> str:
    heard = b""
    while not heard.endswith(_PROMPT):
        part = control.recv(1 << 16)
        if not part:
            raise ConnectionError("it hung up")
        heard += part
    return heard.removesuffix(_PROMPT).decode(errors="replace")


def _indices(modules: str, path: str) -> list[str]:
    """The pipe sources that read from `path`, in an answer to `list-modules`."""
    return [
        block.split(maxsplit=1)[0]
        for block in re.split(r"^\s*index: ", modules, flags=re.MULTILINE)[1:]
        if f"<{_SOURCE}>" in block and _quoted(path) in block
    ]


def _quoted(text: str) -> str:
    """As the value of a module's argument."""
    return "'" + re.sub(r"([\\'])", r"\\\1", text) + "'"
