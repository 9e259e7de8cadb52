"""Switching to another window in an outage is reported with the time at which the network was back: right only online."""

from __future__ import annotations

from typing import Literal

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "ENTER-8"


class LeavingReportedLate(Laptop):
    in_the_outage = False

    def leave(self, what: Literal["focus-lost", "focus-regained"]) -> DoResult:
        if what == "focus-lost" and self.links.offline(self.now):
            self.in_the_outage = True
            return DONE
        return super().leave(what)

    def recovered(self, now: int) -> None:
        super().recovered(now)
        if self.in_the_outage:
            self.in_the_outage = False
            self.reports.incident("focus-lost", self.exam_time)


laptop, phone = factories(laptop=LeavingReportedLate)
