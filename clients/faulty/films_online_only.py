"""Evidence recording stops while the network is gone."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-4"


class FilmsOnlineOnly(Phone):
    def is_filming(self) -> bool:
        return super().is_filming() and not self.links.offline(self.now)


laptop, phone = factories(phone=FilmsOnlineOnly)
