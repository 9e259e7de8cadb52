"""A failed upload is tried again when 【重新上传】 is pressed, once; a second press does nothing."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Segment
from clients.headless.uploader import Uploads

BREAKS = "END-5"


class TriesOnce(Uploads):
    given_up = False
    presses = 0

    def tick(self, now: int) -> None:
        self.given_up |= self.failing() and all(segment.complete for segment in self._journal.segments)
        super().tick(now)

    def may_send(self, segment: Segment) -> bool:
        return not self.given_up and super().may_send(segment)

    def failing(self) -> bool:
        return self.given_up or super().failing()

    def retry(self) -> None:
        self.presses += 1
        if self.presses == 1:
            self.given_up = False
            super().retry()


class RetriesOnce(Laptop):
    uploads_type = TriesOnce


laptop, phone = factories(laptop=RetriesOnce)
