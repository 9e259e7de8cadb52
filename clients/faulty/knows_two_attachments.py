"""However many attachments the exam has, two are listed."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import AttachmentShown

BREAKS = "ATT-1"
EXAM = "strict-2026"  # the default exam has two


class ListsTwo(Laptop):
    def attachments_shown(self) -> tuple[AttachmentShown, ...]:
        return super().attachments_shown()[:2]


laptop, phone = factories(laptop=ListsTwo)
