"""A request that takes longer than a stall is given up, though it moves all the time."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.links import Asked, Links
from harness.protocol.client import Cancel

BREAKS = "NET-5"


class Impatient(Links):
    def tick(self, now: int) -> None:
        for asked in self._waiting():
            if asked.key is not None and now >= asked.sent_at + self.stall_ms:
                self._outbox.append(Cancel(key=asked.key))
                asked.key = None
                self._broke(asked, "timeout", now)
        super().tick(now)

    def next_due(self, now: int) -> int | None:
        times = [super().next_due(now), *(asked.sent_at + self.stall_ms for asked in self._waiting())]
        return min((at for at in times if at is not None), default=None)

    def _waiting(self) -> list[Asked]:
        return [asked for asked in self._asked.values() if asked.key is not None and asked.pushed is None]


class ImpatientLaptop(Laptop):
    links_type = Impatient


laptop, phone = factories(laptop=ImpatientLaptop)
