"""Art: the skill test counts nothing down."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Countdown

BREAKS = "ANS-13"


class NoCountdown(Laptop):
    def countdowns_shown(self) -> tuple[Countdown, ...]:
        return tuple(item for item in super().countdowns_shown() if item.stage != "skill_test")


laptop, phone = factories(laptop=NoCountdown)
