"""The plan is kept on disk as it came, with the question where the service leaks it; nothing of it is shown before T0."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.exam_api import ExamInfo

BREAKS = "ANS-2"


class KeepsALeakedQuestion(Laptop):
    def learn_exam(self, info: ExamInfo) -> None:
        self.storage.save("plan", msgspec.json.encode(info))
        super().learn_exam(info)


laptop, phone = factories(laptop=KeepsALeakedQuestion)
