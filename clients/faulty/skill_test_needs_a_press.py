"""Art: the skill test's page does not come by itself."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Page

BREAKS = "ANS-13"


class StaysInTheLesson(Laptop):
    def current_page(self) -> Page:
        page = super().current_page()
        start = self.course.lesson_started
        if page is Page.SKILL_TEST and start is not None and self.exam_time < start + self.spans_of_lesson() + 4_000:
            return Page.LESSON
        return page

    def spans_of_lesson(self) -> int:
        return 0 if self.schedule is None else self.schedule.spans["lesson"]


laptop, phone = factories(laptop=StaysInTheLesson)
