"""The lesson's countdown is right, and the lesson goes on for more than a second beyond it."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.stages import Course, Schedule

BREAKS = "ANS-8"


class EndsLate(Schedule):
    def end(self, course: Course) -> int | None:
        end = super().end(course)
        return end if end is None or self.art or course.finished is not None else end + 1_300


class TooLong(Laptop):
    schedule_type = EndsLate


laptop, phone = factories(laptop=TooLong)
