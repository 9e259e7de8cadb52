"""The client lets a candidate in whenever the service does, T+5 or not."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-5"


class NeverCloses(Laptop):
    def entry_is_over(self) -> bool:
        return False


laptop, phone = factories(laptop=NeverCloses)
