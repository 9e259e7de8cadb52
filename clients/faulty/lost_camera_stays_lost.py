"""A camera that was pulled out once is recorded no more, whichever is chosen."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "DEV-7"


class LostCameraStaysLost(Laptop):
    lost_once = False

    def camera_is_due(self) -> bool:
        due = super().camera_is_due()
        self.lost_once |= due and not self.is_present(self.kept.camera)
        return due and not (self.lost_once and self.is_present(self.kept.camera))


laptop, phone = factories(laptop=LostCameraStaysLost)
