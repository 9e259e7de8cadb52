"""After an outage the slice before it is sent once more, as if it were new."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.uploader import Uploads

BREAKS = "NET-2"


class Twice(Uploads):
    again: bytes = b""

    def recorded(self, recording: str, offset: int, size: int) -> bytes:
        data = super().recorded(recording, offset, size)
        if self._gate.attempts and offset:
            return super().recorded(recording, max(0, offset - len(data)), len(data)) or data
        return data


class SendsTwice(Laptop):
    uploads_type = Twice


laptop, phone = factories(laptop=SendsTwice)
