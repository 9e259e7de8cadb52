"""When the deadline for the upload is over the recordings are thrown away, though the candidate is told to call the desk."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "END-6"


class ThrowsAway(Laptop):
    def step(self, now: int) -> None:
        if self.upload_is_overdue() and self.links.offline(now):
            self.discard_recordings()
        super().step(now)

    def upload_is_overdue(self) -> bool:
        self.overdue_once |= super().upload_is_overdue()
        return self.overdue_once

    overdue_once = False


laptop, phone = factories(laptop=ThrowsAway)
