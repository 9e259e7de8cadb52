"""A pause for a person: the clients of one script stay open once it was judged, until the person has looked.

An exam's clock stops for nobody, so the script is played and judged as always; only then it is waited, and what happens meanwhile is judged by
nobody. The command that asked for the pause reads of it in the progress, and ends it by making a file. Called by the certification.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.verdict import Outcome, name
from harness.core.view import Role
from harness.session.real import Hold
from harness.session.suite import judge

RESUME: Final = "resume"  # the file in the output folder
LOOK_S: Final = 0.2


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """What was judged, and where the clients can be looked into."""

    requirement: str
    verdict: Outcome
    reason: str
    at: Mapping[str, str]  # role → address


def pause(requirement: str, script: Script, folder: Path, tell: Callable[[Paused], None]) -> Hold:
    """Judges the requirement, tells of it, and waits for the file."""

    async def hold(timeline: Timeline, at: Mapping[Role, str]) -> None:
        verdict = judge(requirement, script, timeline)
        tell(
            Paused(
                requirement=requirement,
                verdict=name(verdict),
                reason=verdict.reason,
                at={role.value: address for role, address in at.items()},
            )
        )
        while not (folder / RESUME).exists():
            await asyncio.sleep(LOOK_S)

    return hold
