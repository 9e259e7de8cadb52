"""【人脸登录】 takes the picture and sends nothing."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "LOGIN-2"


class SendsNothing(Laptop):
    def send_still(self, now: int) -> DoResult:
        self.take_still(now)
        return DONE


laptop, phone = factories(laptop=SendsNothing)
