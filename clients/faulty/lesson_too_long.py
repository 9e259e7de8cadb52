"""The lesson ends two seconds late."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.stages import Schedule

BREAKS = "ANS-8"


class LongLesson(Schedule):
    def lesson_ends(self, start: int) -> int:
        return super().lesson_ends(start) + 2_000


class TooLong(Laptop):
    schedule_type = LongLesson


laptop, phone = factories(laptop=TooLong)
