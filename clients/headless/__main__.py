"""`python -m clients.headless laptop|phone [--class module:name]`: the client in a process of its own, driven over stdin and stdout.

JSON-RPC 2.0, a message a line (`harness.protocol.control`); nothing else is written to stdout; the process ends when stdin does. What takes
long to load is loaded when it is needed: many of these are started on few processors.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import Any

from clients.headless.rpc import Server
from harness.protocol.vocabulary import Role

CLASSES = {Role.LAPTOP: "clients.headless.laptop:Laptop", Role.PHONE: "clients.headless.phone:Phone"}


async def serve(role: Role, path: str) -> None:
    """Answers calls until stdin ends."""
    loop = asyncio.get_running_loop()
    # Whatever fails in a timer or a task is the client's end, and seen as such.
    loop.set_exception_handler(_die)
    # A copy of stdout: prints of any library go to stderr, where they do no harm.
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lines = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    server = Server(role, lambda: _load(path), lambda line: _write(out, line))
    with contextlib.suppress(ValueError):  # a line longer than the protocol allows: the conversation is over
        while line := await lines.readline():
            await server.line(line)
    await server.close()


def _load(path: str) -> Any:
    """A client's class, or what `in_process.factories` makes of one."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _write(out: int, line: bytes) -> None:
    view = memoryview(line)
    while view:
        view = view[os.write(out, view) :]


def _die(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    loop.default_exception_handler(context)
    os._exit(1)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m clients.headless", description="Viva's reference client, driven over stdin"
    )
    parser.add_argument("role", type=Role, choices=(Role.LAPTOP, Role.PHONE), metavar="laptop|phone")
    parser.add_argument(
        "--class", dest="path", default="", metavar="MODULE:NAME", help="another client of the same kind"
    )
    given = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(serve(given.role, given.path or CLASSES[given.role]))


if __name__ == "__main__":
    main()
