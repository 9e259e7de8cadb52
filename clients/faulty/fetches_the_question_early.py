"""The question is fetched and shown seconds before T0, wherever the service lets it out."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Page, QuestionShown

BREAKS = "ANS-2"


class FetchesEarly(Laptop):
    def may_fetch_question(self) -> bool:
        return self.entered and not self.ended and self.clock.known and self.exam_time >= -3_000

    def question_shown(self) -> QuestionShown | None:
        if self.page is Page.WAITING and self.question:
            return QuestionShown(present=True, text=self.question)
        return super().question_shown()


laptop, phone = factories(laptop=FetchesEarly)
