"""After a restart every attachment has to be read again: the service's word for what was read is not taken."""

from __future__ import annotations

from msgspec.structs import replace

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.exam_api import SessionState

BREAKS = "ATT-4"


class ReadsAgain(Laptop):
    def learned(self, session: SessionState, now: int) -> None:
        super().learned(session if self.entered else replace(session, read=()), now)


laptop, phone = factories(laptop=ReadsAgain)
