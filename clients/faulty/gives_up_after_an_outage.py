"""An outage that outlasts the interview is never recovered from: the upload is given up."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Segment
from clients.headless.uploader import Uploads

BREAKS = "NET-3"


class GivesUp(Uploads):
    def may_send(self, segment: Segment) -> bool:
        return super().may_send(segment) and not (segment.complete and self._gate.attempts > 3)


class GivesUpUploading(Laptop):
    uploads_type = GivesUp


laptop, phone = factories(laptop=GivesUpUploading)
