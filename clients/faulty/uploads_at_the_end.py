"""Nothing is uploaded before a recording is complete."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Segment
from clients.headless.uploader import Uploads

BREAKS = "ENTER-7"


class AtTheEnd(Uploads):
    def may_send(self, segment: Segment) -> bool:
        return segment.complete


class UploadsLate(Laptop):
    uploads_type = AtTheEnd


laptop, phone = factories(laptop=UploadsLate)
