"""Success is shown when the last slice has left, before the service has confirmed anything."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "END-4"


class SucceedsEarly(Laptop):
    def upload_is_complete(self) -> bool:
        return self.ended and not self.recordings.running


laptop, phone = factories(laptop=SucceedsEarly)
