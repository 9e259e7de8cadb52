"""Countdowns are right until the network has failed once; from then on they stand still."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ANS-17"


class StandsStill(Laptop):
    frozen: dict[int, int]

    def recovered(self, now: int) -> None:
        super().recovered(now)
        self.frozen = {}

    def remaining(self, until: int) -> int:
        left = super().remaining(until)
        return self.frozen.setdefault(until, left) if hasattr(self, "frozen") else left


laptop, phone = factories(laptop=StandsStill)
