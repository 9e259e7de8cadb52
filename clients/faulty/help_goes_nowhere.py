"""【求助】 says that it was sent, and sends nothing."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import AlertCode

BREAKS = "ANS-12"


class HelpGoesNowhere(Laptop):
    def help(self, text: str) -> DoResult:
        self.say(AlertCode.HELP_SENT)
        return DONE


laptop, phone = factories(laptop=HelpGoesNowhere)
