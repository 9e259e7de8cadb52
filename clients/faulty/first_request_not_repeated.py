"""Where the very first request finds no service, it is not repeated before the candidate presses something."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.links import Asked, Links
from harness.protocol.client import DoResult, Failure

BREAKS = "PREP-5"


class AsksOnce(Links):
    given_up = False

    def hurry(self) -> None:
        self.given_up = False
        super().hurry()

    def tick(self, now: int) -> None:
        if not self.given_up:
            super().tick(now)

    def next_due(self, now: int) -> int | None:
        return None if self.given_up and self.offline(now) else super().next_due(now)

    def _broke(self, asked: Asked, failure: Failure, now: int) -> None:
        self.given_up = self.given_up or not self.heard_at
        super()._broke(asked, failure, now)


class WaitsForAPress(Laptop):
    links_type = AsksOnce

    def proceed(self, now: int) -> DoResult:
        self.links.hurry()
        return super().proceed(now)


laptop, phone = factories(laptop=WaitsForAPress)
