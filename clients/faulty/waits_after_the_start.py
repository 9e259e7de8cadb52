"""【进入待考】 after T0 leads to a waiting page that stands still for seconds."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import Page

BREAKS = "DEV-6"


class WaitsAfterTheStart(Laptop):
    waits_until: int | None = None

    def wait(self) -> DoResult:
        self.waits_until = self.exam_time + 3_000 if self.exam_time >= 0 else None
        return super().wait()

    def current_page(self) -> Page:
        page = super().current_page()
        waits = self.waits_until is not None and self.exam_time < self.waits_until
        return Page.WAITING if waits and page is Page.PREPARATION else page


laptop, phone = factories(laptop=WaitsAfterTheStart)
