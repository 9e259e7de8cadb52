"""The driver as a capability: how the harness opens a client, plays a candidate on it and sees what it shows.

Laws: `on_change` is called the moment a change is heard of, with the time (ms, by the clock that the driver was given) at which it was
seen; everything a subject says is bounded before it leaves the driver; the first fault that breaks the conversation ends the subject, is
told once to `on_fault`, and is what every later call raises; nothing is left running. Implemented by `process`,
`real_time` and `web`, called by the smoke check and the session.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from harness.core.errors import SubjectError
from harness.core.view import Role, View
from harness.protocol.client import DoResult
from harness.protocol.control import Devices, Initialized, Open

OnChange: TypeAlias = Callable[[View, int], None]
OnFault: TypeAlias = Callable[[SubjectError], None]
OnContact: TypeAlias = Callable[
    [str, int], None
]  # a host and a port that a client asked for, where its driver sees that


class Driver(Protocol):
    """One run of one client, from `start` to `close` or `kill`; a restart is a new driver with the same `state_dir`.

    Every method raises a `SubjectError` where the subject breaks the conversation: `SubjectDied`, `SubjectHung`, `SubjectBabbled` or
    `SubjectMismatch`. Cancelling a call kills the subject.
    """

    @property
    def role(self) -> Role:
        """Which of the candidate's two devices it is."""
        ...

    @property
    def alive(self) -> bool:
        """Started, and neither closed, killed, dead nor at fault."""
        ...

    async def start(self, state_dir: Path) -> Initialized:
        """Starts the client with the folder in which it may keep what survives a kill; says what it is and can."""
        ...

    async def open(self, opening: Open) -> None:
        """The candidate opens the client."""
        ...

    async def devices(self, devices: Devices) -> None:
        """What is plugged in now."""
        ...

    async def do(self, act: str, args: dict[str, str]) -> DoResult:
        """The candidate acts; returns once applied."""
        ...

    async def view(self) -> View:
        """What the candidate sees now."""
        ...

    async def close(self) -> None:
        """The candidate closes the client, which ends; one that doesn't in time is killed, and that is its fault."""
        ...

    async def kill(self) -> None:
        """The client is gone at once, as by SIGKILL, and nothing is told of it any more. Harmless where it has ended."""
        ...
