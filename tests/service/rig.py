"""A candidate's two devices as plain requests, for tests of the service: over `Application.handle` in virtual time, or any `send`."""

from __future__ import annotations

import base64
import hashlib
import itertools
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.core.plan import Plan, Track, parse_plan
from harness.core.platform import Entrant
from harness.core.script import Misbehaviour
from harness.core.view import Stream
from harness.protocol.messages import Request, Response, json_body
from harness.protocol.tus import OFFSET_TYPE, VERSION, Metadata, encode_metadata
from harness.service.application import Answer, Application
from harness.service.store import MemoryStore, Store

JPEG = b"\xff\xd8\xff\xe0" + b"face" * 10
Send = Callable[[Request], Response]


def heshan() -> Plan:
    path = Path(__file__).parents[2] / "exams" / "heshan-2022.toml"
    return parse_plan(path.read_text(encoding="utf-8"), path.name)


def entrant(ticket: str = "ticket-1", track: Track = "ordinary") -> Entrant:
    return Entrant(
        ticket=ticket, name="考生甲", admission_number="A0001", id_number="X", phone="13000000000", track=track
    )


def metadata(exam: str, stream: Stream = Stream.CAMERA, segment: int = 0, recording: str | None = None) -> Metadata:
    return Metadata(
        exam=exam,
        recording=recording or str(uuid.uuid4()),
        stream=stream,
        segment=segment,
        mime="video/webm",
        started_ms=0,
    )


def checksum(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


class Device:
    """Sends what it is told to with its token, and a fresh Idempotency-Key for each POST."""

    _keys: Iterator[int] = itertools.count(1)

    def __init__(self, send: Send, token: str = "") -> None:
        self.send = send
        self.token = token

    def ask(self, method: str, path: str, body: Any = None, *, raw: bytes = b"", **headers: str) -> Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("authorization", f"Bearer {self.token}")
        if method == "POST":
            sent.setdefault("idempotency-key", f"key-{next(self._keys)}")
        if body is not None:
            sent.setdefault("content-type", "application/json")
            raw = json_body(body)
        return self.send(Request(method=method, path=path, headers=sent, body=raw))

    def tus(self, method: str, path: str, *, raw: bytes = b"", **headers: str) -> Response:
        return self.ask(method, path, raw=raw, tus_resumable=VERSION, **headers)

    def create(self, meta: Metadata, length: int | None = None, *, raw: bytes = b"", **headers: str) -> Response:
        size = {"upload_defer_length": "1"} if length is None else {"upload_length": str(length)}
        if raw:
            headers["content_type"] = OFFSET_TYPE
        return self.tus("POST", "/v1/uploads", raw=raw, upload_metadata=encode_metadata(meta), **size, **headers)

    def patch(self, location: str, offset: int, data: bytes, **headers: str) -> Response:
        headers.setdefault("content_type", OFFSET_TYPE)
        return self.tus("PATCH", location, raw=data, upload_offset=str(offset), **headers)

    def offset(self, location: str) -> int:
        return int(self.tus("HEAD", location).headers["upload-offset"])

    def finish(self, meta: Metadata, data: bytes) -> Response:
        body = {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        return self.ask("POST", f"/v1/recordings/{meta.recording}/finish", body)


class Rig:
    """One exam in virtual time; `at` moves exam time."""

    def __init__(
        self,
        plan: Plan | None = None,
        *,
        track: Track = "ordinary",
        store: Store | None = None,
        exam_now: int = -40 * 60_000,
        misbehaviour: tuple[Misbehaviour, ...] = (),
    ) -> None:
        self.plan = plan or heshan()
        self.store = store or MemoryStore()
        self._minted = itertools.count(1)
        self.application = self._application()
        self.now = 1_000_000
        self.entrant = entrant(track=track)
        self.exam = self.application.configure(
            self.plan, [self.entrant], exam_now=exam_now, now=self.now, misbehaviour=misbehaviour
        )
        self.store.flush()
        self.last: Answer | None = None
        self.ticket = Device(self.send, self.entrant.ticket)
        self.laptop = Device(self.send)
        self.phone = Device(self.send)

    def _application(self) -> Application:
        return Application(self.store, mint=lambda: f"minted-{next(self._minted)}")

    def restart(self) -> None:
        self.application = self._application()

    @property
    def exam_now(self) -> int:
        return self.now - self.application.origin(self.exam)

    def at(self, exam_ms: int) -> Rig:
        self.now = self.application.origin(self.exam) + exam_ms
        self.application.tick(self.now)
        return self

    def after(self, ms: int) -> Rig:
        return self.at(self.exam_now + ms)

    def send(self, request: Request) -> Response:
        self.last = self.application.handle(self.now, request)
        return self.last.response

    # -- the careful candidate -----------------------------------------------------------------------------------

    def login(self, device: Device | None = None) -> Response:
        return (device or self.ticket).ask(
            "POST", "/v1/login", raw=JPEG, content_type="image/jpeg", captured_ms=str(self.exam_now - 100)
        )

    def logged_in(self) -> Rig:
        self.at(max(self.exam_now, self.plan.windows.login_opens))
        assert self.ticket.ask("POST", "/v1/consent", {"given": True}).status == 204
        reply = self.login()
        assert reply.status == 200, reply
        self.laptop.token = msgspec.json.decode(reply.body)["token"]
        return self

    def code(self) -> str:
        return str(msgspec.json.decode(self.laptop.ask("POST", "/v1/binding").body)["code"])

    def bound(self) -> Rig:
        reply = self.phone.ask("POST", "/v1/phone/bind", {"code": self.code()})
        assert reply.status == 200, reply
        self.phone.token = msgspec.json.decode(reply.body)["token"]
        return self

    def having_read(self) -> Rig:
        for item in self.plan.attachments:
            assert self.laptop.ask("GET", f"/v1/attachments/{item.id}").status == 200
            assert self.laptop.ask("PUT", f"/v1/attachments/{item.id}/read").status == 204
        return self

    def entered(self) -> Rig:
        return self.logged_in().bound().having_read().entered_after_reading()

    def entered_after_reading(self) -> Rig:
        self.at(max(self.exam_now, self.plan.windows.entry_opens))
        assert self.laptop.ask("POST", "/v1/entry").status == 200
        return self

    def stage(self, stage: str, boundary: str, at_ms: int | None = None) -> Response:
        return self.laptop.ask(
            "POST",
            "/v1/stages",
            {"stage": stage, "boundary": boundary, "at_ms": self.exam_now if at_ms is None else at_ms},
        )


def refused(response: Response, code: str) -> str:
    """The detail of the problem, which must be that one."""
    problem = response.problem
    if problem is None:
        pytest.fail(f"expected the problem {code}, got {response}")
    assert problem.code == code
    return problem.detail
