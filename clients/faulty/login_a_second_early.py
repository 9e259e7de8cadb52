"""【人脸登录】 can be pressed a second before login opens."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "LOGIN-1"


class ASecondEarly(Laptop):
    def login_is_open(self) -> bool:
        if self.exam_info is None or not self.clock.known:
            return False
        return self.exam_time >= self.exam_info.windows["login_opens"] - 1_000


laptop, phone = factories(laptop=ASecondEarly)
