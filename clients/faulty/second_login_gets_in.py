"""Where the candidate's session lives elsewhere, the next page comes all the same."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.messages import Problem
from harness.protocol.vocabulary import Page

BREAKS = "LOGIN-7"


class GoesIn(Laptop):
    def refused(self, problem: Problem | None) -> None:
        super().refused(problem)
        if problem is not None and problem.code == "second-session":
            self.page = Page.BIND


laptop, phone = factories(laptop=GoesIn)
