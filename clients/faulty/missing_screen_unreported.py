"""A screen that stops being recorded is reported, one that was never there is not: right only midway."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Stream

BREAKS = "ENTER-10"


class MissingScreenUnreported(Laptop):
    def report_lost(self, what: str) -> None:
        if what != Stream.SCREEN or self.segments(Stream.SCREEN):
            super().report_lost(what)


laptop, phone = factories(laptop=MissingScreenUnreported)
