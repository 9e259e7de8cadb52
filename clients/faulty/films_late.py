"""Evidence recording starts seconds after the binding."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.exam_api import BindReply

BREAKS = "BIND-6"


class FilmsLate(Phone):
    bound_at: int | None = None

    def bound(self, binding: BindReply, now: int) -> None:
        self.bound_at = now
        super().bound(binding, now)

    def is_filming(self) -> bool:
        return super().is_filming() and (self.bound_at is None or self.now >= self.bound_at + 5_000)


laptop, phone = factories(phone=FilmsLate)
