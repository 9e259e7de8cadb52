"""Countdowns show one second more than are left: right within their own step just after each change, and wrong before the next."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Countdown

BREAKS = "ANS-17"


class ASecondOff(Laptop):
    def countdowns_shown(self) -> tuple[Countdown, ...]:
        shown = super().countdowns_shown()
        return tuple(msgspec.structs.replace(each, remaining_ms=each.remaining_ms + 1_000) for each in shown)


laptop, phone = factories(laptop=ASecondOff)
