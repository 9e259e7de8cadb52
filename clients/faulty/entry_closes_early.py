"""【进入考试】 closes at T0, before its window does."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-4"


class ClosesEarly(Laptop):
    def entry_is_over(self) -> bool:
        return super().entry_is_over() or (self.clock.known and not self.entered and self.exam_time >= 0)


laptop, phone = factories(laptop=ClosesEarly)
