"""A client that is open in a process of its own: its core, its devices in shared rings, its recording thread and its connection."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from clients.headless.capture import PacedCapture
from clients.headless.in_process import Made
from clients.headless.rings import RingSources
from clients.headless.storage import FileStorage
from harness.protocol.capture import Device
from harness.protocol.client import DoResult
from harness.protocol.control import Open
from harness.protocol.shell import Shell
from harness.protocol.vocabulary import Act, View
from harness.wallclock import WallClock

# A ring is looked at so often in a camera's interval: real time has no edges to count on.
LOOKS: Final = 4


class Opened:
    """Use within an `async with`; then as the shell."""

    def __init__(
        self, kind: Made | type[Any], opening: Open, *, state_dir: Path, changed: Callable[[View], None]
    ) -> None:
        made = kind if isinstance(kind, Made) else Made(kind)
        clock = WallClock()
        self._devices = opening.devices
        self._sources = RingSources()
        self._capture = PacedCapture(made.capture(self._sources, looks=LOOKS), clock)
        core = made.core(
            opening.ticket,
            storage=FileStorage(state_dir),
            capture=self._capture,
            mint=lambda: str(uuid.uuid4()),
        )
        self._shell: Shell = (made.shell or Shell)(core, opening.service_url, clock, changed)
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Opened:
        self._stack.enter_context(self._capture)
        await self._stack.enter_async_context(self._shell)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def start(self) -> None:
        """The candidate opens it."""
        self._sources.update_devices(self._devices)
        self._shell.start(self._devices)

    def devices(self, devices: Sequence[Device]) -> None:
        """What is plugged in now."""
        self._sources.update_devices(devices)
        self._shell.devices(devices)

    def do(self, act: Act, args: dict[str, str]) -> DoResult:
        """The candidate acts."""
        return self._shell.do(act, args)

    def view(self) -> View:
        """What the candidate sees now."""
        return self._shell.view()
