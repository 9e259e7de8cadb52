"""Choosing another camera changes the list alone, not what is recorded."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "DEV-4"


class FirstCamera(Laptop):
    def recorded_camera(self) -> str:
        return self.first("camera") or ""


laptop, phone = factories(laptop=FirstCamera)
