"""Started again while the network is gone, the phone can't ask where it stands, and begins as if it had filmed nothing."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-12"


class ForgetsOffline(Phone):
    def step(self, now: int) -> None:
        if self.links.offline(now) and self.journal.interrupted and not self.recordings.running:
            self.journal.segments.clear()
        super().step(now)


laptop, phone = factories(phone=ForgetsOffline)
