"""The last attachment is not listed."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import AttachmentShown

BREAKS = "ATT-1"


class HidesOne(Laptop):
    def attachments_shown(self) -> tuple[AttachmentShown, ...]:
        return super().attachments_shown()[:-1]


laptop, phone = factories(laptop=HidesOne)
