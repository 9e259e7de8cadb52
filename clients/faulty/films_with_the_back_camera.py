"""The back camera is recorded."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-1"


class BackCamera(Phone):
    def filmed_camera(self) -> str | None:
        return self.first("camera", "environment")


laptop, phone = factories(phone=BackCamera)
