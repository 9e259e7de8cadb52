"""Art: the interview ends with the skill test; there is no presentation."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.stages import Schedule

BREAKS = "ANS-19"


class NoPresentation(Schedule):
    def presentation_ends(self, lesson_start: int) -> int:
        return self.skill_test_ends(lesson_start)


class EndsWithTheTest(Laptop):
    schedule_type = NoPresentation


laptop, phone = factories(laptop=EndsWithTheTest)
