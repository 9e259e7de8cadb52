"""A failed upload says nothing and shows nobody to call."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Alert, AlertCode

BREAKS = "END-5"


class SaysNothing(Laptop):
    def closing_alerts(self) -> list[Alert]:
        return [alert for alert in super().closing_alerts() if alert.code is not AlertCode.UPLOAD_FAILED]


laptop, phone = factories(laptop=SaysNothing)
