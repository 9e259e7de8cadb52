"""An outage that outlasts the interview is never recovered from: the upload is given up."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Segment
from clients.headless.uploader import Uploads

BREAKS = "NET-3"
DECLARED = {
    "END-6": "what was given up in an outage over the end does not come after the deadline either",
}


class GivesUp(Uploads):
    given_up = False

    def tick(self, now: int) -> None:
        self.given_up |= self._links.offline(now) and any(segment.complete for segment in self._journal.segments)
        super().tick(now)

    def may_send(self, segment: Segment) -> bool:
        return not self.given_up and super().may_send(segment)


class GivesUpUploading(Laptop):
    uploads_type = GivesUp


laptop, phone = factories(laptop=GivesUpUploading)
