"""Choosing another microphone changes the list alone, not what is recorded."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "DEV-5"
DECLARED = {
    "DEV-7": "it is not the chosen microphone that it misses when that one is gone",
}


class FirstMicrophone(Laptop):
    def recorded_microphone(self) -> str:
        return self.first("microphone") or ""


laptop, phone = factories(laptop=FirstMicrophone)
