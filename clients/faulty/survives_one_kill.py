"""Killed and started again the client comes back into the interview; killed a second time it does not."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.capture import Capture
from harness.protocol.client import Storage
from harness.protocol.exam_api import SessionState

BREAKS = "NET-7"


class SurvivesOne(Laptop):
    def __init__(self, *, ticket: str, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        super().__init__(ticket=ticket, storage=storage, capture=capture, mint=mint)
        self.starts = int(storage.load("starts") or b"0") + 1
        storage.save("starts", str(self.starts).encode())

    def learned(self, session: SessionState, now: int) -> None:
        lost = self.starts > 2 and not self.inside
        super().learned(msgspec.structs.replace(session, entered_ms=None) if lost else session, now)


laptop, phone = factories(laptop=SurvivesOne)
