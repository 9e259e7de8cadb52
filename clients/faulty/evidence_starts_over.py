"""After a break the evidence is deleted from the service and sent from its first byte again."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import CompleteUploads, Phone
from clients.headless.uploader import Upload
from harness.protocol.messages import Response

BREAKS = "EVID-7"


class StartsOver(CompleteUploads):
    def _told_offset(self, upload: Upload, reply: Response, now: int) -> None:
        if reply.ok and reply.headers.get("upload-offset", "0") != "0":
            self._take_back(upload)
        else:
            super()._told_offset(upload, reply, now)


class Restarts(Phone):
    uploads_type = StartsOver


laptop, phone = factories(phone=Restarts)
