"""Login opens long after the window has."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "LOGIN-2"


class OpensLate(Laptop):
    def login_is_open(self) -> bool:
        return (
            super().login_is_open()
            and self.exam_info is not None
            and self.exam_time >= self.exam_info.windows["login_opens"] + 3_000
        )


laptop, phone = factories(laptop=OpensLate)
