"""The face picture is taken when the login's page comes, and sent whenever the candidate presses."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import Page

BREAKS = "LOGIN-3"


class TakesItAtOnce(Laptop):
    taken = b""

    def proceed(self, now: int) -> DoResult:
        done = super().proceed(now)
        if self.page is Page.LOGIN:
            self.taken = super().take_still(now)
        return done

    def take_still(self, now: int) -> bytes:
        return self.taken or super().take_still(now)


laptop, phone = factories(laptop=TakesItAtOnce)
