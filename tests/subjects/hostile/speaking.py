"""A hostile client as a process: its argument says what it does wrong, and where. Client control with nothing but Python's own library."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from typing import Any

WHO = {"name": "Hostile", "version": "1", "protocol": 1, "intents": [], "views": ["page"], "capture": ["raw"]}


def send(**message: Any) -> None:
    """One message."""
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def misbehave(what: str) -> None:
    """Does it, for as long as anybody listens."""
    while True:
        match what:
            case "hangs":
                signal.pause()
            case "dies":
                os._exit(9)
            case "nonsense":
                os.write(1, bytes(random.Random(1).randbytes(200)) + b"\n")
            case "endless":
                os.write(1, b"x" * 65_536)
            case "floods":
                send(method="changed", params={"page": "check", "text": [str(random.random())]})
            case "giant":
                send(method="changed", params={"page": "check", "text": ["w" * 10_000] * 200})


def main(what: str, at: str) -> None:
    """Answers as it should until the call named `at` comes."""
    for line in sys.stdin:
        call = json.loads(line)
        if call["method"] == at:
            misbehave(what)
        results = {"initialize": WHO, "do": {"status": "unsupported"}, "view": {"page": "check"}}
        send(id=call["id"], result=results.get(call["method"], {}))
        if call["method"] == "close":
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
