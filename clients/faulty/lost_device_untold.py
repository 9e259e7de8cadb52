"""A camera or microphone that is pulled out in the interview is not mentioned."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import AlertCode

BREAKS = "DEV-7"


class LostDeviceUntold(Laptop):
    def tell_lost_devices(self) -> None:
        super().tell_lost_devices()
        self.unsay(AlertCode.DEVICE_LOST)


laptop, phone = factories(laptop=LostDeviceUntold)
