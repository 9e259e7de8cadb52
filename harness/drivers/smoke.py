"""The smoke check: is the driver sound, before anything is judged? A subject that can't hold this conversation is not certified.

Laws: the steps stand in a fixed order and the first that fails is the last that is tried; whatever happens, the subject has ended
afterwards; a made-up intent must come back `unsupported`, because a client that says `done` to anything proves nothing. Called by
`viva smoke` and before every certification.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Literal

import msgspec

from harness.core.clock import Clock
from harness.core.errors import SubjectError
from harness.core.view import Act, AlertCode, View
from harness.drivers.bounds import sentence
from harness.drivers.driver import Driver
from harness.protocol.control import Initialized, Open

Opening = Callable[[Initialized], Open]

MADE_UP: Final = "juggle"  # no candidate's intent, in this version of the protocol or a later one

StepName = Literal["initialize", "open", "made-up intent", "view", "close"]


class SmokeStep(msgspec.Struct, frozen=True):
    """One step: what was found, in one sentence, and how long it took (ms)."""

    name: StepName
    ok: bool
    detail: str
    took_ms: int


class _Unsound(Exception):
    """The conversation worked, and what it said is wrong: one sentence."""


async def smoke(driver: Driver, opening: Opening, *, state_dir: Path, clock: Clock) -> tuple[SmokeStep, ...]:
    """Plays one short conversation with a driver that was not started yet. Never raises for what the subject does.

    `opening` gives what the client is opened with, once it has said what it is and takes; it may block, in a thread of its own, so that
    what the harness prepares for one client makes no other look slow, and it is no part of any step's time.
    """
    said: list[Initialized] = []
    prepared: list[Open] = []

    async def initialize() -> str:
        said.append(await driver.start(state_dir))
        known = set(said[0].intents) & set(Act)
        return f"it is {sentence(said[0].name, 60)}, version {sentence(said[0].version, 40)}, and knows {len(known)} of {len(Act)} intents"

    async def opened() -> str:
        await driver.open(prepared[0])
        return f"it was opened with {len(prepared[0].devices)} devices"

    async def made_up() -> str:
        answer = await driver.do(MADE_UP, {})
        if answer.status != "unsupported":
            raise _Unsound(
                f"it answered {answer.status!r} to the made-up intent {MADE_UP!r}; answer 'unsupported' to what it doesn't know"
            )
        return f"the made-up intent {MADE_UP!r} is unsupported, as it should be"

    async def view() -> str:
        shown: View = await driver.view()
        away = next((alert for alert in shown.alerts if alert.code == AlertCode.OFFLINE), None)
        if away is not None and not shown.controls:
            raise _Unsound(f"it shows nothing but that there is no way to it, {sentence(away.text)}; serve it first")
        return f"it shows the page {shown.page.value!r} with {len(shown.controls)} controls"

    async def close() -> str:
        await driver.close()
        return "it ended when it was closed"

    steps: tuple[tuple[StepName, Callable[[], Awaitable[str]]], ...] = (
        ("initialize", initialize),
        ("open", opened),
        ("made-up intent", made_up),
        ("view", view),
        ("close", close),
    )
    done: list[SmokeStep] = []
    try:
        for name, step in steps:
            if name == "open":
                prepared.append(await asyncio.to_thread(opening, said[0]))
            began = clock.now()
            try:
                ok, detail = True, await step()
            except (SubjectError, _Unsound) as error:
                ok, detail = False, str(error)
            done.append(SmokeStep(name, ok, detail, clock.now() - began))
            if not ok:
                break
    finally:
        await driver.kill()
    return tuple(done)
