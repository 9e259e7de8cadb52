"""While the network is gone, the pages stand still."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "NET-1"
DECLARED = {
    "END-6": "an interview whose end does not come offline has no deadline that could pass",
    "END-2": "where the outage outlasts the interview, the page that stands still keeps the upload's page from coming",
}


class StopsOffline(Laptop):
    def follow_stages(self, now: int) -> None:
        if not self.links.offline(now):
            super().follow_stages(now)


laptop, phone = factories(laptop=StopsOffline)
