"""Evidence recording pauses for three seconds in the middle."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-3"


class Pauses(Phone):
    def is_filming(self) -> bool:
        return super().is_filming() and not 2_000 <= self.exam_time < 5_000


laptop, phone = factories(phone=Pauses)
