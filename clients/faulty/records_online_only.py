"""Recording stops while the network is gone."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.recordings import Source
from harness.protocol.vocabulary import Stream

BREAKS = "NET-2"


class RecordsOnlineOnly(Laptop):
    def wanted(self) -> dict[Stream, Source]:
        return {} if self.links.offline(self.now) else super().wanted()


laptop, phone = factories(laptop=RecordsOnlineOnly)
