"""A login that is refused since the candidate's session lives elsewhere is refused without a word."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.messages import Problem

BREAKS = "LOGIN-7"


class RefusesSilently(Laptop):
    def refused(self, problem: Problem | None) -> None:
        if problem is None or problem.code != "second-session":
            super().refused(problem)


laptop, phone = factories(laptop=RefusesSilently)
