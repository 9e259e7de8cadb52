"""`python -m virtual_devices.encoded FOLDER`: serves devices as orders on stdin say, until stdin ends; what happens is told on stdout.

The folder, of its parent's pictures and its own log, goes with it: a parent that was killed can't delete it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys

import msgspec

from virtual_devices.encoded.orders import Word
from virtual_devices.encoded.server import Server


def main() -> None:
    """Ends with its parent: only that one holds the other end of stdin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the parent too, and that one ends this

    def tell(word: Word) -> None:
        os.write(sys.stdout.fileno(), msgspec.json.encode(word) + b"\n")

    asyncio.run(Server(sys.stdin.fileno(), tell).run())
    shutil.rmtree(sys.argv[1], ignore_errors=True)  # the parent may be deleting it as well


if __name__ == "__main__":
    main()
