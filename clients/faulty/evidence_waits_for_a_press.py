"""Stopped evidence is uploaded only when the candidate presses 【重新上传】."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import CompleteUploads, Phone
from clients.headless.recordings import Segment

BREAKS = "EVID-6"
DECLARED = {
    "EVID-12": "what was filmed before a kill waits for the press as well",
    "NET-4": "nor does what was filmed over an outage arrive without it",
}


class WaitsForAPress(CompleteUploads):
    pressed = False

    def retry(self) -> None:
        self.pressed = True
        super().retry()

    def may_send(self, segment: Segment) -> bool:
        return self.pressed and super().may_send(segment)


class Waits(Phone):
    uploads_type = WaitsForAPress


laptop, phone = factories(phone=Waits)
