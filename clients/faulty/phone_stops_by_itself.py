"""The phone stops when the interview is over, without the candidate."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-5"


class StopsByItself(Phone):
    def step(self, now: int) -> None:
        super().step(now)
        if self.interview_is_over() and self.is_filming():
            self.stop()


laptop, phone = factories(phone=StopsByItself)
