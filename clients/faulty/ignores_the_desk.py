"""A login that the desk completed is not taken up."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.messages import Push

BREAKS = "LOGIN-5"


class IgnoresTheDesk(Laptop):
    def claim_login(self) -> None:
        pass

    def told(self, push: Push, now: int) -> None:
        if push.event != "login-completed":
            super().told(push, now)


laptop, phone = factories(laptop=IgnoresTheDesk)
