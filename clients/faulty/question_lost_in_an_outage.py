"""A question that could not be had at T0, the network being gone, is given up for good, whatever is pressed."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult

BREAKS = "NET-4"


class FetchesOnline(Laptop):
    missed = False

    def fetch_question(self) -> DoResult:
        self.missed |= self.links.offline(self.now)
        return DONE if self.missed else super().fetch_question()


laptop, phone = factories(laptop=FetchesOnline)
