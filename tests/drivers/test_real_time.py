"""A client's class in the harness's own process, in real time: played like any other, dead where it raises, silent once killed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.core.errors import ManifestError, SubjectDied, SubjectError
from harness.core.view import Act, Page, View
from harness.drivers.driver import Driver
from harness.drivers.real_time import InProcessDriver
from harness.drivers.smoke import smoke
from harness.protocol.capture import Device
from harness.protocol.client import Cancel, DoResult, Failure, Send
from harness.protocol.control import Devices, Open
from harness.protocol.messages import Push, Response
from harness.wallclock import WallClock
from tests.drivers.miniatures import subject

OPENING = Open(service_url="http://127.0.0.1:9", ticket="t", devices=())
PATIENCE = 10.0


class Ticker:
    """A core that counts its ticks on its page, and fails where it is told to."""

    def __init__(self, *, ticket: str, home: dict[str, Any], sources: Any, mint: Callable[[], str]) -> None:
        self.home = home
        self.seq = 0
        self.due: int | None = None
        if home.get("fails in") == "made":
            raise RuntimeError("made\nbadly")

    def _meet(self, moment: str) -> None:
        self.home.setdefault("met", []).append(moment)
        if self.home.get("fails in") == moment:
            raise RuntimeError(f"{moment}\nwent wrong")

    def start(self, now: int) -> None:
        self._meet("start")
        self.due = now

    def devices(self, devices: Sequence[Device], now: int) -> None:
        self._meet("devices")

    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        self._meet("do")
        return DoResult("done", "r" * 5_000)

    def tick(self, now: int) -> None:
        self._meet("tick")
        self.seq += 1
        self.due = None if self.seq >= 3 else now + 1

    def next_wakeup(self) -> int | None:
        return self.due

    def replied(self, key: int, outcome: Response | Failure, now: int) -> None: ...

    def pushed(self, key: int, push: Push, now: int) -> None: ...

    def outbox(self) -> list[Send | Cancel]:
        return []

    def view(self) -> View:
        return View(page=Page.CHECK, seq=self.seq, text=("t" * 5_000,))

    def close(self, now: int) -> None:
        self._meet("close")


class Play:
    def __init__(self, here: Path, **home: Any) -> None:
        self.home: dict[str, Any] = home
        self.views: list[View] = []
        self.faults: list[SubjectError] = []
        self.told = asyncio.Event()
        named = msgspec.structs.replace(subject((), here=here), class_path="tests.drivers.test_real_time:Ticker")
        self.driver = InProcessDriver(
            named,
            clock=WallClock(),
            home=self.home,
            sources={},
            mint=lambda: "id",
            on_change=self._change,
            on_fault=self._fault,
        )

    def _change(self, view: View, _at_ms: int) -> None:
        self.views.append(view)
        if view.seq == 3:
            self.told.set()

    def _fault(self, fault: SubjectError) -> None:
        self.faults.append(fault)
        self.told.set()


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await scene()

    asyncio.run(bounded())


def test_a_class_is_ticked_shown_and_closed(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(tmp_path)
        driver: Driver = play.driver
        await driver.start(tmp_path)
        await driver.open(OPENING)
        await play.told.wait()
        assert [view.seq for view in play.views] == [0, 1, 2, 3]
        assert len(play.views[0].text[0]) == 2_000
        await driver.devices(Devices(devices=()))
        done = await driver.do("consent", {})
        assert (done.status, len(done.reason)) == ("done", 2_000)
        await driver.close()
        assert not driver.alive
        assert play.home["met"][-1] == "close"
        assert play.faults == []
        with pytest.raises(SubjectDied, match="does not run"):
            await driver.view()

    run(scene)


def test_it_passes_the_smoke_check(tmp_path: Path) -> None:
    async def scene() -> None:
        steps = await smoke(Play(tmp_path).driver, lambda _: OPENING, state_dir=tmp_path, clock=WallClock())
        assert [step.ok for step in steps] == [True] * 5

    run(scene)


@pytest.mark.parametrize("moment", ["made", "start", "tick"])
def test_a_class_that_raises_has_died_and_does_nothing_more(tmp_path: Path, moment: str) -> None:
    async def scene() -> None:
        play = Play(tmp_path, **{"fails in": moment})
        await play.driver.start(tmp_path)
        if moment == "tick":
            await play.driver.open(OPENING)
        else:
            with pytest.raises(SubjectDied):
                await play.driver.open(OPENING)
        await play.told.wait()
        with pytest.raises(SubjectDied, match=r"laptop client raised RuntimeError: '.*'; run its own tests") as caught:
            await play.driver.view()
        assert "\n" not in str(caught.value)
        assert play.faults == [caught.value]
        assert not play.driver.alive
        await play.driver.kill()
        assert "close" not in play.home.get("met", [])

    run(scene)


def test_a_killed_class_does_not_even_close_and_its_home_stays(tmp_path: Path) -> None:
    async def scene() -> None:
        play = Play(tmp_path)
        await play.driver.start(tmp_path)
        await play.driver.open(OPENING)
        await play.driver.kill()
        await play.driver.kill()
        assert "close" not in play.home["met"]
        assert play.faults == []

    run(scene)


def test_a_class_that_is_not_there_is_said_before_anything_runs(tmp_path: Path) -> None:
    nowhere = msgspec.structs.replace(subject((), here=tmp_path), class_path="viva_test_nowhere:Client")
    with pytest.raises(ManifestError, match="not to be found"):
        InProcessDriver(nowhere, clock=WallClock(), home={}, sources={}, mint=lambda: "id")
