"""The face picture is taken by the camera that was found last, whichever is shown."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "LOGIN-3"


class AnotherCamera(Laptop):
    def take_still(self, now: int) -> bytes:
        cameras = [device.id for device in self.present if device.kind == "camera"]
        return self.capture.still(cameras[-1], now)


laptop, phone = factories(laptop=AnotherCamera)
