"""The next step is open before anything was read."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ATT-3"


class SkipsReading(Laptop):
    def all_read(self) -> bool:
        return True


laptop, phone = factories(laptop=SkipsReading)
