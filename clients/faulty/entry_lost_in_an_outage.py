"""An entry that an outage swallowed is not asked for again, and 【进入考试】 stays grey."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.links import Asked, Links
from harness.protocol.client import Failure

BREAKS = "NET-4"
NEVER = 10**12


class TriesOnce(Links):
    def _broke(self, asked: Asked, failure: Failure, now: int) -> None:
        super()._broke(asked, failure, now)
        if asked.name == "entry":
            asked.backoff.due = NEVER


class EntersOnce(Laptop):
    links_type = TriesOnce


laptop, phone = factories(laptop=EntersOnce)
