"""Pages for tests, from a server on loopback that gives back whatever path it is asked for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote

import psutil

HEAD = "<!doctype html><meta charset=utf-8><title>x</title>"
NEVER = "never"  # a page that never comes
CRASH = "crash"  # what a page fetches to have `crash` called
MANIFEST = """
name = "Bad pages"
vendor = "Viva's tests"
version = "1"
[laptop]
driver = "web"
url = "{laptop}"
[phone]
driver = "web"
url = "{phone}"
"""

Address = Callable[[str], str]


def crash(profile: str = "") -> None:
    """The pages of browsers of ours lose their renderers: all, or those of browsers with that in the path of their profile."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has just ended
            command = process.cmdline()
            if "--type=renderer" in command and any(profile in word for word in command if "user-data-dir" in word):
                process.kill()


@contextlib.contextmanager
def served(crash: Callable[[], None] = lambda: None) -> Iterator[Address]:
    """A function that gives the address of a page with that body. A request for `never` is answered when the server ends."""
    over = threading.Event()

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = unquote(self.path.removeprefix("/"))
            if asked == NEVER:
                over.wait()
            if asked == CRASH:
                crash()
            body = (HEAD + asked).encode()
            with contextlib.suppress(OSError):  # who asked has gone
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield lambda body: f"http://127.0.0.1:{server.server_port}/{quote(body, safe='')}"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
