"""Closing before success is neither warned about nor blocked."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "END-3"


class ClosesAtOnce(Laptop):
    def close_window(self) -> DoResult:
        return DONE


laptop, phone = factories(laptop=ClosesAtOnce)
