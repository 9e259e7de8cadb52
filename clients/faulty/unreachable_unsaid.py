"""As long as the exam's plan has not come, nothing is said of a network that is not there."""

from __future__ import annotations

from typing import Literal

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Alert, AlertCode

BREAKS = "PREP-5"


class StartsSilently(Laptop):
    def network(self) -> Literal["online", "offline"]:
        return "online" if self.exam_info is None else super().network()

    def alerts(self) -> tuple[Alert, ...]:
        told = super().alerts()
        return told if self.exam_info is not None else tuple(a for a in told if a.code is not AlertCode.OFFLINE)


laptop, phone = factories(laptop=StartsSilently)
