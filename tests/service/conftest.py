"""A bundled service for tests over HTTP, and a device that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from harness.core.plan import Track
from harness.protocol.messages import Request, Response
from harness.service.platform import BundledPlatform
from tests.service.rig import JPEG, Device, entrant, heshan


class Candidate:
    """A candidate of a bundled service whose exam stands just before T0; the laptop has entered, the phone is bound."""

    def __init__(self, platform: BundledPlatform, ticket: str, track: Track = "ordinary") -> None:
        self.platform = platform
        self.ticket = ticket
        self.http = httpx.Client(base_url=platform.url, timeout=20.0, trust_env=False)
        self.exam = platform.configure(heshan(), [entrant(ticket, track)], exam_now=-1_000)
        self.stranger = Device(self.send, ticket)
        self.laptop = Device(self.send)
        self.phone = Device(self.send)

    def send(self, request: Request) -> Response:
        reply = self.http.request(request.method, request.path, headers=request.headers, content=request.body)
        return Response(status=reply.status_code, headers=dict(reply.headers), body=reply.content)

    def enter(self) -> Candidate:
        assert self.stranger.ask("POST", "/v1/consent", {"given": True}).status == 204
        captured = str(self.platform.exam_time(self.exam)[0])
        login = self.stranger.ask("POST", "/v1/login", raw=JPEG, content_type="image/jpeg", captured_ms=captured)
        self.laptop.token = msgspec.json.decode(login.body)["token"]
        code = msgspec.json.decode(self.laptop.ask("POST", "/v1/binding").body)["code"]
        self.phone.token = msgspec.json.decode(self.phone.ask("POST", "/v1/phone/bind", {"code": code}).body)["token"]
        for item in heshan().attachments:
            assert self.laptop.ask("PUT", f"/v1/attachments/{item.id}/read").status == 204
        assert self.laptop.ask("POST", "/v1/entry").status == 200
        return self


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledPlatform]:
    folder: Path = tmp_path_factory.mktemp("service")
    with BundledPlatform(folder) as started:
        yield started


@pytest.fixture
def candidate(platform: BundledPlatform, request: pytest.FixtureRequest) -> Iterator[Candidate]:
    made = Candidate(platform, f"ticket-{request.node.name}")
    with made.http:
        yield made.enter()
