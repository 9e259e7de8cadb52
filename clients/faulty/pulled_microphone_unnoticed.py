"""A microphone that is pulled out once it was checked goes unnoticed."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.capture import DeviceState
from harness.protocol.vocabulary import AlertCode

BREAKS = "PREP-3"


class ChecksItOnce(Laptop):
    def check_device(self, device: str | None, missing: AlertCode, now: int) -> DeviceState:
        if device is None and missing is AlertCode.NO_MICROPHONE and "microphone" in self.checks:
            return self.checks["microphone"]
        return super().check_device(device, missing, now)


laptop, phone = factories(laptop=ChecksItOnce)
