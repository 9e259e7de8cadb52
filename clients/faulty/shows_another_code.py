"""The text code is not the one that the QR code binds."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "BIND-2"


class ShowsAnotherCode(Laptop):
    def shown_code(self) -> str:
        return super().shown_code()[::-1]


laptop, phone = factories(laptop=ShowsAnotherCode)
