"""Screen recording starts with the waiting page, not with entry, and three seconds late."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-6"
DECLARED = {
    "ENTER-10": "a screen that is not due yet is not missed either",
}


class RecordsLate(Laptop):
    def screen_is_due(self) -> bool:
        return super().screen_is_due() and self.exam_time >= (self.kept.entered_ms or 0) + 3_500


laptop, phone = factories(laptop=RecordsLate)
