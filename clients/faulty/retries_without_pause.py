"""Failed requests are repeated at once, many times a second."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.uploader import Upload, Uploads

BREAKS = "NET-5"


class Hasty(Uploads):
    def _broke(self, upload: Upload, now: int) -> None:
        super()._broke(upload, now)
        upload.backoff.due = self._gate.due = now + 20


class RetriesHastily(Laptop):
    uploads_type = Hasty


laptop, phone = factories(laptop=RetriesHastily)
