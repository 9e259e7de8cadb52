"""Countdowns show two seconds more than are left."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ANS-17"


class RunsWrong(Laptop):
    def remaining(self, until: int) -> int:
        return super().remaining(until) + 2_000


laptop, phone = factories(laptop=RunsWrong)
