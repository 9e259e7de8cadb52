"""After a break the evidence is sent from its first byte again, as a new upload."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import CompleteUploads, Phone
from clients.headless.uploader import Upload

BREAKS = "EVID-7"


class StartsOver(CompleteUploads):
    def offset_after_break(self, upload: Upload, told: int) -> int:
        upload.segment.upload = ""
        return told


class Restarts(Phone):
    uploads_type = StartsOver


laptop, phone = factories(phone=Restarts)
