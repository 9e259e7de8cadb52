"""The phone's upload survives one break of the network; at the second it is given up."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import CompleteUploads, Phone
from clients.headless.recordings import Segment

BREAKS = "EVID-6"


class OneOutage(CompleteUploads):
    outages = 0
    out = False

    def tick(self, now: int) -> None:
        out = self._links.offline(now)
        self.outages += out and not self.out
        self.out = out
        super().tick(now)

    def may_send(self, segment: Segment) -> bool:
        return self.outages < 2 and super().may_send(segment)


class SurvivesOne(Phone):
    uploads_type = OneOutage


laptop, phone = factories(phone=SurvivesOne)
