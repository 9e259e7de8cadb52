"""The skeleton of a client: it speaks the harness's protocol and shows its first page, and can do nothing yet.

One JSON-RPC message a line on stdin and stdout; log to stderr only. docs/protocol.md says what each act does and what a view may show;
docs/writing-an-adapter.md says in which order to build it.
"""

import json
import sys
from typing import Any

PROTOCOL = 1
METHOD_NOT_FOUND = -32601
# The acts that this build knows so far; each has to be answered with "done" or "refused", every other with "unsupported".
INTENTS = {"laptop": ["proceed"], "phone": ["type_code"]}
# The keys of a view that it can show so far.
VIEWS = {"laptop": ["controls", "checks"], "phone": ["controls"]}


class Client:
    """One role. `state_dir` is all that survives when the process is killed."""

    def __init__(self, role: str, state_dir: str) -> None:
        self.role = role
        self.state_dir = state_dir
        self.seq = 1
        self.devices: list[dict[str, Any]] = []

    def open(self, service_url: str, ticket: str, devices: list[dict[str, Any]]) -> None:
        """The candidate starts the client. Begin here: ask the service for the exam, and look at the devices."""
        self.devices = devices

    def do(self, intent: str, args: dict[str, str]) -> dict[str, str]:
        """The candidate acts. Return at once; what comes of it is shown in a view."""
        if intent not in INTENTS[self.role]:
            return {"status": "unsupported", "reason": f"this build does not know {intent}"}
        return {"status": "refused", "reason": "that button is not enabled"}

    def view(self) -> dict[str, Any]:
        """Everything that the candidate can see now. Notify `changed` with the whole of it, `seq` raised, whenever it changes."""
        if self.role == "phone":
            return {"seq": self.seq, "page": "pair", "controls": {"type_code": {"enabled": False}}}
        checks = {what: {"state": "checking"} for what in ("camera", "microphone", "recording")}
        return {"seq": self.seq, "page": "check", "controls": {"proceed": {"enabled": False}}, "checks": checks}


def send(message: dict[str, Any]) -> None:
    """Writes one message. `send({"method": "changed", "params": client.view()})` is how a view is notified."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answers calls until `close`."""
    client = Client("laptop", "")
    for line in sys.stdin:
        call = json.loads(line)
        params = call.get("params", {})
        result: dict[str, Any] = {}
        match call["method"]:
            case "initialize":
                client = Client(params["role"], params["state_dir"])
                result = {
                    "name": "@NAME@",
                    "version": "0.1.0",
                    "protocol": PROTOCOL,
                    "intents": INTENTS[client.role],
                    "views": VIEWS[client.role],
                    "capture": ["raw"],  # or "encoded", where it can't encode
                }
            case "open":
                client.open(params["service_url"], params["ticket"], params["devices"])
            case "devices":
                client.devices = params["devices"]
            case "do":
                result = client.do(params["intent"], params["args"])
            case "view":
                result = client.view()
            case "close":
                pass
            case unknown:
                send({"id": call["id"], "error": {"code": METHOD_NOT_FOUND, "message": f"no method {unknown}"}})
                continue
        send({"id": call["id"], "result": result})
        if call["method"] == "close":
            return


if __name__ == "__main__":
    main()
