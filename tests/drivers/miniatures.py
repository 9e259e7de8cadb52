"""Miniature subjects, each a few lines that a Python of its own runs: an honest one, and one for every way to break the conversation."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from harness.core.view import Role
from harness.drivers.manifest import DeviceSubject

# What most of them share: `answer` a call, `notify` a view, and the calls as they come.
_PRELUDE = """
    import json, os, sys, time, signal, subprocess

    def send(**message):
        print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

    def answer(call, result):
        send(id=call["id"], result=result)

    def notify(page="check", **more):
        send(method="changed", params={"page": page, **more})

    WHO = {"name": "Mini", "version": "1", "protocol": 1, "intents": ["consent"], "views": ["page"], "capture": ["raw"]}
    calls = (json.loads(line) for line in sys.stdin)

    def honest(call):
        method = call["method"]
        if method == "initialize":
            answer(call, WHO)
        elif method == "do":
            known = call["params"]["intent"] == "consent"
            answer(call, {"status": "done" if known else "unsupported"})
        elif method == "view":
            answer(call, {"page": "check", "text": ["hello"]})
        else:
            answer(call, {})
        return method != "close"
"""

HONEST = """
    for call in calls:
        if call["method"] == "open":
            notify("login", seq=1)
        if not honest(call):
            break
"""
SHOWS_UNREAD = """
    for call in calls:
        if call["method"] == "initialize":
            heard = call["params"]["state_dir"] + "/heard"
        honest(call)
        if call["method"] == "open":
            with open(heard, "w"):
                notify("login", seq=100)
"""
DIES_WITH_LAST_WORDS = """
    print("no camera found", file=sys.stderr)
    sys.exit(3)
"""
DIES_BY_SIGNAL_IN_OPEN = """
    for call in calls:
        if call["method"] == "open":
            os.kill(os.getpid(), signal.SIGSEGV)
        honest(call)
"""
DIES_WHEN_CLOSED = """
    for call in calls:
        if call["method"] == "close":
            sys.exit(7)
        honest(call)
"""
DIES_BETWEEN_CALLS = """
    for call in calls:
        honest(call)
        if call["method"] == "open":
            sys.exit(4)
"""
HANGS = """
    for call in calls:
        if call["method"] == "open":
            signal.pause()
        honest(call)
"""
NEVER_ENDS = """
    for call in calls:
        if not honest(call):
            signal.pause()
"""
SPEAKS_PROSE = """
    print("Welcome to the interview!", flush=True)
    signal.pause()
"""
SPEAKS_ANOTHER_VERSION = """
    for call in calls:
        answer(call, {"protocol": 2, "abilities": []})
"""
REFUSES_THE_VERSION = """
    for call in calls:
        send(id=call["id"], error={"code": -32602, "message": "protocol 1?"})
"""
FLOODS_WITH_NOTIFICATIONS = """
    for call in calls:
        honest(call)
        while call["method"] == "open":
            notify()
"""
FLOODS_WITH_BYTES = """
    for call in calls:
        while call["method"] == "open":
            notify(text=["w" * 10000] * 50)
        honest(call)
"""
FLOODS_STDERR = """
    for call in calls:
        while True:
            os.write(2, b"log\\n" * 16384)
"""
NEVER_ENDS_ITS_LINE = """
    for call in calls:
        for _ in range(40):
            os.write(1, b"x" * 65536)
        signal.pause()
"""
SHOWS_A_WRONG_VIEW = """
    for call in calls:
        honest(call)
        if call["method"] == "open":
            notify(countdowns=[{"stage": "waiting", "remaining_ms": "soon"}])
"""
ANSWERS_TWICE = """
    for call in calls:
        honest(call)
        if call["method"] == "open":
            answer(call, {})
"""
ANSWERS_WITH_AN_ERROR = """
    for call in calls:
        if call["method"] == "do":
            send(id=call["id"], error={"code": -32601, "message": "what is\\nthat?"})
        else:
            honest(call)
"""
CLOSES_ITS_STDOUT = """
    for call in calls:
        if call["method"] == "open":
            os.close(1)
            signal.pause()
        honest(call)
"""
SAYS_DONE_TO_ANYTHING = """
    for call in calls:
        if call["method"] == "do":
            answer(call, {"status": "done"})
        elif not honest(call):
            break
"""
SHOWS_NO_WAY_TO_IT = """
    for call in calls:
        if call["method"] == "view":
            text = "net::ERR_CONNECTION_REFUSED at http://127.0.0.1:8080/laptop"
            answer(call, {"page": "check", "network": "offline", "alerts": [{"code": "offline", "text": text}]})
        else:
            honest(call)
"""
SHOWS_NO_PAGE = """
    for call in calls:
        if call["method"] == "view":
            answer(call, {})
        else:
            honest(call)
"""
HAS_A_CHILD = """
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    for call in calls:
        WHO["name"] = str(child.pid)
        honest(call)
"""
LEAVES_A_RUNAWAY = """
    script = "import signal; signal.pause()"
    runaway = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    for call in calls:
        WHO["name"] = str(runaway.pid)
        honest(call)
"""
TELLS_ITS_ENVIRONMENT = """
    for call in calls:
        WHO["name"] = " ".join(sorted(os.environ))
        if not honest(call):
            break
"""
TALKS_ENDLESSLY = """
    for call in calls:
        if call["method"] == "view":
            answer(call, {"page": "check", "text": ["w" * 100] * 5000, "question": {"present": True, "text": "q" * 90000}})
        elif not honest(call):
            break
"""


def miniature(script: str, *, here: Path, role: Role = Role.LAPTOP, env: dict[str, str] | None = None) -> DeviceSubject:
    """A subject whose command runs that script."""
    program = textwrap.dedent(_PRELUDE) + textwrap.dedent(script)
    return subject((sys.executable, "-c", program), here=here, role=role, env=env)


def subject(
    command: tuple[str, ...], *, here: Path, role: Role = Role.LAPTOP, env: dict[str, str] | None = None
) -> DeviceSubject:
    """A subject with that command."""
    return DeviceSubject(
        role=role, driver="process", command=command, env=env or {}, here=here, manifest=here / "client.toml"
    )
