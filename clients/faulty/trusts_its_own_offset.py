"""After a break sending goes on from what was sent, not from what the service holds."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.uploader import Upload, Uploads

BREAKS = "NET-6"


class TrustsItself(Uploads):
    def offset_after_break(self, upload: Upload, told: int) -> int:
        if upload.backoff.attempts > 1:
            return told
        upload.backoff.failed(0, 0)
        return min(told + 4_096, self._storage.size(upload.segment.recording))


class OwnOffset(Laptop):
    uploads_type = TrustsItself


laptop, phone = factories(laptop=OwnOffset)
