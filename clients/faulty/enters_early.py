"""【进入考试】 is active a second and a half before its time."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-1"


class OpensEarly(Laptop):
    def entry_is_open(self) -> bool:
        if self.exam_info is None or not self.clock.known or self.entry_is_over():
            return False
        return self.exam_time >= self.exam_info.windows["entry_opens"] - 1_500


laptop, phone = factories(laptop=OpensEarly)
