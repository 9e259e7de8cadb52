"""A question that did not load is never asked for again."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "ANS-10"


class AsksOnce(Laptop):
    asked = False

    def fetch_question(self) -> DoResult:
        if self.asked:
            return DONE
        self.asked = self.may_fetch_question()
        return super().fetch_question()


laptop, phone = factories(laptop=AsksOnce)
