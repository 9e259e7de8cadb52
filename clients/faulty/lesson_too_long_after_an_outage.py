"""The lesson ends on time until the network has failed once; then it ends more than a second late."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.stages import Course, Schedule

BREAKS = "ANS-8"


class EndsLate(Schedule):
    late_ms = 0

    def end(self, course: Course) -> int | None:
        end = super().end(course)
        return end if end is None or self.art or course.finished is not None else end + self.late_ms


class TooLongAfterwards(Laptop):
    schedule_type = EndsLate

    def recovered(self, now: int) -> None:
        super().recovered(now)
        if self.inside and isinstance(self.schedule, EndsLate):
            self.schedule.late_ms = 1_300


laptop, phone = factories(laptop=TooLongAfterwards)
