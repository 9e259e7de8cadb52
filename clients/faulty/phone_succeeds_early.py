"""The phone shows success as soon as the upload has begun."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-11"


class SucceedsEarly(Phone):
    def upload_is_complete(self) -> bool:
        return self.kept.stopped and not self.recordings.running


laptop, phone = factories(phone=SucceedsEarly)
