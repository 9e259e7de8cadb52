"""A face that does not match is refused without the reason or whom to call."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.messages import Problem

BREAKS = "LOGIN-4"


class GivesNoReason(Laptop):
    def refused(self, problem: Problem | None) -> None:
        if problem is None or problem.code != "face-mismatch":
            super().refused(problem)


laptop, phone = factories(laptop=GivesNoReason)
