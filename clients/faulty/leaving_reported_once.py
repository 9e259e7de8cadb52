"""Switching to another window is reported the first time and no more."""

from __future__ import annotations

from typing import Literal

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "ENTER-8"


class LeavingReportedOnce(Laptop):
    reported_before = False

    def leave(self, what: Literal["focus-lost", "focus-regained"]) -> DoResult:
        if what == "focus-lost" and self.reported_before:
            return DONE
        self.reported_before = True
        return super().leave(what)


laptop, phone = factories(laptop=LeavingReportedOnce)
