"""The code is in use by another phone: refused, the phone films all the same."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.messages import Response

BREAKS = "BIND-8"


class FilmsAnyway(Phone):
    in_use = False

    def bind_answered(self, reply: Response, now: int) -> None:
        self.in_use = reply.problem is not None and reply.problem.code == "code-used"
        super().bind_answered(reply, now)

    def is_filming(self) -> bool:
        return super().is_filming() or self.in_use


laptop, phone = factories(phone=FilmsAnyway)
