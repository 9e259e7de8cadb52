"""【进入考试】 becomes active by itself, fifty milliseconds later than the plan allows."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-2"
BEYOND_MS = 50


class JustTooLate(Laptop):
    def entry_is_open(self) -> bool:
        info = self.exam_info
        if info is None or self.exam_time < info.windows["entry_opens"] + info.limits["reaction"] + BEYOND_MS:
            return False
        return super().entry_is_open()

    def wakeups(self) -> list[int | None]:
        info, due = self.exam_info, super().wakeups()
        if info is not None and self.clock.known and not self.inside:
            due.append(self.clock.when(info.windows["entry_opens"] + info.limits["reaction"] + BEYOND_MS))
        return due


laptop, phone = factories(laptop=JustTooLate)
