import hashlib
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import VivaError
from harness.core.plan import Plan
from harness.core.platform import HeldSegment
from harness.core.view import Stream
from harness.protocol.exam_api import FinishBody, FinishReply
from harness.protocol.messages import Request, Response, json_body
from load.check import fate, fates
from load.material import Material
from load.order import Order, check_room, check_target
from load.outcome import PLACE, Arrival, Findings, Trespass, exit_status, phase, schema_text, spread
from load.pacing import ExamClock, Slice, percentile, recorded, slices
from load.timetable import lead_ms, timetables
from load.uploads import CHUNK, GivenUp, PacedUpload, Sent
from reports.results import Summary

SEED = 7


def test_nothing_here_has_brought_gevent_into_this_process() -> None:
    assert {"gevent", "locust"} & sys.modules.keys() == set()


# -- material ----------------------------------------------------------------------------------------------------------


@given(cuts=st.lists(st.integers(0, 500), max_size=6))
def test_the_byte_at_an_offset_is_the_same_however_it_is_read(cuts: list[int]) -> None:
    material = Material(SEED, "3/camera")
    edges = sorted({0, 500, *cuts})
    pieces = [material.read(a, b - a) for a, b in pairwise(edges)]
    assert b"".join(pieces) == material.read(0, 500)


def test_two_recordings_are_of_different_bytes() -> None:
    assert Material(SEED, "3/camera").read(0, 64) != Material(SEED, "3/screen").read(0, 64)
    assert Material(SEED, "3/camera").read(0, 64) != Material(SEED + 1, "3/camera").read(0, 64)


# -- pacing ------------------------------------------------------------------------------------------------------------


def test_slices_are_due_at_multiples_from_the_start_and_the_last_at_the_end() -> None:
    assert slices(100, 3_350, 1_000, 80) == (
        Slice(1_100, 10_000),
        Slice(2_100, 20_000),
        Slice(3_100, 30_000),
        Slice(3_350, 32_500),
    )


def test_a_recording_shorter_than_a_slice_is_one_slice() -> None:
    assert slices(0, 400, 1_000, 8) == (Slice(400, 400),)


def test_the_quickest_reply_sets_the_exams_clock() -> None:
    clock = ExamClock()
    clock.learn(1_000, 1_100, 50)
    clock.learn(2_000, 2_010, 1_000)
    clock.learn(3_000, 3_400, 9_999)
    assert (clock.exam(2_005), clock.machine(1_000), clock.error_ms) == (1_000, 2_005, 5)


def test_percentiles_are_values_that_were_seen() -> None:
    assert [percentile(range(1, 101), p) for p in (50, 95, 99)] == [50, 95, 99]
    assert (percentile([3], 50), percentile([], 99)) == (3, 0)


# -- the day -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["heshan-2022", "strict-2026"])
@pytest.mark.parametrize("scaled", [True, False])
def test_every_candidate_does_one_thing_after_the_other_inside_the_windows(
    exam: Callable[[str], Plan], name: str, scaled: bool
) -> None:
    plan = exam(name).at_scale() if scaled else exam(name)
    tables = timetables(plan, 200, 0.3, SEED)
    assert {table.track for table in tables} == {"ordinary", "art"}
    for table in tables:
        moments = [boundary.at_ms for boundary in table.boundaries]
        steps = [table.opens, table.login, table.bind, table.read, table.entry, table.question, *moments[2:]]
        assert steps == sorted(steps)
        assert plan.windows.login_opens - lead_ms(200) <= table.opens
        assert plan.windows.login_opens <= table.login
        assert plan.windows.entry_opens <= table.entry < plan.windows.entry_closes
        assert moments[1] == plan.preparation_ends
        assert table.ends == moments[-1] <= moments[2] + plan.answering(table.track)
        assert table.stops_phone >= table.ends


def test_the_same_seed_gives_the_same_day(exam: Callable[[str], Plan]) -> None:
    plan = exam("heshan-2022").at_scale()
    assert timetables(plan, 20, 0.3, SEED) == timetables(plan, 20, 0.3, SEED) != timetables(plan, 20, 0.3, SEED + 1)


# -- uploads -----------------------------------------------------------------------------------------------------------


