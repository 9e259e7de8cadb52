"""Killed and started again, the phone shows its page and films nothing any more, even when it is bound again."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone

BREAKS = "EVID-12"


class FilmsNoMore(Phone):
    def is_filming(self) -> bool:
        return super().is_filming() and not self.journal.interrupted


laptop, phone = factories(phone=FilmsNoMore)
