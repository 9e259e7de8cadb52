"""The real world: clients as processes over HTTP. One short interview in full, and subjects that misbehave beside an honest one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil
import pytest

from harness.core.events import Intent, Lateness, Misconduct, ProcessChanged, Viewed
from harness.core.script import Do, Plug, Script, Step, Thread, Wait
from harness.core.timeline import Timeline
from harness.core.verdict import Kept, Unobserved
from harness.core.view import Act, Page, Role, Stream
from harness.drivers.manifest import Subject
from harness.rules.catalogue import RULES
from harness.service.bundled import BundledPlatform
from harness.session.declared import contradictions
from harness.session.exams import ROOT
from harness.session.machines import RingMachines
from harness.session.real import RealWorld
from harness.session.subjects import load_subject
from harness.session.suite import Played, judge
from harness.session.worlds import play_all
from harness.wallclock import WallClock
from tests.drivers import miniatures
from tests.drivers.miniatures import miniature
from tests.session.quick import plan, short, subject
from virtual_devices.encoded import Broadcast
from virtual_devices.schedule import PumpThread

MEMORY: Final = Path("/dev/shm")
IDLE: Final = str(ROOT / "tests" / "subjects" / "polite_and_idle")
DIES_IN_THE_MIDDLE: Final = """
    for call in calls:
        if call["method"] == "do":
            print("lost its way", file=sys.stderr)
            sys.exit(5)
        honest(call)
"""


def children() -> set[int]:
    """The processes below this one; the fork server of `multiprocessing` stays for the next pool."""
    found = psutil.Process().children(recursive=True)
    return {each.pid for each in found if "multiprocessing" not in " ".join(_command(each))}


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The temporary folders that the test makes."""
    made: list[Path] = []
    ordinary = tempfile.TemporaryDirectory

    def noted(**options: Any) -> tempfile.TemporaryDirectory[str]:
        folder = ordinary(**options)
        made.append(Path(folder.name))
        return folder

    monkeypatch.setattr(tempfile, "TemporaryDirectory", noted)
    return made


# -- a whole interview -----------------------------------------------------------------------------------------------


def test_an_interview_is_played_over_http_beside_a_run_that_fails_and_nothing_is_left(folders: list[Path]) -> None:
    before = children()
    interview = short().script()
    step = Step(action=Plug(device="camera-9", present=True), at=interview.begins + 500)
    fails = msgspec.structs.replace(interview, threads=(Thread("world", (step,)),))
    finished: list[Played] = []
    played = play_all([interview, fails], subject(), attempt=1, speed="scaled", parallel=2, finished=finished.append)
    assert {one.run.digest for one in played} == {one.run.digest for one in finished}
    by_digest = {one.run.digest: one for one in played}
    failed, whole = by_digest[fails.digest()], by_digest[interview.digest()]
    assert "camera-9" in failed.run.error
    assert len(failed.timeline) == 0
    assert whole.run.error == ""
    timeline = whole.timeline
    assert timeline.first(Misconduct) is None
    assert {data.act for data in timeline.data(Intent, role=Role.LAPTOP, status="done")} >= {
        *(Act.CONSENT, Act.LOGIN, Act.SHOW_CODE, Act.READ, Act.ENTER, Act.WAIT),
    }
    assert timeline.view_at(Role.LAPTOP, interview.ends) == timeline.of(Viewed, role=Role.LAPTOP)[-1]
    assert timeline.data(Viewed, role=Role.LAPTOP)[-1].view.page == Page.DONE
    for stream in Stream:
        held = timeline.recording(stream)
        assert held is not None, stream
        assert held.intact
        assert held.declared == held.length > 0
        assert held.footage.playable
        assert held.footage.frames.foreign == 0
        assert held.footage.seen
    (late,) = timeline.data(Lateness)
    assert late.late_ms == whole.run.lateness_ms
    assert children() <= before
    assert folders
    assert MEMORY in {folder.parent for folder in folders} or not os.access(MEMORY, os.W_OK)
    assert not [folder for folder in folders if folder.exists()]


# -- subjects that misbehave -----------------------------------------------------------------------------------------


def misbehaving(script: str) -> Subject:
    """A miniature as laptop, and the polite and idle client as its phone."""
    polite = load_subject(IDLE)
    return msgspec.structs.replace(polite, laptop=miniature(script, here=ROOT))


OVERSTATES: Final = """
    for call in calls:
        if call["method"] == "do":
            answer(call, {"status": "unsupported"})
        elif not honest(call):
            break
"""
UNDERSTATES: Final = """
    WHO["intents"] = []
    for call in calls:
        if not honest(call):
            break
"""
SUBJECTS: Final[dict[str, tuple[Subject, str, str]]] = {
    "hangs": (misbehaving(miniatures.HANGS), "hung", "did not answer `open` within 5 s"),
    "floods": (misbehaving(miniatures.FLOODS_WITH_BYTES), "babbled", "it wrote more than"),
    "chatters": (misbehaving(miniatures.FLOODS_WITH_NOTIFICATIONS), "babbled", "it sent more than"),
    "dies": (
        misbehaving(DIES_IN_THE_MIDDLE),
        "died",
        "ended with exit status 5 by itself, and its last words on stderr were 'lost its way'",
    ),
    "another version": (misbehaving(miniatures.SPEAKS_ANOTHER_VERSION), "mismatch", "speaks protocol 2, not 1"),
    "prose": (misbehaving(miniatures.SPEAKS_PROSE), "babbled", "a line of its stdout is no JSON"),
    "true": (load_subject(str(ROOT / "tests" / "subjects" / "true")), "died", "ended with exit status 0 by itself"),
    "idle": (load_subject(IDLE), "", ""),
    "overstates": (misbehaving(OVERSTATES), "", ""),
    "understates": (misbehaving(UNDERSTATES), "", ""),
}


