"""A typed code is sent without its last sign, so that no right code ever binds."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.client import DoResult
from harness.protocol.exam_api import BindBody

BREAKS = "BIND-4"


class LosesASign(Phone):
    def bind(self, body: BindBody) -> DoResult:
        return super().bind(body if body.payload else BindBody(code=body.code[:-1]))


laptop, phone = factories(phone=LosesASign)
