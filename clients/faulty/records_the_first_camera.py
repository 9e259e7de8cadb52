"""Choosing another camera changes the list alone, not what is recorded."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "DEV-4"
DECLARED = {
    "DEV-7": "it is not the chosen camera that it misses when that one is gone",
}


class FirstCamera(Laptop):
    def recorded_camera(self) -> str:
        return self.first("camera") or ""


laptop, phone = factories(laptop=FirstCamera)
