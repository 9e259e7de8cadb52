"""A wrong code is refused without a word."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.messages import Response

BREAKS = "BIND-5"


class RefusesSilently(Phone):
    def bind_answered(self, reply: Response, now: int) -> None:
        if reply.ok:
            super().bind_answered(reply, now)


laptop, phone = factories(phone=RefusesSilently)
