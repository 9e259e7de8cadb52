"""The question comes seconds after T0."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ANS-2"


class QuestionLate(Laptop):
    def may_fetch_question(self) -> bool:
        return super().may_fetch_question() and self.exam_time >= 3_000


laptop, phone = factories(laptop=QuestionLate)
