"""A device that was pulled out stays in the list."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import DeviceShown

BREAKS = "DEV-3"


class KeepsWhatIsGone(Laptop):
    remembered: tuple[DeviceShown, ...] = ()

    def devices_shown(self) -> tuple[DeviceShown, ...]:
        shown = super().devices_shown()
        ids = {device.id for device in shown}
        self.remembered = (*shown, *(device for device in self.remembered if device.id not in ids))
        return self.remembered if shown else ()


laptop, phone = factories(laptop=KeepsWhatIsGone)
