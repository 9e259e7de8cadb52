"""The real-time shell against a server of a few lines, and the client's process on its pipes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.core.clock import ManualClock
from harness.core.errors import VivaError
from harness.protocol.capture import Device
from harness.protocol.client import Cancel, DoResult, Failure, Send
from harness.protocol.messages import Push, Request, Response
from harness.protocol.shell import Shell
from harness.protocol.vocabulary import Act, Page, View

ROOT = Path(__file__).parents[2]
Handler = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class OneRequest:
    """A core that sends one request and remembers what came of it."""

    def __init__(self, send: Send) -> None:
        self._outbox: list[Send | Cancel] = [send]
        self.outcome: asyncio.Future[Response | Failure] = asyncio.get_running_loop().create_future()
        self.heard: asyncio.Queue[Push] = asyncio.Queue()
        self.closed = False

    def start(self, now: int) -> None: ...

    def devices(self, devices: Sequence[Device], now: int) -> None: ...

    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        self._outbox.append(Cancel(key=1))
        return DoResult("done")

    def tick(self, now: int) -> None: ...

    def next_wakeup(self) -> int | None:
        return None

    def replied(self, key: int, outcome: Response | Failure, now: int) -> None:
        self.outcome.set_result(outcome)

    def pushed(self, key: int, push: Push, now: int) -> None:
        self.heard.put_nowait(push)

    def outbox(self) -> list[Send | Cancel]:
        sending, self._outbox = self._outbox, []
        return sending

    def view(self) -> View:
        return View(seq=1, page=Page.CHECK)

    def close(self, now: int) -> None:
        self.closed = True


@contextlib.asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            await handler(head, reader, writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def request(body: bytes = b"", *, timeout_ms: int = 5_000, stream: bool = False) -> Send:
    asked = Request(method="PATCH", path="/v1/x", headers={"upload-offset": "0"}, body=body)
    return Send(key=1, request=asked, timeout_ms=timeout_ms, stream=stream)


async def outcome(send: Send, handler: Handler) -> Response | Failure:
    async with serving(handler) as url:
        core = OneRequest(send)
        async with Shell(core, url, ManualClock(), lambda _view: None) as shell:
            shell.start(())
            return await asyncio.wait_for(core.outcome, 10)


def test_a_body_arrives_whole_and_the_reply_comes_back_as_a_value() -> None:
    body = bytes(range(256)) * 500

    async def echo(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert f"content-length: {len(body)}".encode() in head.lower()
        received = await reader.readexactly(len(body))
        answer = str(len(received)) if received == body else "differs"
        writer.write(f"HTTP/1.1 200 OK\r\nExam-Time: -5\r\nContent-Length: {len(answer)}\r\n\r\n{answer}".encode())

    reply = asyncio.run(outcome(request(body), echo))
    assert isinstance(reply, Response)
    assert (reply.status, reply.headers["exam-time"], reply.body) == (200, "-5", str(len(body)).encode())


def test_what_becomes_of_a_request_is_told_apart() -> None:
    async def silent(_head: bytes, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def rude(_head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def nobody() -> Response | Failure:
        async with serving(silent) as url:
            pass
        core = OneRequest(request())
        async with Shell(core, url, ManualClock(), lambda _view: None) as shell:
            shell.start(())
            return await asyncio.wait_for(core.outcome, 10)

    assert asyncio.run(outcome(request(timeout_ms=50), silent)) == "timeout"
    assert asyncio.run(outcome(request(), rude)) == "reset"
    assert asyncio.run(nobody()) == "unreachable"


def test_a_slow_reply_that_moves_is_not_given_up() -> None:
    async def slow(_head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            await writer.drain()
            await asyncio.sleep(0.05)  # the server's slowness is what is tested; the whole lasts twice the time-out
            writer.write(b"x")

    reply = asyncio.run(outcome(request(timeout_ms=200), slow))
    assert isinstance(reply, Response)
    assert reply.body == b"x" * 8


def test_pushes_come_one_by_one_and_the_streams_end_is_told() -> None:
    async def pushing(_head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        writer.write(b': ping\n\nid: 7\nevent: phone-bound\ndata: {"a": "b"}\n\nid: x\ndata: [1]\n\n')
        await writer.drain()

    async def listen() -> tuple[Push, Response | Failure]:
        async with serving(pushing) as url:
            core = OneRequest(request(stream=True))
            async with Shell(core, url, ManualClock(), lambda _view: None) as shell:
                shell.start(())
                ended = await asyncio.wait_for(core.outcome, 10)
                assert core.heard.qsize() == 1
                return core.heard.get_nowait(), ended

    push, ended = asyncio.run(listen())
    assert push == Push(id=7, event="phone-bound", data={"a": "b"})
    assert isinstance(ended, Response)


def test_a_cancelled_request_gets_no_reply_and_closing_closes_the_core() -> None:
    async def cancel() -> OneRequest:
        gone = asyncio.Event()

        async def waiting(_head: bytes, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            await reader.read()
            gone.set()

        async with serving(waiting) as url:
            core = OneRequest(request())
            async with Shell(core, url, ManualClock(), lambda _view: None) as shell:
                shell.start(())
                await asyncio.sleep(0)
                shell.do(Act.REFRESH, {})
                assert not core.outcome.done()
            return core

    core = asyncio.run(cancel())
    assert core.closed
    assert not core.outcome.done()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "nonsense", "http://exam.example.org"])
def test_an_address_in_plaintext_or_of_no_service_is_refused(url: str) -> None:
    async def shell() -> None:
        with pytest.raises(VivaError, match="service_url"):
            Shell(OneRequest(request()), url, ManualClock(), lambda _view: None)

    asyncio.run(shell())


# -- the process -----------------------------------------------------------------------------------------------------


def talk(role: str, *lines: str, options: Sequence[str] = ()) -> tuple[list[dict[str, Any]], int, str]:
    """What the client answers to these lines until its stdin is closed."""
    done = subprocess.run(
        [sys.executable, "-m", "clients.headless", role, *options],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr


def call(number: int, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def test_the_process_speaks_nothing_but_json_rpc_and_ends_with_its_stdin(tmp_path: Path) -> None:
    said, status, errors = talk(
        "phone",
        call(1, "initialize", protocol=1, role="phone", state_dir=str(tmp_path)),
        call(2, "do", intent="scan", args={}),
        call(3, "open", service_url="http://127.0.0.1:9", ticket="", devices=[]),
        call(4, "do", intent="juggle", args={}),
        call(5, "do", intent="login", args={}),
        call(6, "view"),
        call(7, "frobnicate"),
        "this is no JSON",
        call(8, "do", act="scan"),
        call(9, "close"),
    )
    answers = {item.get("id"): item for item in said if "method" not in item}
    assert answers[1]["result"]["capture"] == ["raw"]
    assert "scan" in answers[1]["result"]["intents"]
    assert "open first" in answers[2]["error"]["message"]
    assert answers[3]["result"] == {}
    assert answers[4]["result"]["status"] == answers[5]["result"]["status"] == "unsupported"
    assert answers[6]["result"]["page"] == "pair"
    assert answers[7]["error"]["code"] == -32601
    assert answers[None]["error"]["code"] == -32700
    assert answers[8]["error"]["code"] == -32602
    assert answers[9]["result"] == {}
    assert any(item.get("method") == "changed" for item in said)
    assert all(item["jsonrpc"] == "2.0" for item in said)
    assert (status, errors) == (0, "")


def test_another_protocol_or_role_is_refused_and_another_class_may_be_named(tmp_path: Path) -> None:
    said, _, _ = talk(
        "laptop",
        call(1, "initialize", protocol=2, role="laptop", state_dir=str(tmp_path)),
        call(2, "initialize", protocol=1, role="phone", state_dir=str(tmp_path)),
        call(3, "initialize", protocol=1, role="laptop", state_dir=str(tmp_path)),
        call(4, "open", service_url="http://exam.example.org", ticket="t", devices=[]),
        options=("--class", "clients.headless.laptop:Laptop"),
    )
    assert [("error" in item, item["id"]) for item in said] == [(True, 1), (True, 2), (False, 3), (True, 4)]
    assert "plaintext" in said[-1]["error"]["message"]
