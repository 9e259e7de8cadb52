"""Entry closes five minutes after the start (four seconds where an exam is played at scale), whatever the plan says."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.exam_api import ExamInfo

BREAKS = "ENTER-5"
EXAM = "strict-2026"


class FiveMinutes(Laptop):
    def learn_exam(self, info: ExamInfo) -> None:
        closes = 300_000 if info.windows["entry_opens"] < -60_000 else 4_000
        super().learn_exam(msgspec.structs.replace(info, windows={**info.windows, "entry_closes": closes}))


laptop, phone = factories(laptop=FiveMinutes)
