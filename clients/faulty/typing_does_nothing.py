"""A typed code is taken and never sent."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.client import DoResult
from harness.protocol.exam_api import BindBody

BREAKS = "BIND-4"


class TypingDoesNothing(Phone):
    def bind(self, body: BindBody) -> DoResult:
        return super().bind(body) if body.payload else DONE


laptop, phone = factories(phone=TypingDoesNothing)
