"""What is left to upload at the end waits for a press of 【重新上传】."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Segment
from clients.headless.uploader import Uploads

BREAKS = "END-9"
DECLARED = {
    "END-6": "nor does it arrive by itself after the deadline, when the network is back",
    "NET-4": "what an outage left to upload waits for the press as well",
    "NET-3": "an upload that waits for a press does not complete by itself after an outage either",
}


class NeedsAPress(Uploads):
    pressed = False

    def retry(self) -> None:
        self.pressed = True
        super().retry()

    def may_send(self, segment: Segment) -> bool:
        return super().may_send(segment) and (self.pressed or not segment.complete)


class WaitsForAPress(Laptop):
    uploads_type = NeedsAPress


laptop, phone = factories(laptop=WaitsForAPress)
