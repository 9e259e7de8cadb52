"""The smoke check: a sound driver passes every step, and one that lies or breaks the conversation is stopped at the step that shows it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from harness.core.clock import ManualClock
from harness.drivers.process import ProcessDriver, TimeOuts
from harness.drivers.smoke import SmokeStep, smoke
from harness.protocol.control import Initialized, Open
from harness.wallclock import WallClock
from tests.drivers import miniatures
from tests.drivers.miniatures import miniature, subject

OPENING = Open(service_url="http://127.0.0.1:9", ticket="t", devices=())
SHORT = TimeOuts(call=0.5, end=0.5, silence=0.1)


def check(driver: ProcessDriver, state_dir: Path) -> tuple[SmokeStep, ...]:
    async def bounded() -> tuple[SmokeStep, ...]:
        async with asyncio.timeout(10):  # what any subject may cost before it is judged
            return await smoke(driver, lambda _: OPENING, state_dir=state_dir, clock=WallClock())

    return asyncio.run(bounded())


def test_an_honest_subject_passes_every_step(tmp_path: Path) -> None:
    steps = check(ProcessDriver(miniature(miniatures.HONEST, here=tmp_path), clock=WallClock()), tmp_path)
    assert [(step.name, step.ok) for step in steps] == [
        ("initialize", True),
        ("open", True),
        ("made-up intent", True),
        ("view", True),
        ("close", True),
    ]
    assert all(step.took_ms >= 0 and step.detail for step in steps)


@pytest.mark.parametrize(
    ("script", "step", "words"),
    [
        (miniatures.SPEAKS_PROSE, "initialize", "is no JSON"),
        (miniatures.SPEAKS_ANOTHER_VERSION, "initialize", "speaks protocol 2"),
        (miniatures.FLOODS_WITH_BYTES, "open", "babbled"),
        (miniatures.HANGS, "open", "did not answer `open`"),
        (miniatures.DIES_BY_SIGNAL_IN_OPEN, "open", "SIGSEGV"),
        (miniatures.SAYS_DONE_TO_ANYTHING, "made-up intent", "answered 'done' to the made-up intent 'juggle'"),
        (miniatures.ANSWERS_WITH_AN_ERROR, "made-up intent", "with the error -32601"),
        (miniatures.SHOWS_NO_PAGE, "view", "missing required field page"),
        (miniatures.SHOWS_NO_WAY_TO_IT, "view", "ERR_CONNECTION_REFUSED"),
        (miniatures.NEVER_ENDS, "close", "still ran"),
    ],
)
def test_an_unsound_subject_is_stopped_at_the_step_that_shows_it(
    tmp_path: Path, script: str, step: str, words: str
) -> None:
    driver = ProcessDriver(miniature(script, here=tmp_path), clock=WallClock(), time_outs=SHORT)
    steps = check(driver, tmp_path)
    assert [each.ok for each in steps] == [True] * (len(steps) - 1) + [False]
    assert steps[-1].name == step
    assert words in steps[-1].detail
    assert not driver.alive


def test_a_command_that_does_nothing_fails_the_first_step_in_one_sentence(tmp_path: Path) -> None:
    steps = check(ProcessDriver(subject(("/bin/true",), here=tmp_path), clock=WallClock()), tmp_path)
    assert [step.name for step in steps] == ["initialize"]
    assert "ended with exit status 0 by itself" in steps[0].detail


def test_steps_are_timed_by_the_clock_that_is_given(tmp_path: Path) -> None:
    async def scene() -> tuple[SmokeStep, ...]:
        driver = ProcessDriver(miniature(miniatures.HONEST, here=tmp_path), clock=WallClock())
        return await smoke(driver, lambda _: OPENING, state_dir=tmp_path, clock=ManualClock(7))

    assert [step.took_ms for step in asyncio.run(scene())] == [0] * 5


def test_what_the_harness_prepares_for_one_client_holds_up_no_other_and_is_no_part_of_a_step(tmp_path: Path) -> None:
    clock = ManualClock(0)
    loops: list[asyncio.AbstractEventLoop] = []
    others_go_on = threading.Event()

    def prepared(_: Initialized) -> Open:
        loops[0].call_soon_threadsafe(others_go_on.set)
        assert others_go_on.wait(10)
        clock.advance_to(5_000)
        return OPENING

    async def scene() -> tuple[SmokeStep, ...]:
        loops.append(asyncio.get_running_loop())
        driver = ProcessDriver(miniature(miniatures.HONEST, here=tmp_path), clock=WallClock())
        return await smoke(driver, prepared, state_dir=tmp_path, clock=clock)

    steps = asyncio.run(scene())
    assert [(step.ok, step.took_ms) for step in steps] == [(True, 0)] * 5
