"""The device check says nothing about recording."""

from __future__ import annotations

from clients.headless.arrival import CheckName
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Check

BREAKS = "PREP-1"


class NoRecordingCheck(Laptop):
    def checks_shown(self) -> dict[CheckName, Check]:
        return {name: check for name, check in super().checks_shown().items() if name != "recording"}


laptop, phone = factories(laptop=NoRecordingCheck)
