"""A code that an outage swallowed is not sent again, and none can be typed any more."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.links import Asked, Links
from clients.headless.phone import Phone
from harness.protocol.client import Failure

BREAKS = "NET-4"
NEVER = 10**12


class TriesOnce(Links):
    def _broke(self, asked: Asked, failure: Failure, now: int) -> None:
        super()._broke(asked, failure, now)
        if asked.name == "bind":
            asked.backoff.due = NEVER


class BindsOnce(Phone):
    links_type = TriesOnce


laptop, phone = factories(phone=BindsOnce)
