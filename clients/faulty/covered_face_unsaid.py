"""That the face was covered is not said: any refusal reads the same."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.messages import Problem

BREAKS = "LOGIN-8"


class OneReasonForAll(Laptop):
    def refused(self, problem: Problem | None) -> None:
        super().refused(None if problem is not None and problem.code == "face-covered" else problem)


laptop, phone = factories(laptop=OneReasonForAll)
