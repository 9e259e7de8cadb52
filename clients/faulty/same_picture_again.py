"""A second press of 【人脸登录】 sends the first one's picture again."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "LOGIN-3"


class SendsItAgain(Laptop):
    taken = b""

    def take_still(self, now: int) -> bytes:
        self.taken = self.taken or super().take_still(now)
        return self.taken


laptop, phone = factories(laptop=SendsItAgain)
