"""Without a camera the next step is open all the same, and what was said of it is forgotten there."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import AlertCode

BREAKS = "PREP-2"


class GoesOn(Laptop):
    def checks_passed(self) -> bool:
        others = [state for name, state in self.checks.items() if name != "camera"]
        return len(others) == 2 and all(state.state == "working" for state in others)

    def proceed(self, now: int) -> DoResult:
        self.unsay(AlertCode.NO_CAMERA)
        return super().proceed(now)


laptop, phone = factories(laptop=GoesOn)
