"""No camera at all is called failed, without a word of why."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.capture import DeviceState
from harness.protocol.vocabulary import AlertCode

BREAKS = "PREP-2"


class GivesNoReason(Laptop):
    def check_device(self, device: str | None, missing: AlertCode, now: int) -> DeviceState:
        if device is None and missing is AlertCode.NO_CAMERA:
            self.unsay(missing)
            return DeviceState(state="failed")
        return super().check_device(device, missing, now)


laptop, phone = factories(laptop=GivesNoReason)
