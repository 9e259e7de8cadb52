"""Killed and started again, the phone has forgotten what it had filmed before."""

from __future__ import annotations

from collections.abc import Callable

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.capture import Capture
from harness.protocol.client import Storage

BREAKS = "EVID-12"


class Forgets(Phone):
    def __init__(self, *, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        super().__init__(storage=storage, capture=capture, mint=mint)
        self.journal.segments.clear()


laptop, phone = factories(phone=Forgets)
