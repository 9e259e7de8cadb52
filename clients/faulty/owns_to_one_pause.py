"""Filming pauses while the app is left; the service is told of it on the first return, and of no later one."""

from __future__ import annotations

from typing import Literal

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import Act

BREAKS = "EVID-8"


class OwnsToOne(Phone):
    away = False
    owned = False

    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        if act in (Act.LEAVE, Act.RETURN):
            self.away = act is Act.LEAVE
        if act is Act.RETURN and not self.owned:
            self.owned = True
            self.reports.incident("gap", self.exam_time)
        return super().do(act, args, now)

    def leave(self, what: Literal["app-left", "gap"]) -> DoResult:
        return DoResult("done")

    def is_filming(self) -> bool:
        return super().is_filming() and not self.away


laptop, phone = factories(phone=OwnsToOne)