def three_seconds() -> Script:
    """The laptop is asked one thing, and then both are left alone."""
    step = Step(action=Do(role=Role.LAPTOP, act=Act.CONSENT), at=-5_800)
    return Script(
        plan=plan(),
        track="ordinary",
        begins=-6_500,
        ends=-3_500,
        threads=(Thread("laptop", (step,)),),
        until=(Wait(pages=(Page.DONE,)),),
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Timeline, int]]:
    """One run of each subject, all at once against one service: its timeline, and the real time that it took, ms."""
    folder = tmp_path_factory.mktemp("runs")
    clock = WallClock()
    took: dict[str, tuple[Timeline, int]] = {}

    async def run(name: str, world: RealWorld) -> None:
        began = clock.now()
        await world.launch()
        took[name] = (await world.play(), clock.now() - began)

    async def run_all() -> None:
        async with asyncio.timeout(60):
            await asyncio.gather(*(run(name, world) for name, world in worlds.items()))

    with (
        BundledPlatform(folder / "service") as platform,
        PumpThread(lambda: clock.now_us() / 1_000) as pump,
        Broadcast(lambda: clock.now_us() / 1_000) as broadcast,
        ThreadPoolExecutor(1) as inspectors,
    ):
        worlds = {
            name: RealWorld(
                three_seconds(),
                RingMachines(SUBJECTS[name][0], clock, pump, broadcast, folder / f"{number}-rings"),
                platform,
                inspectors,
                session=1 + number,
                folder=folder / f"{number}",
            )
            for number, name in enumerate(SUBJECTS)
        }
        for number in range(len(SUBJECTS)):
            (folder / f"{number}-rings").mkdir()
        asyncio.run(run_all())
    return took


@pytest.mark.parametrize("name", [name for name, (_, kind, _) in SUBJECTS.items() if kind])
def test_a_subject_that_misbehaves_is_the_verdicts_reason_in_one_sentence_and_keeps_nothing(
    name: str, runs: dict[str, tuple[Timeline, int]]
) -> None:
    _, kind, words = SUBJECTS[name]
    timeline, took_ms = runs[name]
    assert took_ms < 30_000
    told = timeline.data(Misconduct, role=Role.LAPTOP)
    assert [data.kind for data in told] == [kind]
    assert words in told[0].reason
    assert "\n" not in told[0].reason
    assert not timeline.watched("laptop", -6_500, -3_600)
    for rule in RULES:
        verdict = judge(rule.requirement, three_seconds(), timeline)
        assert not isinstance(verdict, Kept), rule.requirement
        if isinstance(verdict, Unobserved):
            assert told[0].reason in verdict.reason


def test_a_polite_and_idle_subject_answers_to_the_end_and_keeps_nothing(runs: dict[str, tuple[Timeline, int]]) -> None:
    timeline, _ = runs["idle"]
    assert timeline.first(Misconduct) is None
    assert [data.status for data in timeline.data(Intent)] == ["done"]
    assert {data.change for data in timeline.data(ProcessChanged)} == {"started"}
    first = timeline.of(Viewed, role=Role.LAPTOP)[0].at_ms
    assert timeline.watched("laptop", first, three_seconds().ends)
    for rule in RULES:
        assert not isinstance(judge(rule.requirement, three_seconds(), timeline), Kept), rule.requirement


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "overstates",
            [
                "the laptop client does not name 'text' among the views in `initialize`, and showed it",
                "the laptop client names the intent 'consent' in `initialize`, and answered it with unsupported",
            ],
        ),
        (
            "understates",
            [
                "the laptop client does not name 'text' among the views in `initialize`, and showed it",
                "the laptop client does not name the intent 'consent' in `initialize`, and did it",
            ],
        ),
    ],
)
def test_what_a_subject_says_of_itself_is_held_against_what_it_does(
    name: str, said: list[str], runs: dict[str, tuple[Timeline, int]]
) -> None:
    timeline, _ = runs[name]
    assert timeline.first(Misconduct) is None
    assert [each for each in contradictions([timeline]) if "laptop" in each] == said


def test_a_subject_of_which_neither_client_is_left_ends_its_run_early(runs: dict[str, tuple[Timeline, int]]) -> None:
    timeline, _ = runs["true"]
    assert len(timeline.data(Misconduct)) == 2
    assert max(event.at_ms for event in timeline) < -4_500


def test_no_process_of_any_subject_is_left(runs: dict[str, tuple[Timeline, int]]) -> None:
    assert set(runs) == set(SUBJECTS)
    folders = {str(ROOT), str(Path(IDLE))}
    left = [each for each in psutil.Process().children(recursive=True) if each.pid in children()]
    assert not [each for each in left if each.cwd() in folders]
