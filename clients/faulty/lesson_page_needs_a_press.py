"""The lesson's page waits until the candidate asks for the devices again."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Page

BREAKS = "ANS-5"


class WaitsForThePage(Laptop):
    def current_page(self) -> Page:
        page = super().current_page()
        if self.links.offline(self.now) or (self.kept.entered_ms or 0) > 0:
            return page  # one fault: not for who is offline or came late
        late = self.schedule is not None and self.exam_time < self.schedule.preparation_ends() + 3_000
        return Page.PREPARATION if page is Page.LESSON and late else page


laptop, phone = factories(laptop=WaitsForThePage)
