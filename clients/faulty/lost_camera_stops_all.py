"""With the camera gone nothing is recorded, the screen neither."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Source
from harness.protocol.vocabulary import Stream

BREAKS = "DEV-7"


class LostCameraStopsAll(Laptop):
    def wanted(self) -> dict[Stream, Source]:
        found = super().wanted()
        return found if Stream.CAMERA in found or not self.camera_is_due() else {}


laptop, phone = factories(laptop=LostCameraStopsAll)
