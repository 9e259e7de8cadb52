"""Once the service holds the evidence the phone deletes it; the laptop keeps its own: right on one device only."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "END-7"


class DeletesTheEvidence(Phone):
    def step(self, now: int) -> None:
        if self.upload_is_complete():
            self.discard_recordings()
        super().step(now)


laptop, phone = factories(phone=DeletesTheEvidence)
