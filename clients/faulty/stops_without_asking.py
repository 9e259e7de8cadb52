"""Stopping the phone before the end of the interview does not ask first."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.client import DoResult

BREAKS = "EVID-10"


class StopsAtOnce(Phone):
    def press_stop(self, now: int) -> DoResult:
        del now
        return self.stop()


laptop, phone = factories(phone=StopsAtOnce)
