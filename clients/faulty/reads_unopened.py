"""【已阅】 can be pressed for a file that was never opened."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ATT-2"


class ReadsUnopened(Laptop):
    def may_mark_read(self, identifier: str) -> bool:
        return identifier not in self.read and not self.links.asking(f"read:{identifier}")


laptop, phone = factories(laptop=ReadsUnopened)
