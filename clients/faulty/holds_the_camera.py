"""The camera is held, and looked at, after the end."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "PRIV-6"
DECLARED = {
    "END-1": "its statement asks for the release of the devices as well",
}


class HoldsTheCamera(Laptop):
    def step(self, now: int) -> None:
        super().step(now)
        if self.ended and self.is_present(self.kept.camera):
            self.capture.check(self.kept.camera, now)

    def wakeups(self) -> list[int | None]:
        return [*super().wakeups(), self.now + 200 if self.ended else None]


laptop, phone = factories(laptop=HoldsTheCamera)
