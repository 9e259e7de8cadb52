"""The question is kept on disk, so that a killed client has it at once, and is not deleted at the end."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "PRIV-1"


class QuestionOnDisk(Laptop):
    def tick(self, now: int) -> None:
        super().tick(now)
        if self.question:
            self.storage.save("draft", self.question.encode())


laptop, phone = factories(laptop=QuestionOnDisk)
