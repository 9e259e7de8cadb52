"""【进入考试】 becomes active on 【刷新】 alone."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "ENTER-2"
DECLARED = {"NET-4": "an entry that waits for 刷新 waits for it after an outage too"}


class NeedsRefresh(Laptop):
    refreshed = False

    def entry_is_open(self) -> bool:
        return self.refreshed and super().entry_is_open()

    def refresh(self, now: int) -> DoResult:
        self.refreshed = super().entry_is_open()
        return super().refresh(now)


laptop, phone = factories(laptop=NeedsRefresh)
