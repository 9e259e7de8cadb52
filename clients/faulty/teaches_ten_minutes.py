"""The lesson takes what it takes in one exam: ten minutes (five seconds where an exam is played at scale), whatever the plan says."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.stages import Schedule
from harness.protocol.exam_api import ExamInfo

BREAKS = "ANS-8"
EXAM = "strict-2026"


class TenMinutes(Schedule):
    def __init__(self, exam: ExamInfo) -> None:
        super().__init__(exam)
        self.spans = {**self.spans, "lesson": 600_000 if self.spans["lesson"] > 60_000 else 5_000}


class TeachesTenMinutes(Laptop):
    schedule_type = TenMinutes


laptop, phone = factories(laptop=TeachesTenMinutes)
