"""Evidence recording pauses for seconds in the middle of the lesson."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-3"


class Pauses(Phone):
    def is_filming(self) -> bool:
        return super().is_filming() and not 9_300 <= self.exam_time < 12_000


laptop, phone = factories(phone=Pauses)
