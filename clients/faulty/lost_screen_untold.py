"""That the screen is not recorded is not said."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import AlertCode

BREAKS = "ENTER-10"


class LostScreenUntold(Laptop):
    def tell_lost_devices(self) -> None:
        super().tell_lost_devices()
        self.unsay(AlertCode.NO_SCREEN)


laptop, phone = factories(laptop=LostScreenUntold)
