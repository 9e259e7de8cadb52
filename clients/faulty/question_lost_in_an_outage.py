"""A question that could not be had within half a second, the network being gone, is given up for good, whatever is pressed."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "NET-4"
PATIENCE_MS = 500


class LosesPatience(Laptop):
    asked_at: int | None = None
    given_up = False

    def fetch_question(self) -> DoResult:
        self.asked_at = self.now if self.asked_at is None else self.asked_at
        self.given_up |= self.links.asking("question") and self.now >= self.asked_at + PATIENCE_MS
        if not self.given_up:
            return super().fetch_question()
        self.links.drop("question")
        return DONE


laptop, phone = factories(laptop=LosesPatience)
