"""The client's small parts: its exam clock, its storage, its stages."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.headless.exam_clock import ExamClock
from clients.headless.stages import Course, Schedule
from clients.headless.storage import FileStorage, MemoryStorage
from harness.core.plan import Track
from harness.protocol.client import Storage
from harness.protocol.exam_api import ContactInfo, ExamInfo
from harness.protocol.vocabulary import Page

MINUTE = 60_000


def info(track: Track, **spans: int) -> ExamInfo:
    lengths = {"preparation": 20, "lesson": 10, "skill_test": 60, "presentation": 3, **spans}
    return ExamInfo(
        exam="e",
        title="",
        track=track,
        subject="",
        now_ms=0,
        windows={},
        spans={name: length * MINUTE for name, length in lengths.items()},
        limits={},
        rejoin=True,
        read_requires_open=False,
        contact=ContactInfo(phone="", hours=""),
        attachments=(),
        hosts=(),
        consent="",
    )


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(1, 60_000)), min_size=1))
def test_the_exam_clock_is_never_off_by_more_than_it_says(trips: list[tuple[int, int, int]]) -> None:
    clock, now, offset = ExamClock(), 10_000, -1_234_567
    for there, back, pause in trips:
        clock.heard(now + there + offset, now, now + there + back)
        now += there + back
        assert abs(clock.exam(now) - (now + offset)) <= clock.error(now)
        assert clock.surely(now) <= now + offset
        now += pause
    assert clock.when(clock.exam(now)) == now


def test_a_quick_round_trip_is_kept_and_a_contradicting_service_believed() -> None:
    clock = ExamClock()
    clock.heard(1_000, 0, 10)
    clock.heard(1_900, 100, 1_500)
    assert clock.exam(10) == 1_005
    clock.heard(50_000, 2_000, 2_010)
    assert clock.exam(2_010) == 50_005


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_storage_keeps_documents_whole_and_recordings_in_order(kind: str, tmp_path: Path) -> None:
    def opened() -> Storage:
        return memory if kind == "memory" else FileStorage(tmp_path)

    memory = MemoryStorage()
    storage = opened()
    assert storage.load("state") is None
    storage.save("state", b"one")
    storage.save("state", b"two")
    for part in (b"ab", b"cd", b"ef"):
        storage.append("r1", part)
    again = opened()
    assert again.load("state") == b"two"
    assert (again.read("r1", 1, 3), again.size("r1"), again.size("r2")) == (b"bcd", 6, 0)
    assert again.sha256("r1") == "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721"
    assert list(again.recordings()) == ["r1"]
    storage.remove("r1")
    storage.remove("state")
    assert (again.size("r1"), again.load("state")) == (0, None)


def test_stages_follow_the_plan_and_what_the_candidate_did() -> None:
    schedule, course = Schedule(info("ordinary")), Course()
    assert [schedule.page_at(at * MINUTE, course) for at in (-1, 0, 19, 20, 90)] == [
        Page.WAITING,
        Page.PREPARATION,
        Page.PREPARATION,
        Page.LESSON,
        Page.LESSON,
    ]
    course = Course(lesson_started=25 * MINUTE)
    assert schedule.end(course) == 35 * MINUTE
    assert schedule.page_at(35 * MINUTE, course) is Page.UPLOAD
    assert [b.name for b in schedule.boundaries(40 * MINUTE, course)] == [
        "preparation:started",
        "preparation:ended",
        "lesson:started",
        "lesson:ended",
    ]


def test_a_limit_of_the_wait_starts_the_lesson() -> None:
    schedule = Schedule(info("ordinary", lesson_start=5))
    assert schedule.end(Course()) == 35 * MINUTE
    assert schedule.lesson_started(Course(lesson_started=21 * MINUTE)) == 21 * MINUTE


@given(st.integers(20, 60), st.integers(0, 9), st.integers(0, 200))
def test_art_keeps_its_stages_after_a_lesson_that_ended_early(start: int, early: int, finish: int) -> None:
    schedule = Schedule(info("art"))
    course = Course(lesson_started=start * MINUTE, lesson_ended=(start + early) * MINUTE)
    assert schedule.page_at((start + 10) * MINUTE - 1, course) is Page.LESSON
    assert schedule.page_at((start + 10) * MINUTE, course) is Page.SKILL_TEST
    assert schedule.page_at((start + 70) * MINUTE, course) is Page.PRESENTATION
    assert schedule.end(course) == (start + 73) * MINUTE
    course = msgspec.structs.replace(course, finished=(start + 10 + finish) * MINUTE)
    boundaries = schedule.boundaries(1_000 * MINUTE, course)
    times = [boundary.at for boundary in boundaries]
    assert times == sorted(times)
    assert times[-1] == schedule.end(course)
    assert len({boundary.name for boundary in boundaries}) == len(boundaries)
