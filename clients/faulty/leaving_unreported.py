"""That the candidate switched to another window is not reported."""

from __future__ import annotations

from typing import Literal

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "ENTER-8"


class LeavingUnreported(Laptop):
    def leave(self, what: Literal["focus-lost", "focus-regained"]) -> DoResult:
        return DONE


laptop, phone = factories(laptop=LeavingUnreported)
