"""【结束考试】 asks, and nothing follows from the answer."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "ANS-11"
DECLARED = {
    "END-6": "an interview that can't be ended early has its deadline later, too",
}


class CannotEnd(Laptop):
    def confirm_finish(self) -> DoResult:
        self.asked_to_finish = False
        return DONE


laptop, phone = factories(laptop=CannotEnd)
