"""Only the first camera is listed."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import DeviceShown

BREAKS = "DEV-1"


class ListsOne(Laptop):
    def devices_shown(self) -> tuple[DeviceShown, ...]:
        shown = super().devices_shown()
        cameras = [device for device in shown if device.kind == "camera"]
        hidden = cameras[1:] if len(cameras) > 1 and not self.refreshed_list else []
        return tuple(device for device in shown if device not in hidden)

    refreshed_list = False

    def refresh_devices(self) -> DoResult:
        self.refreshed_list = True
        return super().refresh_devices()


laptop, phone = factories(laptop=ListsOne)
