"""The question stays on the upload page after the end."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import QuestionShown

BREAKS = "PRIV-1"


class KeepsTheQuestion(Laptop):
    remembered = ""

    def forget_question(self) -> None:
        self.remembered = self.question
        super().forget_question()

    def question_shown(self) -> QuestionShown | None:
        if self.remembered:
            return QuestionShown(present=True, text=self.remembered)
        return super().question_shown()


laptop, phone = factories(laptop=KeepsTheQuestion)
