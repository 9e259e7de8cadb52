"""Once the candidate has entered, nothing says that the network is gone."""

from __future__ import annotations

from typing import Literal

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Alert, AlertCode

BREAKS = "NET-1"


class SaysNothing(Laptop):
    def network(self) -> Literal["online", "offline"]:
        return "online" if self.entered else super().network()

    def alerts(self) -> tuple[Alert, ...]:
        told = super().alerts()
        return tuple(alert for alert in told if alert.code is not AlertCode.OFFLINE) if self.entered else told


laptop, phone = factories(laptop=SaysNothing)
