"""The first login that fails is told why, and no later one."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.messages import Problem

BREAKS = "LOGIN-8"


class SaysOneFailure(Laptop):
    said = False

    def refused(self, problem: Problem | None) -> None:
        if not self.said:
            super().refused(problem)
        self.said = True


laptop, phone = factories(laptop=SaysOneFailure)
