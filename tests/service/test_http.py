"""The service as a process: the wire, half-open connections, event streams, the control port, and how it starts and stops."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from harness.core.errors import HarnessError, VivaError
from harness.core.events import PatchBegan, Served
from harness.core.script import Misbehaviour
from harness.protocol.tus import OFFSET_TYPE, VERSION
from harness.service.platform import BundledPlatform
from tests.service.conftest import Candidate
from tests.service.rig import entrant, heshan, metadata, refused

ROOT = Path(__file__).parents[2]


def half_open(candidate: Candidate, location: str, sent: bytes, announced: int) -> socket.socket:
    """A connection with a PATCH whose body stops in the middle."""
    head = (
        f"PATCH {urlsplit(location).path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {candidate.laptop.token}\r\n"
        f"Tus-Resumable: {VERSION}\r\nContent-Type: {OFFSET_TYPE}\r\nUpload-Offset: 0\r\nContent-Length: {announced}\r\n\r\n"
    )
    sock = socket.create_connection(candidate.platform.address)
    sock.sendall(head.encode() + sent)
    return sock


def test_a_half_open_patch_never_blocks_the_next_one(candidate: Candidate) -> None:
    meta = metadata(candidate.exam)
    data = os.urandom(400_000)
    location = candidate.laptop.create(meta).headers["location"]
    with half_open(candidate, location, data[:100_000], len(data)) as hanging:
        while not any(isinstance(seen.data, PatchBegan) for seen in candidate.platform.observations(candidate.exam)):
            pass  # each look is a round trip, and the service reads what was sent meanwhile
        offset = candidate.laptop.offset(location)  # whatever of it had been read counts, and the stretch is over
        assert candidate.laptop.patch(location, offset, data[offset:]).status == 204
        hanging.sendall(b"late bytes of the old stretch")
        assert candidate.laptop.offset(location) == len(data)
    assert candidate.laptop.finish(meta, data).body.startswith(b'{"state":"held"')


def test_a_refused_upload_is_told_why_even_while_it_is_still_sending(candidate: Candidate) -> None:
    location = candidate.laptop.create(metadata(candidate.exam)).headers["location"]
    reply = candidate.laptop.patch(location, 5, bytes(3_000_000))
    refused(reply, "offset-mismatch")
    assert reply.headers["upload-offset"] == "0"


def test_a_body_that_is_no_upload_is_bounded(candidate: Candidate) -> None:
    refused(candidate.laptop.ask("POST", "/v1/help", raw=bytes(9 << 20)), "too-large")


def test_pushes_stream_and_replay(candidate: Candidate) -> None:
    heard: list[str] = []
    headers = {"authorization": f"Bearer {candidate.laptop.token}"}
    with httpx.stream("GET", f"{candidate.platform.url}/v1/events", headers=headers, trust_env=False) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "exam-time" in stream.headers
        candidate.platform.desk(candidate.exam, "release", candidate.ticket)
        for line in stream.iter_lines():
            heard.append(line)
            if line == "event: phone-released":
                break
    assert [line for line in heard if line.startswith("event")][:2] == ["event: entry-opened", "event: phone-bound"]
    assert "id: 3" in heard


def test_a_stall_is_a_stall_and_a_failure_fails(candidate: Candidate) -> None:
    candidate.platform.misbehave(candidate.exam, Misbehaviour(kind="stall", operation="time", delay_ms=150, count=1))
    candidate.platform.misbehave(candidate.exam, Misbehaviour(kind="fail", operation="time", status=502, count=1))
    begun = candidate.platform.exam_time(candidate.exam)[0]
    assert candidate.laptop.ask("GET", "/v1/time").status == 502
    reply = candidate.laptop.ask("GET", "/v1/time")
    assert int(reply.headers["exam-time"]) <= candidate.platform.exam_time(candidate.exam)[0] + 1
    assert candidate.platform.exam_time(candidate.exam)[0] - begun >= 150


def test_the_platform_tells_time_observations_and_recordings(candidate: Candidate) -> None:
    platform = candidate.platform
    now = int(candidate.laptop.ask("GET", "/v1/time").headers["exam-time"])
    told, error = platform.exam_time(candidate.exam)
    assert now <= told + error
    meta, data = metadata(candidate.exam), b"media" * 1000
    candidate.laptop.create(meta, raw=data)
    candidate.laptop.finish(meta, data)
    (segment,) = platform.recordings(candidate.exam, candidate.ticket)
    assert Path(segment.path).read_bytes() == data
    seen = platform.observations(candidate.exam)
    assert [item.data.operation for item in seen if isinstance(item.data, Served)][-1] == "finish"
    assert platform.observations(candidate.exam, seen[-1].seq) == []
    with pytest.raises(VivaError, match="configure one first"):
        platform.observations("none")
    with pytest.raises(VivaError, match="ticket"):
        platform.configure(heshan(), [entrant(candidate.ticket)], exam_now=0)


def test_the_openapi_document_is_served_and_browsers_of_any_origin_may_ask(candidate: Candidate) -> None:
    served = httpx.get(f"{candidate.platform.url}/v1/openapi.json", trust_env=False)
    assert served.content == (ROOT / "docs" / "openapi.json").read_bytes()
    asked = {"origin": "http://other", "access-control-request-method": "PATCH"}
    asked["access-control-request-headers"] = "tus-resumable,upload-offset"
    preflight = httpx.options(f"{candidate.platform.url}/v1/uploads/x", headers=asked, trust_env=False)
    assert preflight.status_code == 200
    assert "PATCH" in preflight.headers["access-control-allow-methods"]


# -- the process -----------------------------------------------------------------------------------------------------


def service(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness.service", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def test_a_port_in_use_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = service("--port", str(port), "--folder", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip().splitlines() == [
        f"port {port} of 127.0.0.1 can't be used (Address already in use); choose another, or 0 for any"
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--matcher", "nowhere:Matcher"), "can't be loaded"),
        (("--folder", "/proc/none"), "can't be written"),
    ],
)
def test_a_wrong_use_is_one_sentence_and_status_2(arguments: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    done = service("--folder", str(tmp_path), *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_child_that_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        platform = BundledPlatform(tmp_path, port=taken.getsockname()[1])
        with pytest.raises(HarnessError, match="can't be used"):
            platform.start()
    assert platform.pid == 0
    with pytest.raises(HarnessError, match="not running"):
        platform.observations("any")


def test_sigterm_ends_it_within_two_seconds_with_streams_and_uploads_open(tmp_path: Path) -> None:
    opened, ended = threading.Event(), threading.Event()
    with BundledPlatform(tmp_path) as platform:
        candidate = Candidate(platform, "ticket").enter()
        location = candidate.laptop.create(metadata(candidate.exam)).headers["location"]
        headers = {"authorization": f"Bearer {candidate.laptop.token}"}

        def listen() -> None:
            with httpx.stream("GET", f"{platform.url}/v1/events", headers=headers, trust_env=False) as stream:
                opened.set()
                for _ in stream.iter_lines():
                    pass
            ended.set()

        threading.Thread(target=listen, daemon=True).start()
        assert opened.wait(5)
        with contextlib.closing(candidate.http), half_open(candidate, location, b"x" * 1000, 5000):
            process = psutil.Process(platform.pid)
            process.terminate()
            assert process.wait(2) == 0
        assert ended.wait(2)
    with BundledPlatform(tmp_path) as again:
        state = httpx.get(f"{again.url}/v1/session", headers=headers, trust_env=False).json()
        assert state["uploads"][0]["offset"] in (0, 1000)


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    parent = (
        "import os, sys; from pathlib import Path; from harness.service.platform import BundledPlatform\n"
        f"platform = BundledPlatform(Path({str(tmp_path)!r})); platform.start(); print(platform.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == -signal.SIGKILL
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(done.stdout)).wait(5)


def test_it_says_where_it_is_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness.service", "--folder", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["pid"] == process.pid
        assert httpx.get(f"{ready['url']}/v1/time", trust_env=False).json() == {"now_ms": None}
        assert httpx.post(f"{ready['control']}/shutdown", trust_env=False).status_code == 200
        assert process.wait(5) == 0
