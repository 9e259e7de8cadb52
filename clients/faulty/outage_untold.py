"""The candidate is not told that the network is gone."""

from __future__ import annotations

from typing import Literal

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Alert, AlertCode

BREAKS = "NET-1"


class SaysNothing(Laptop):
    def network(self) -> Literal["online", "offline"]:
        return "online"

    def alerts(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in super().alerts() if alert.code is not AlertCode.OFFLINE)


laptop, phone = factories(laptop=SaysNothing)
