"""Once the candidate is in, a host is told that the plan does not list."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import Cancel, Send
from harness.protocol.messages import Request

BREAKS = "PRIV-3"


class PhonesHome(Laptop):
    reported = False

    def outbox(self) -> list[Send | Cancel]:
        sending = super().outbox()
        if self.entered and not self.reported:
            self.reported = True
            telemetry = Request(method="GET", path="http://127.0.0.2:8080/telemetry")
            sending.append(Send(key=0, request=telemetry, timeout_ms=1_000))
        return sending


laptop, phone = factories(laptop=PhonesHome)
