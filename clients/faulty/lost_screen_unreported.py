"""That the screen is not recorded is said and not reported."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Stream

BREAKS = "ENTER-10"


class LostScreenUnreported(Laptop):
    def report_lost(self, what: str) -> None:
        if what != Stream.SCREEN:
            super().report_lost(what)


laptop, phone = factories(laptop=LostScreenUnreported)
