"""Killed and started again, the phone films on and tells nobody that something is missing."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-12"


class TellsNobody(Phone):
    def report_gap(self) -> None:
        pass


laptop, phone = factories(phone=TellsNobody)
