"""The QR code is drawn for another exam than the one that the candidate sits."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "BIND-1"


class OfAnotherExam(Laptop):
    def qr_payload(self) -> str:
        kind, exam, code = ["", "", "", *super().qr_payload().split(":")][-3:]
        return f"{kind}:{exam[::-1]}:{code}" if code else ""


laptop, phone = factories(laptop=OfAnotherExam)
