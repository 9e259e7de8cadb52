"""At the end nobody is told to stop the phone."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Alert, AlertCode

BREAKS = "END-10"


class ForgetsThePhone(Laptop):
    def closing_alerts(self) -> list[Alert]:
        return [alert for alert in super().closing_alerts() if alert.code is not AlertCode.STOP_PHONE]


laptop, phone = factories(laptop=ForgetsThePhone)
