"""The uploads against a scripted service: where each PATCH starts, what follows a break, when success counts."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable

import msgspec

from clients.headless.exam_clock import ExamClock
from clients.headless.links import Links
from clients.headless.recordings import Journal
from clients.headless.storage import MemoryStorage
from clients.headless.uploader import FIRST_SIZE, SMALLEST, Uploads
from harness.protocol.client import Failure, Send
from harness.protocol.messages import PROBLEM_JSON, PROBLEM_PREFIX, Problem, Response
from harness.protocol.vocabulary import Stream

RECORDING = "00000000-0000-4000-8000-000000000001"


class Bench:
    """Uploads with a fake service that holds bytes and can be told to fail."""

    def __init__(self) -> None:
        self.now = 0
        self.storage = MemoryStorage()
        self.journal = Journal(self.storage)
        self.clock = ExamClock()
        self.links = Links(self.clock, lambda: "token")
        minted = itertools.count(1)
        self.uploads = Uploads(lambda: "exam", self.links, self.storage, self.journal, lambda: f"key-{next(minted)}")
        self.segment = self.journal.begin(Stream.CAMERA, RECORDING, "video/mp4", 0)
        self.held = b""
        self.length: int | None = None
        self.log: list[tuple[int, str, str]] = []
        self.failing: Callable[[Send], Response | Failure | None] = lambda _send: None

    def record(self, data: bytes, *, complete: bool = False) -> None:
        self.storage.append(RECORDING, data)
        self.segment.complete = complete

    def run(self, for_ms: int) -> None:
        end = self.now + for_ms
        while self.now <= end:
            self.uploads.tick(self.now)
            self.links.tick(self.now)
            sends = [item for item in self.links.outbox() if isinstance(item, Send)]
            for send in sends:
                offset = send.request.headers.get("upload-offset", "")
                self.log.append((self.now, send.request.method, offset or send.request.path))
                outcome = self.failing(send) or self.serve(send)
                self.links.replied(send.key, outcome, self.now)
            if not sends:
                due = [at for at in (self.uploads.next_due(self.now), self.links.next_due(self.now)) if at is not None]
                self.now = max(self.now + 1, min([*due, end + 1]))

    def serve(self, send: Send) -> Response:
        request = send.request
        if request.path.endswith("/finish"):
            whole = self.length == len(self.held)
            body = {"state": "held" if whole else "missing", "offset": len(self.held)}
            return Response(status=200, body=msgspec.json.encode(body))
        at = {"upload-offset": str(len(self.held))}
        match request.method:
            case "POST":
                return Response(status=201, headers={"location": "/v1/uploads/u1", **at})
            case "HEAD":
                return Response(status=200, headers={**at, **self.declared()})
            case "DELETE":
                self.held, self.length = b"", None
                return Response(status=204)
        if int(request.headers.get("upload-offset", 0)) != len(self.held):
            return Response(status=409)
        self.held += request.body
        if "upload-length" in request.headers:
            self.length = int(request.headers["upload-length"])
        return Response(status=204, headers={"upload-offset": str(len(self.held))})

    def declared(self) -> dict[str, str]:
        return {"upload-defer-length": "1"} if self.length is None else {"upload-length": str(self.length)}

    def methods(self) -> list[str]:
        return [method for _, method, _ in self.log]


def test_a_live_recording_is_sent_about_once_a_second_and_finished_when_it_is_complete() -> None:
    bench = Bench()
    for second in range(5):
        bench.record(bytes([second]) * 1_000)
        bench.run(1_000)
    assert bench.held == bench.storage.read(RECORDING, 0, 5_000)
    assert bench.methods().count("PATCH") <= 6
    assert not bench.uploads.complete()
    bench.record(b"end", complete=True)
    bench.run(2_000)
    assert bench.length == 5_003
    assert bench.uploads.complete()
    assert bench.uploads.shown()[Stream.CAMERA].state == "done"


def test_after_a_break_the_service_is_asked_and_the_next_patch_starts_where_it_says() -> None:
    bench = Bench()
    bench.record(b"a" * FIRST_SIZE)
    bench.record(b"b" * 1_000, complete=True)
    broken = iter([True])

    def cut(send: Send) -> Failure | None:
        if send.request.method == "PATCH" and next(broken, False):
            bench.held += send.request.body[:777]  # so much arrived before the connection was gone
            return "reset"
        return None

    bench.failing = cut
    bench.run(5_000)
    assert bench.uploads.complete()
    patches = [(method, at) for _, method, at in bench.log if method in ("PATCH", "HEAD")]
    assert patches[:3] == [("PATCH", "0"), ("HEAD", "/v1/uploads/u1"), ("PATCH", "777")]
    assert hashlib.sha256(bench.held).hexdigest() == bench.storage.sha256(RECORDING)


def test_a_conflict_is_answered_by_asking_and_never_by_guessing() -> None:
    bench = Bench()
    bench.record(b"a" * 100, complete=True)
    bench.run(10)
    bench = Bench()
    bench.record(b"a" * 100, complete=True)
    bench.failing = lambda send: Response(status=409) if bench.methods().count("PATCH") == 1 and send else None
    bench.run(100)
    bench.failing = lambda _send: None
    bench.run(3_000)
    assert bench.methods()[:4] == ["POST", "PATCH", "HEAD", "PATCH"]
    assert bench.uploads.complete()


def test_failures_are_repeated_at_growing_intervals_told_and_taken_back_by_success() -> None:
    bench = Bench()
    bench.record(b"a" * 100, complete=True)
    bench.failing = lambda send: Response(status=503) if send.request.method == "PATCH" else None
    bench.run(20_000)
    times = [at for at, method, _ in bench.log if method == "PATCH"]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert gaps[0] <= 300
    assert gaps == sorted(gaps)
    assert max(gaps) <= 2_100
    for start in range(0, 10_000, 500):
        assert sum(start <= at < start + 10_000 for at, _, _ in bench.log) <= 18
    assert bench.uploads.failing()
    bench.failing = lambda _send: None
    bench.uploads.retry()
    before = bench.now
    bench.run(50)
    assert bench.uploads.complete()
    assert bench.log[-1][0] - before <= 10
    assert not bench.uploads.failing()


def test_what_is_held_wrongly_is_deleted_and_sent_anew() -> None:
    bench = Bench()
    bench.record(b"a" * 100, complete=True)
    problem = Problem(type=f"{PROBLEM_PREFIX}checksum-mismatch", title="", status=460)
    wrong = iter([True])

    def differ(send: Send) -> Response | None:
        if send.request.path.endswith("/finish") and next(wrong, False):
            body = msgspec.json.encode(problem)
            return Response(status=460, headers={"content-type": PROBLEM_JSON}, body=body)
        return None

    bench.failing = differ
    bench.run(3_000)
    assert "DELETE" in bench.methods()
    assert bench.uploads.complete()


def test_success_waits_for_the_service_to_say_held() -> None:
    bench = Bench()
    bench.record(b"a" * 100, complete=True)
    missing = Response(status=200, body=msgspec.json.encode({"state": "missing", "offset": 100}))
    bench.failing = lambda send: missing if send.request.path.endswith("/finish") else None
    bench.run(3_000)
    assert bench.held == b"a" * 100
    assert not bench.uploads.complete()


def test_slices_shrink_on_a_slow_network_and_grow_on_a_quick_one() -> None:
    bench = Bench()
    bench.record(b"a" * 2_000_000, complete=True)
    bench.run(10)
    quick = bench.uploads.slice_size()
    assert quick > FIRST_SIZE
    bench = Bench()
    bench.record(b"a" * 2_000_000, complete=True)

    def slow(send: Send) -> None:
        if send.request.method == "PATCH":
            bench.now += len(send.request.body) // 20  # 20 kB a second

    bench.failing = slow
    bench.run(30_000)
    assert SMALLEST <= bench.uploads.slice_size() <= 20_000


def test_an_upload_goes_on_after_a_restart_from_what_the_service_holds() -> None:
    first = Bench()
    first.record(b"a" * 500)
    first.run(10)
    held = first.held
    second = Bench()
    second.storage, second.held = first.storage, held
    second.journal = Journal(first.storage)
    second.uploads = Uploads(lambda: "exam", second.links, first.storage, second.journal, lambda: "key")
    assert [segment.complete for segment in second.journal.segments] == [True]
    assert second.journal.interrupted
    second.run(2_000)
    assert second.methods()[0] == "HEAD"
    assert second.uploads.complete()
