"""The keeper of one device stack: a process that starts the stack's daemons, says when one ends, and ends them all when its owner does.

Laws: nothing that it started outlives it (each child dies with it, by `PR_SET_PDEATHSIG`), and it doesn't outlive its owner, however that
one ends: it watches both its own standard input and the owner's pid. It ends by removing the stack's folder and what an X server left.
Run by `virtual_devices.stack` as a script of its own, with the standard library alone, so that it is up in some 30 ms.

Each line of its standard input is an order, each line of its standard output news, both JSON objects:

    {"start": NAME, "command": [...], "environment": {...}}     →  {"started": NAME, "pid": N} or {"ended": NAME, "status": 127}
    {"tell": NAME, "text": "..."}                               a line for that child's standard input
    {"ask": N}                                                  →  {"answer": N}, after news of whatever has ended by then
                                                                →  {"ended": NAME, "status": N} whenever a child ends; −N: by signal N

A child's standard output goes to FOLDER/NAME.out, its standard error to FOLDER/NAME.log. Usage: keeper.py FOLDER OWNER_PID.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
TERM_PATIENCE = 1.5  # seconds in which a daemon has to end by itself; the slowest here took 0.1
_libc = ctypes.CDLL(None)


class Keeper:
    """The children of one stack, by name, and the descriptors by which their ends are noticed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._poll = select.poll()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._ends: dict[int, str] = {}  # pidfd → name

    def keep(self, owner: int) -> None:
        """Obey orders until the owner has ended or says no more."""
        ended = os.pidfd_open(owner)
        for descriptor in (0, ended):
            self._poll.register(descriptor, select.POLLIN | select.POLLHUP)
        pending = b""
        while os.getppid() == owner:
            for descriptor, _ in self._poll.poll():
                if descriptor == ended:
                    return
                if descriptor == 0:
                    read = os.read(0, 1 << 16)
                    if not read:
                        return
                    *lines, pending = (pending + read).split(b"\n")
                    for line in lines:
                        self._obey(json.loads(line))
                elif descriptor in self._ends:  # or it was noted meanwhile
                    self._note_end(descriptor)

    def _obey(self, order: dict[str, object]) -> None:
        if "start" in order:
            self._start(str(order["start"]), order["command"], order["environment"])  # type: ignore[arg-type] # as the owner, of this very package, sends it
        elif "tell" in order and (child := self._children.get(str(order["tell"]))) is not None and child.stdin:
            with contextlib.suppress(BrokenPipeError):  # its end is told by its pidfd
                child.stdin.write(f"{order['text']}\n".encode())
                child.stdin.flush()
        elif "ask" in order:
            for descriptor, _ in self._poll.poll(0):
                if descriptor in self._ends:
                    self._note_end(descriptor)
            _tell({"answer": order["ask"]})

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        out, log = self._folder / f"{name}.out", self._folder / f"{name}.log"
        try:
            with out.open("wb") as stdout, log.open("wb") as stderr:
                child = subprocess.Popen(
                    command,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=stdout,
                    stderr=stderr,
                    preexec_fn=_die_with_keeper(name),  # noqa: PLW1509 (the keeper has one thread)
                )
        except OSError as error:
            log.write_text(f"{error.strerror}: {command[0]}\n")
            _tell({"ended": name, "status": 127})
            return
        self._children[name] = child
        descriptor = os.pidfd_open(child.pid)
        self._ends[descriptor] = name
        self._poll.register(descriptor, select.POLLIN)
        _tell({"started": name, "pid": child.pid})

    def _note_end(self, descriptor: int) -> None:
        name = self._ends.pop(descriptor)
        self._poll.unregister(descriptor)
        os.close(descriptor)
        _tell({"ended": name, "status": self._children.pop(name).wait()})

    def end(self) -> None:
        """End every child, the last started first, and remove what they leave."""
        for child in reversed(self._children.values()):
            child.terminate()
        for child in reversed(self._children.values()):
            try:
                child.wait(TERM_PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        _remove_display(self._folder / "display.out")
        shutil.rmtree(self._folder, ignore_errors=True)


def _die_with_keeper(name: str) -> Callable[[], None]:
    """In the child: killed when the keeper ends before it, and every signal as it is by default. A display has a socket to remove first."""
    last = signal.SIGTERM if name == "display" else signal.SIGKILL

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, last)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return prepare


def _remove_display(printed: Path) -> None:
    """Remove the socket of an X server that was killed before it could; with `-displayfd` it takes no lock file."""
    with contextlib.suppress(OSError, ValueError):  # it never printed one, or has removed it
        left = Path(f"/tmp/.X11-unix/X{int(printed.read_text())}")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(left))
            except ConnectionRefusedError:  # nobody listens: it isn't another server's by now
                left.unlink()


def _tell(news: dict[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):  # the owner has ended: so does the keeper, at its next look
        sys.stdout.write(json.dumps(news) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Keep one stack; every way out leads through its end."""
    folder, owner = Path(sys.argv[1]), int(sys.argv[2])
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda number, frame: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's to hear
    keeper = Keeper(folder)
    try:
        keeper.keep(owner)
    finally:
        for each in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        keeper.end()


if __name__ == "__main__":
    main()
