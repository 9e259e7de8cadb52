"""What was scanned is sent without its last sign, so that scanning never binds."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.client import DoResult
from harness.protocol.exam_api import BindBody

BREAKS = "BIND-3"


class LosesASign(Phone):
    def bind(self, body: BindBody) -> DoResult:
        return super().bind(BindBody(payload=body.payload[:-1]) if body.payload else body)


laptop, phone = factories(phone=LosesASign)
