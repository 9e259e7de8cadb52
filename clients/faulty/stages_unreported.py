"""No change of stage is reported to the service."""

from __future__ import annotations

from typing import Literal

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.reports import Reports
from harness.protocol.vocabulary import Stage

BREAKS = "ANS-20"


class Silent(Reports):
    def stage(self, stage: Stage, boundary: Literal["started", "ended", "early-end"], at_ms: int) -> None:
        if boundary == "started":
            return
        super().stage(stage, boundary, at_ms)


class Unreported(Laptop):
    reports_type = Silent


laptop, phone = factories(laptop=Unreported)
