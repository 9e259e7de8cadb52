"""A pause tells what was judged and where to look, and lasts until the person says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

from harness.core.timeline import Timeline
from harness.core.view import Role
from harness.session import pause
from tests.session.quick import short


def test_a_pause_tells_the_verdict_and_the_addresses_and_ends_with_the_file(tmp_path: Path) -> None:
    told: list[pause.Paused] = []

    async def held() -> bool:
        hold = pause.pause("ENTER-2", short().script(), tmp_path, told.append)
        waiting = asyncio.ensure_future(hold(Timeline(()), {Role.LAPTOP: "http://127.0.0.1:4711"}))
        while not told:
            await asyncio.sleep(0)
        lasted = not waiting.done()
        (tmp_path / pause.RESUME).touch()
        await waiting
        return lasted

    assert asyncio.run(held())
    (paused,) = told
    assert (paused.requirement, paused.verdict) == ("ENTER-2", "unobserved")
    assert paused.at == {"laptop": "http://127.0.0.1:4711"}
