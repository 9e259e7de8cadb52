"""Success is shown when everything is held until the network has failed once; then as soon as the interview is over."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "END-4"


class SucceedsEarly(Laptop):
    failed = False

    def recovered(self, now: int) -> None:
        super().recovered(now)
        self.failed = self.inside

    def upload_is_complete(self) -> bool:
        return super().upload_is_complete() or (self.ended and self.failed)


laptop, phone = factories(laptop=SucceedsEarly)
