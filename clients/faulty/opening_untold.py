"""Before the window the candidate is not told when login opens."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Alert, AlertCode

BREAKS = "LOGIN-1"


class SaysNothing(Laptop):
    def door_alerts(self) -> list[Alert]:
        return [alert for alert in super().door_alerts() if alert.code is not AlertCode.TOO_EARLY]


laptop, phone = factories(laptop=SaysNothing)
