"""The second in which entry closes still counts as open: who presses 【进入考试】 at T+5 gets in."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-5"


class ClosesInclusively(Laptop):
    def entry_is_over(self) -> bool:
        info = self.exam_info
        return super().entry_is_over() and info is not None and self.exam_time >= info.windows["entry_closes"] + 1_000


laptop, phone = factories(laptop=ClosesInclusively)