class Service:
    """Speaks just enough tus, in virtual time: a `Way`. `faults` are taken one a request: what happens instead of an answer."""

    def __init__(self, *, takes_ms: int = 5) -> None:
        self.time = 0
        self.takes_ms = takes_ms
        self.held = b""
        self.log: list[tuple[int, str, int]] = []
        self.faults: dict[int, str] = {}

    def now(self) -> int:
        return self.time

    def wait_until(self, at_ms: int) -> int:
        self.time = max(self.time, at_ms)
        return 0

    def ask(self, request: Request) -> Response | None:
        self.log.append((self.time, request.method, int(request.headers.get("upload-offset", -1))))
        fault = self.faults.pop(len(self.log), "")
        self.time += self.takes_ms
        if fault == "cut":  # half arrives, no reply does
            self.held += request.body[: len(request.body) // 2]
            return None
        if fault == "busy":
            return Response(status=503)
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        if request.path.endswith("/finish"):
            body = FinishBody(length=len(self.held), sha256=hashlib.sha256(self.held).hexdigest())
            state = "held" if request.body == json_body(body) else "missing"
            return Response(status=200, body=json_body(FinishReply(state=state, offset=len(self.held))))  # type: ignore[arg-type] # one of its two words
        if request.method == "POST":
            return Response(status=201, headers={"location": "/v1/uploads/u1"})
        if request.method == "PATCH":
            if int(request.headers["upload-offset"]) != len(self.held):
                return Response(status=409)
            self.held += request.body
        headers = {"upload-offset": str(len(self.held))}
        return Response(status=200 if request.method == "HEAD" else 204, headers=headers)


def sent_of(stream: Stream = Stream.CAMERA, **more: object) -> Sent:
    return Sent(
        **{  # type: ignore[arg-type] # a test's shorthand
            "ticket": "t",
            "stream": stream,
            "recording": "r",
            "label": "0/camera",
            "started_ms": 0,
            "deadline_ms": 60_000,
            **more,
        }
    )


def upload_to(service: Service, sent: Sent, give_up_ms: int = 60_000) -> PacedUpload:
    material = Material(SEED, sent.label)
    return PacedUpload(service, sent, material, exam="e", first_retry_ms=250, give_up_ms=give_up_ms)


def patches(service: Service) -> list[int]:
    return [at for at, method, _ in service.log if method == "PATCH"]


def test_slices_leave_on_the_absolute_schedule() -> None:
    service, sent = Service(takes_ms=30), sent_of()
    upload_to(service, sent).live(slices(0, 5_000, 1_000, 80))
    assert patches(service) == [1_000, 2_000, 3_000, 4_000, 5_000]
    assert sent.lateness == [0] * 5
    assert sent.lag == [1_030] * 5


def test_a_slow_answer_makes_the_next_slice_late_and_moves_no_other() -> None:
    service, sent = Service(), sent_of()
    upload = upload_to(service, sent)
    service.faults[3] = "slow"
    slow = service._answer

    def answer(request: Request) -> Response:
        service.time += 1_600 if len(service.log) == 3 else 0
        return slow(request)

    service._answer = answer  # type: ignore[method-assign] # the second PATCH alone is slow
    upload.live(slices(0, 5_000, 1_000, 80))
    assert patches(service) == [1_000, 2_000, 3_605, 4_000, 5_000]
    assert sent.lateness == [0, 0, 605, 0, 0]
    assert max(sent.lag) == 2_605


def test_after_a_cut_it_asks_where_the_service_stands_and_sends_from_there() -> None:
    service, sent = Service(), sent_of()
    upload = upload_to(service, sent)
    service.faults[3] = "cut"
    upload.live(slices(0, 3_000, 1_000, 80))
    upload.finish()
    methods = [(method, offset) for _, method, offset in service.log]
    assert methods[2:5] == [("PATCH", 10_000), ("HEAD", -1), ("PATCH", 15_000)]
    assert service.held == Material(SEED, sent.label).read(0, 30_000)
    assert sent.held_ms == service.time
    assert sent.breaks == 1


def test_intervals_grow_while_nothing_gets_through_and_end_with_the_day() -> None:
    service, sent = Service(takes_ms=0), sent_of()
    service.faults = dict.fromkeys(range(1, 100), "busy")
    with pytest.raises(GivenUp, match=r"camera .* status 503"):
        upload_to(service, sent, give_up_ms=10_000).whole(1_000)
    times = [at for at, _, _ in service.log]
    assert times == [0, 250, 750, 1_750, 3_750, 7_750]


def test_evidence_leaves_in_chunks_and_is_held() -> None:
    service, sent = Service(), sent_of(Stream.EVIDENCE)
    upload = upload_to(service, sent)
    upload.whole(2 * CHUNK + 5)
    upload.finish()
    assert len(patches(service)) == 3
    assert (sent.acknowledged, len(service.held)) == (2 * CHUNK + 5,) * 2


# -- the check ---------------------------------------------------------------------------------------------------------


def segment_of(path: Path | None, data: bytes, upload: str = "u1") -> HeldSegment:
    if path is not None:
        path.write_bytes(data)
    return HeldSegment(
        upload=upload,
        stream=Stream.CAMERA,
        segment=0,
        path="" if path is None else str(path),
        length=len(data),
        declared=None,
        sha256=hashlib.sha256(data).hexdigest(),
        declared_sha256=None,
    )


RECORDED = Material(SEED, "0/camera").read(0, 10_000)
WHOLE = sent_of(length=10_000, sent=10_000, acknowledged=10_000, upload="/v1/uploads/u1", held_ms=1)


def test_a_recording_held_as_it_was_sent_has_lost_nothing(tmp_path: Path) -> None:
    found = fate(WHOLE, segment_of(tmp_path / "u1", RECORDED), SEED)
    assert (found.held, found.lost, found.complete) == (10_000, 0, True)


def test_every_flipped_byte_is_a_lost_one(tmp_path: Path) -> None:
    broken = bytearray(RECORDED)
    for at in (0, 5_000, 9_999):
        broken[at] ^= 1
    found = fate(WHOLE, segment_of(tmp_path / "u1", bytes(broken)), SEED)
    assert (found.held, found.lost, found.complete) == (9_997, 3, False)


def test_what_was_cut_off_is_lost_only_where_it_was_acknowledged(tmp_path: Path) -> None:
    sent = sent_of(length=10_000, sent=10_000, acknowledged=8_000)
    assert fate(sent, segment_of(tmp_path / "u1", RECORDED[:9_000]), SEED).lost == 0
    assert fate(sent, segment_of(tmp_path / "u1", RECORDED[:7_000]), SEED).lost == 1_000


def test_bytes_held_beyond_the_acknowledged_do_not_make_up_for_a_lost_one(tmp_path: Path) -> None:
    sent = sent_of(length=10_000, sent=10_000, acknowledged=100)
    broken = bytes([RECORDED[0] ^ 1]) + RECORDED[1:]
    assert fate(sent, segment_of(tmp_path / "u1", broken), SEED).lost == 1


def test_without_the_file_the_checksum_decides_over_all_of_it() -> None:
    assert fate(WHOLE, segment_of(None, RECORDED), SEED).complete
    assert fate(WHOLE, segment_of(None, RECORDED[:-1] + b"?"), SEED).lost == 10_000


def test_a_recording_that_the_service_does_not_know_is_lost_whole() -> None:
    (found,) = fates([WHOLE], {}, SEED)
    assert (found.held, found.lost) == (0, 10_000)


# -- before it starts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["http://example.org", "http://192.0.2.7:8000", "ftp://127.0.0.1", "127.0.0.1:80"])
def test_load_goes_to_this_machine_alone(target: str, tmp_path: Path) -> None:
    with pytest.raises(VivaError, match="loopback only"):
        check_target(Order(exam="e", target=target, control="http://127.0.0.1:1", out=tmp_path))


def test_target_and_control_belong_together(tmp_path: Path) -> None:
    with pytest.raises(VivaError, match="belong together"):
        check_target(Order(exam="e", target="http://127.0.0.1:1", out=tmp_path))


def test_a_day_that_does_not_fit_the_disk_is_refused(exam: Callable[[str], Plan], tmp_path: Path) -> None:
    tables = timetables(exam("heshan-2022"), 1_000, 0.2, SEED)
    with pytest.raises(VivaError, match="more room"):
        check_room(Order(exam="heshan-2022", camera_kbps=100_000, out=tmp_path), tables)


# -- figures -----------------------------------------------------------------------------------------------------------


def test_a_phase_counts_who_was_refused_and_times_who_was_served() -> None:
    def came(due_ms: int, done_ms: int, status: int) -> Arrival:
        return Arrival(phase="login", ticket="t", track="ordinary", due_ms=due_ms, done_ms=done_ms, status=status)

    found = phase("login", [came(0, 10, 200), came(5, 45, 204), came(0, 9_000, 503)])
    assert (found.arrivals, found.served, found.failures, found.p50_ms, found.max_ms) == (3, 2, 1, 10, 40)


@pytest.mark.parametrize(
    ("summary", "status"),
    [
        (Summary(kept=5, unjudged=2), 0),
        (Summary(kept=4, broken=1), 1),
        (Summary(kept=4, unobserved=1), 1),
        (Summary(kept=4, broken=1, error=1), 2),
        (Summary(unjudged=7), 2),
    ],
)
def test_the_exit_status_follows_from_the_verdicts(summary: Summary, status: int) -> None:
    assert exit_status(summary) == status


def test_the_schema_in_the_docs_is_that_of_the_types() -> None:
    assert PLACE.read_text("utf-8") == schema_text()


def test_recorded_bytes_follow_the_rate() -> None:
    assert (recorded(0, 1_000, 250), recorded(5, 5, 250), recorded(9, 5, 250)) == (31_250, 0, 0)


def test_a_spread_of_nothing_is_nothing() -> None:
    assert spread([]).max == 0
    assert Findings().arrivals == []
    assert Trespass(what="no-token", at_ms=0, status=401).status == 401
