"""Opening an attachment shows another file."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import AttachmentShown

BREAKS = "ATT-5"


class ShowsAnotherFile(Laptop):
    def attachments_shown(self) -> tuple[AttachmentShown, ...]:
        shown = super().attachments_shown()
        texts = [item.text for item in shown][::-1]
        return tuple(msgspec.structs.replace(item, text=text) for item, text in zip(shown, texts, strict=True))


laptop, phone = factories(laptop=ShowsAnotherFile)
