"""The lesson starts as soon as its page is there, not when the candidate starts it."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Page

BREAKS = "ANS-6"


class StartsItself(Laptop):
    def step(self, now: int) -> None:
        super().step(now)
        if self.page is Page.LESSON and self.course.lesson_started is None:
            self.start_lesson()
            super().step(now)


laptop, phone = factories(laptop=StartsItself)
