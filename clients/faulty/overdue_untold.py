"""When the deadline for the upload is over nobody is told to call the desk."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Alert, AlertCode

BREAKS = "END-6"


class OverdueUntold(Laptop):
    def closing_alerts(self) -> list[Alert]:
        return [alert for alert in super().closing_alerts() if alert.code is not AlertCode.UPLOAD_OVERDUE]


laptop, phone = factories(laptop=OverdueUntold)
