"""Recordings are uploaded live until the network has failed once; from then on only when they are complete."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Segment
from clients.headless.uploader import Uploads

BREAKS = "ENTER-7"


class LiveUntilAnOutage(Uploads):
    failed = False

    def tick(self, now: int) -> None:
        self.failed |= self._links.offline(now)
        super().tick(now)

    def may_send(self, segment: Segment) -> bool:
        return super().may_send(segment) and (segment.complete or not self.failed)


class NoLongerLive(Laptop):
    uploads_type = LiveUntilAnOutage


laptop, phone = factories(laptop=NoLongerLive)
