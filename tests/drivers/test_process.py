"""The process driver against miniature subjects: each way to break the conversation is told apart, and nothing is left running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from harness.core.errors import SubjectBabbled, SubjectDied, SubjectError, SubjectHung, SubjectMismatch
from harness.core.view import Page, View
from harness.drivers.process import ProcessDriver, TimeOuts
from harness.protocol.control import Devices, Open
from harness.wallclock import WallClock
from tests.drivers import miniatures
from tests.drivers.miniatures import miniature, subject

OPENING = Open(service_url="http://127.0.0.1:9", ticket="t", devices=())
# A call that is meant to hang is given this long; an honest answer takes a few ms.
SHORT = TimeOuts(call=0.5, end=0.5, silence=0.1)
PATIENCE = 20.0  # for anything to happen on a loaded machine


def gone(pid: int) -> bool:
    """Every process of that group has ended, or ends at once: SIGKILL needs a moment, and an orphan may stay a zombie."""
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(process.pid) != pid:
                continue
            watched = os.pidfd_open(process.pid)  # readable once it has ended
            try:
                if not select.select([watched], [], [], PATIENCE)[0]:
                    return False
            finally:
                os.close(watched)
    return True


class Play:
    """One driver, what it told, and the process id it had."""

    def __init__(self, script: str, here: Path, *, time_outs: TimeOuts | None = None) -> None:
        self.views: list[View] = []
        self.faults: list[SubjectError] = []
        self.changed = asyncio.Event()
        self.at_fault = asyncio.Event()
        self.driver = ProcessDriver(
            miniature(script, here=here),
            clock=WallClock(),
            on_change=self._change,
            on_fault=self._fault,
            time_outs=time_outs,
        )
        self.here = here

    def _change(self, view: View, _at_ms: int) -> None:
        self.views.append(view)
        self.changed.set()

    def _fault(self, fault: SubjectError) -> None:
        self.faults.append(fault)
        self.at_fault.set()

    async def opened(self) -> None:
        await self.driver.start(self.here)
        await self.driver.open(OPENING)

    async def until_fault(self) -> None:
        """Some break the conversation only after they have answered: the next call then raises."""
        await self.opened()
        await self.at_fault.wait()
        await self.driver.view()


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await scene()

    asyncio.run(bounded())


def check_fault(
    script: str, here: Path, kind: type[SubjectError], words: str, *, time_outs: TimeOuts | None = None
) -> None:
    """Started and opened, the subject is found at that fault, once, and is gone."""

    async def scene() -> None:
        play = Play(script, here, time_outs=time_outs)
        with pytest.raises(kind, match=words) as caught:
            await play.until_fault()
        assert type(caught.value) is kind
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 600
        assert play.faults == [caught.value]
        assert not play.driver.alive
        with pytest.raises(kind):
            await play.driver.view()
        await play.driver.kill()
        assert play.driver.pid is not None
        assert gone(play.driver.pid)

    run(scene)


def test_an_honest_subject_is_played_from_start_to_close_and_then_has_ended(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.HONEST, tmp_path)
        driver = play.driver
        assert not driver.alive
        said = await driver.start(tmp_path)
        assert (said.name, said.intents) == ("Mini", ("consent",))
        assert driver.alive
        await driver.open(OPENING)
        await play.changed.wait()
        assert [view.page for view in play.views] == [Page.LOGIN]
        await driver.devices(Devices(devices=()))
        assert (await driver.do("consent", {})).status == "done"
        assert (await driver.do("fly", {})).status == "unsupported"
        assert (await driver.view()).text == ("hello",)
        await driver.close()
        assert not driver.alive
        assert driver.pid is not None
        assert gone(driver.pid)
        assert play.faults == []
        with pytest.raises(SubjectDied, match="was closed; start it before `view`"):
            await driver.view()

    run(scene)


def test_calls_that_overlap_get_each_its_own_answer(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Play(miniatures.HONEST, tmp_path).driver as driver:
            await driver.start(tmp_path)
            known, unknown, view = await asyncio.gather(driver.do("consent", {}), driver.do("fly", {}), driver.view())
            assert (known.status, unknown.status, view.page) == ("done", "unsupported", Page.CHECK)

    run(scene)


def test_a_command_that_ends_at_once_has_died(tmp_path: Path) -> None:
    async def scene() -> None:
        driver = ProcessDriver(subject(("/bin/true",), here=tmp_path), clock=WallClock())
        with pytest.raises(SubjectDied, match="laptop client ended with exit status 0 by itself, and it said nothing"):
            await driver.start(tmp_path)
        assert driver.pid is not None
        assert gone(driver.pid)

    run(scene)


def test_a_command_that_is_not_there_has_died_with_the_systems_reason(tmp_path: Path) -> None:
    async def scene() -> None:
        told: list[SubjectError] = []
        missing = subject((str(tmp_path / "none"),), here=tmp_path)
        driver = ProcessDriver(missing, clock=WallClock(), on_fault=told.append)
        with pytest.raises(SubjectDied, match=r"can't be started .*No such file") as caught:
            await driver.start(tmp_path)
        assert told == [caught.value]
        await driver.kill()

    run(scene)


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (miniatures.DIES_WITH_LAST_WORDS, SubjectDied, "exit status 3 by itself.*'no camera found'"),
        (miniatures.DIES_BY_SIGNAL_IN_OPEN, SubjectDied, "was ended by SIGSEGV"),
        (miniatures.DIES_BETWEEN_CALLS, SubjectDied, "exit status 4"),
        (miniatures.SPEAKS_PROSE, SubjectBabbled, "is no JSON: 'Welcome to the interview!'"),
        (
            miniatures.SPEAKS_ANOTHER_VERSION,
            SubjectMismatch,
            "speaks protocol 2, not 1; take a build that speaks protocol 1",
        ),
        (miniatures.REFUSES_THE_VERSION, SubjectMismatch, "`initialize` with the error -32602, 'protocol 1\\?'"),
        (miniatures.FLOODS_WITH_NOTIFICATIONS, SubjectBabbled, "more than 300 messages within a second"),
        (miniatures.FLOODS_WITH_BYTES, SubjectBabbled, "more than 4194304 bytes within a second"),
        (miniatures.FLOODS_STDERR, SubjectBabbled, "more than 4194304 bytes within a second"),
        (miniatures.NEVER_ENDS_ITS_LINE, SubjectBabbled, "longer than 1048576 bytes"),
        (miniatures.SHOWS_A_WRONG_VIEW, SubjectBabbled, r"countdowns\[0\].remaining_ms: expected int, got str"),
        (miniatures.ANSWERS_TWICE, SubjectBabbled, "answered call 2, which was not waiting"),
    ],
)
def test_every_fault_is_told_apart_and_leaves_nothing_running(
    tmp_path: Path, script: str, kind: type[SubjectError], words: str
) -> None:
    check_fault(script, tmp_path, kind, words)


def test_a_subject_that_does_not_answer_has_hung_in_that_call(tmp_path: Path) -> None:
    check_fault(miniatures.HANGS, tmp_path, SubjectHung, "did not answer `open` within 0.5 s", time_outs=SHORT)


def test_a_subject_that_closes_its_stdout_counts_as_dead(tmp_path: Path) -> None:
    check_fault(
        miniatures.CLOSES_ITS_STDOUT,
        tmp_path,
        SubjectDied,
        "closed its stdout",
        time_outs=TimeOuts(silence=0.1),
    )


def test_a_subject_that_runs_on_after_close_has_hung_and_is_killed(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.NEVER_ENDS, tmp_path, time_outs=SHORT)
        await play.opened()
        with pytest.raises(SubjectHung, match=r"answered `close` and still ran 0\.5 s later"):
            await play.driver.close()
        assert len(play.faults) == 1
        assert play.driver.pid is not None
        assert gone(play.driver.pid)

    run(scene)


def test_a_subject_that_ends_instead_of_answering_close_has_died(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.DIES_WHEN_CLOSED, tmp_path)
        await play.opened()
        with pytest.raises(SubjectDied, match="exit status 7"):
            await play.driver.close()
        assert len(play.faults) == 1

    run(scene)


def test_an_error_in_place_of_a_result_is_a_fault_of_that_call_only(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.ANSWERS_WITH_AN_ERROR, tmp_path)
        async with play.driver as driver:
            await play.opened()
            with pytest.raises(SubjectBabbled, match="answered `do` with the error -32601, 'what is that\\?'"):
                await driver.do("consent", {})
            assert driver.alive
            assert (await driver.view()).page is Page.CHECK
        assert play.faults == []

    run(scene)


def test_killing_takes_the_whole_process_group_and_is_no_fault(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.HAS_A_CHILD, tmp_path)
        grandchild = int((await play.driver.start(tmp_path)).name)
        assert os.getpgid(grandchild) == play.driver.pid
        await play.driver.kill()
        assert play.driver.pid is not None
        assert gone(play.driver.pid)
        assert play.faults == []
        await play.driver.kill()
        with pytest.raises(SubjectDied, match="was killed by the harness"):
            await play.driver.view()

    run(scene)


def test_what_a_killed_subject_had_shown_but_nobody_had_read_is_seen_no_more(tmp_path: Path) -> None:
    async def scene() -> None:
        heard = tmp_path / "heard"
        os.mkfifo(heard)
        play = Play(miniatures.SHOWS_UNREAD, tmp_path)
        await play.opened()
        heard.read_bytes()  # blocks the loop until the notification stands in the pipe
        await play.driver.kill()
        assert play.views == []

    run(scene)


def test_a_process_that_left_the_group_and_holds_the_pipes_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.LEAVES_A_RUNAWAY, tmp_path)
        runaway = int((await play.driver.start(tmp_path)).name)
        try:
            await play.driver.kill()
            assert play.driver.pid is not None
            assert gone(play.driver.pid)
        finally:
            os.kill(runaway, signal.SIGKILL)

    run(scene)


def test_a_call_that_waits_while_the_subject_is_killed_raises(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.HANGS, tmp_path)
        await play.driver.start(tmp_path)
        waiting = asyncio.create_task(play.driver.open(OPENING))
        await asyncio.sleep(0)  # lets the call begin
        await play.driver.kill()
        with pytest.raises(SubjectDied, match="was killed by the harness"):
            await waiting
        assert play.faults == []

    run(scene)


def test_cancelling_a_call_kills_the_subject(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(miniatures.HANGS, tmp_path)
        await play.driver.start(tmp_path)
        waiting = asyncio.create_task(play.driver.open(OPENING))
        await asyncio.sleep(0)  # lets the call begin
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert play.driver.pid is not None
        assert gone(play.driver.pid)

    run(scene)


def test_the_subject_learns_nothing_of_the_harness_from_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_SCENARIO", "the one about T-15")

    async def scene() -> None:
        driver = ProcessDriver(
            miniature(miniatures.TELLS_ITS_ENVIRONMENT, here=tmp_path, env={"EXAMPLE_HOME": "/x"}), clock=WallClock()
        )
        async with driver:
            names = (await driver.start(tmp_path)).name.split()
        assert "EXAMPLE_HOME" in names
        assert "PATH" in names
        assert not any(name.startswith(("VIVA", "PYTEST")) for name in names)

    run(scene)


def test_what_a_subject_shows_is_cut_to_size(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Play(miniatures.TALKS_ENDLESSLY, tmp_path).driver as driver:
            await driver.start(tmp_path)
            view = await driver.view()
        assert len(view.text) == 64
        assert view.question is not None
        assert len(view.question.text) == 65_536

    run(scene)
