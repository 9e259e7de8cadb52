"""`python -m harness.service`: the exam service as a process. Prints one line of JSON when it is ready: `{"url", "control", "pid"}`.

SIGTERM and SIGINT end it within two seconds, open event streams and half-sent uploads included: what they brought is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp

from harness.core.errors import VivaError
from harness.core.platform import FaceMatcher
from harness.protocol.messages import json_body
from harness.service.application import Application
from harness.service.control import control_app
from harness.service.file_store import FileStore
from harness.service.http import Dated, Shell, public_app
from harness.service.pages import Pages
from harness.wallclock import WallClock

BACKLOG: Final = 2_048  # a rush of candidates at T-30 waits here rather than being refused


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to us (there are two in the process) and says when it listens. It sends no date of its own."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                ws="none",
                http="h11",
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
                backlog=BACKLOG,
            )
        )
        self.ready = asyncio.Event()

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override] # the base is a generator's manager
        """Nothing: `run` has the handlers."""
        return contextlib.nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens."""
        await super().startup(sockets)
        self.ready.set()


def bind(host: str, port: int) -> socket.socket:
    """A bound TCP socket. Raises `VivaError` where the port is taken."""
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP; with it each small reply costs 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise VivaError(
            f"port {port} of {host} can't be used ({error.strerror}); choose another, or 0 for any"
        ) from error
    return sock


def load_matcher(name: str) -> FaceMatcher | None:
    """`module:callable` called without arguments; none for an empty name. Raises `VivaError`."""
    if not name:
        return None
    module, _, attribute = name.partition(":")
    try:
        return cast("FaceMatcher", getattr(importlib.import_module(module), attribute)())
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise VivaError(f"--matcher {name!r} can't be loaded ({error}); name it as module:callable") from error


def load_pages(pages: Path | None, overlay: Path | None) -> Pages | None:
    """What is served below `/pages`; nothing without a folder. Raises `VivaError`."""
    for option, folder in (("--pages", pages), ("--overlay", overlay)):
        if folder is not None and not folder.is_dir():
            raise VivaError(f"{option} {folder} is no folder; name one that is there")
    if pages is None:
        if overlay is not None:
            raise VivaError(f"--overlay {overlay} stands in place of pages; name their folder by --pages")
        return None
    return Pages(pages, overlay)


async def run(
    public: socket.socket,
    control: socket.socket,
    store: FileStore,
    matcher: FaceMatcher | None,
    *,
    follow: bool = False,
    pages: Pages | None = None,
    ahead_s: int = 0,
) -> int:
    """Serves until a signal, a shutdown order, a disk that fails, or (`follow`) the end of stdin; the exit status."""
    clock = WallClock()
    loop = asyncio.get_running_loop()
    status = 0

    def stop() -> None:
        shell.stop()
        for server in servers:
            server.should_exit = True

    def heard() -> None:
        if not os.read(sys.stdin.fileno(), 4_096):
            loop.remove_reader(sys.stdin.fileno())
            stop()

    def failed(error: OSError) -> None:
        nonlocal status
        status = 1
        print(f"the store failed, so nothing more can be acknowledged: {error}", file=sys.stderr)
        stop()

    application = Application(store, matcher=matcher, epoch_ms=clock.unix_ms() - clock.now())
    shell = Shell(application, clock, failed=failed)
    dated = Dated(public_app(shell, pages), clock.unix_ms, ahead_s)
    servers = (Server(dated), Server(control_app(shell, stop)))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if follow:
        loop.add_reader(sys.stdin.fileno(), heard)
    background = [asyncio.create_task(shell.tick()), asyncio.create_task(shell.flush_lazily())]
    serving = [
        asyncio.create_task(server.serve([sock])) for server, sock in zip(servers, (public, control), strict=True)
    ]
    for server in servers:
        await server.ready.wait()
    ready = {"url": _url(public), "control": _url(control), "pid": os.getpid()}
    print(json_body(ready).decode(), flush=True)
    await asyncio.gather(*serving, return_exceptions=True)
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    if not status:
        store.flush()
    return status


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://{host}:{port}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 stopped, 1 the disk failed, 2 the use was at fault."""
    parser = argparse.ArgumentParser(prog="python -m harness.service", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="of the public port; the control port is always on loopback"
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True, help="where state and recordings are kept")
    parser.add_argument(
        "--matcher", default="", help="module:callable that makes a FaceMatcher; any picture passes without"
    )
    parser.add_argument("--pages", type=Path, help="a folder of web clients to serve below /pages")
    parser.add_argument("--overlay", type=Path, help="a folder whose files are served in place of those of --pages")
    parser.add_argument(
        "--ahead", type=int, default=0, help="seconds that the date it sends is ahead of this computer's"
    )
    parser.add_argument("--follow", action="store_true", help="end when stdin does, as when the parent is gone")
    chosen = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        try:
            matcher = load_matcher(chosen.matcher)
            pages = load_pages(chosen.pages, chosen.overlay)
            public: Any = stack.enter_context(bind(chosen.host, chosen.port))
            control: Any = stack.enter_context(bind("127.0.0.1", chosen.control_port))
            store = stack.enter_context(contextlib.closing(FileStore(chosen.folder)))
        except VivaError as error:
            print(error, file=sys.stderr)
            return 2
        return asyncio.run(
            run(public, control, store, matcher, follow=chosen.follow, pages=pages, ahead_s=chosen.ahead)
        )


if __name__ == "__main__":
    sys.exit(main())
