"""The polite and idle client as a process: client control with nothing but Python's own library. Its argument is the page that it shows."""

from __future__ import annotations

import json
import sys
from typing import Any

ACTS = (
    *(
        "consent",
        "decline",
        "login",
        "show_code",
        "open",
        "read",
        "proceed",
        "enter",
        "refresh",
        "refresh_devices",
        "choose",
    ),
    *("wait", "start", "finish", "confirm", "cancel", "help", "fetch_question", "retry", "close", "scan", "type_code"),
    *("record", "stop", "leave", "return"),
)


def answer(method: str, params: dict[str, Any], page: str) -> dict[str, Any]:
    """The result of one call."""
    if method == "initialize":
        who = {"name": "Polite and idle", "version": "1", "protocol": 1}
        return {**who, "intents": ACTS, "views": ["page", "controls"], "capture": ["raw"]}
    if method == "do":
        return {"status": "done" if params["intent"] in ACTS else "unsupported"}
    if method == "view":
        controls = {act: {"enabled": True} for act in ACTS}
        return {"seq": 1, "page": page, "controls": controls, "binding": {"code": "112648", "bound": True}}
    return {}


def main(page: str) -> None:
    """Answers one call a line until it is closed."""
    for line in sys.stdin:
        call = json.loads(line)
        result = answer(call["method"], call["params"], page)
        print(json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}), flush=True)
        if call["method"] == "close":
            return


if __name__ == "__main__":
    main(sys.argv[1])
