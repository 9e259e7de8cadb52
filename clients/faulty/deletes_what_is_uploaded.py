"""Once the service holds everything the laptop deletes its recordings."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "END-7"


class DeletesWhatIsUploaded(Laptop):
    def step(self, now: int) -> None:
        if self.upload_is_complete():
            self.discard_recordings()
        super().step(now)


laptop, phone = factories(laptop=DeletesWhatIsUploaded)
