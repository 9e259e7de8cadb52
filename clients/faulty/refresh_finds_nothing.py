"""【刷新设备】 lists nothing that was plugged in later."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "DEV-2"


class FindsNothing(Laptop):
    def list_devices(self) -> None:
        before = self.listed
        super().list_devices()
        self.listed = tuple(device for device in self.listed if device in before) if before else self.listed


laptop, phone = factories(laptop=FindsNothing)
