"""【进入考试】 waits for the push: lost, the button stays inactive whatever the candidate presses."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ENTER-3"


class TrustsThePush(Laptop):
    def entry_is_open(self) -> bool:
        return self.entry_pushed and not self.entry_is_over()


laptop, phone = factories(laptop=TrustsThePush)
