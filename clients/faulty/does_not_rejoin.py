"""Killed and started again, the client stays at its first pages and never goes back into the interview."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.exam_api import SessionState

BREAKS = "NET-7"


class StaysOutside(Laptop):
    def learned(self, session: SessionState, now: int) -> None:
        back = session.entered_ms is not None and not self.inside
        super().learned(msgspec.structs.replace(session, entered_ms=None) if back else session, now)


laptop, phone = factories(laptop=StaysOutside)
