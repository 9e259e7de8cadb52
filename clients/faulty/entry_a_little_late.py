"""【进入考试】 becomes active by itself, but more than two seconds late."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-2"


class LittleLate(Laptop):
    def entry_is_open(self) -> bool:
        late = self.exam_info is not None and self.exam_time >= self.exam_info.windows["entry_opens"] + 2_400
        return late and super().entry_is_open()


laptop, phone = factories(laptop=LittleLate)
