"""The phone shows success as soon as the upload has begun."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-11"
DECLARED = {
    "END-7": "a recording that the service lost is called uploaded again before it is, so that nothing more is sent",
}


class SucceedsEarly(Phone):
    def upload_is_complete(self) -> bool:
        return self.kept.stopped and not self.recordings.running


laptop, phone = factories(phone=SucceedsEarly)
