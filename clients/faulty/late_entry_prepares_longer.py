"""Who enters late is given the whole preparation from there."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.exam_api import EntryReply

BREAKS = "ANS-4"


class Generous(Laptop):
    def let_in(self, entry: EntryReply, now: int) -> None:
        super().let_in(entry, now)
        if self.schedule is not None and entry.entered_ms > 0:
            self.schedule.spans = {
                **self.schedule.spans,
                "preparation": self.schedule.spans["preparation"] + entry.entered_ms,
            }


laptop, phone = factories(laptop=Generous)
