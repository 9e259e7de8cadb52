"""The client consents in the candidate's name as soon as the page is there."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Page

BREAKS = "LOGIN-9"


class ConsentsByItself(Laptop):
    def step(self, now: int) -> None:
        super().step(now)
        if self.page is Page.LOGIN and not self.consented and not self.links.asking("consent"):
            self.consent(given=True)


laptop, phone = factories(laptop=ConsentsByItself)
