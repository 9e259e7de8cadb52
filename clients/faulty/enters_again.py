"""After the end 【进入考试】 leads back into the interview."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import Act, Page, View

BREAKS = "END-8"


class EntersAgain(Laptop):
    back = False

    def controls(self) -> dict[Act, bool]:
        return {**super().controls(), **({Act.ENTER: True} if self.page is Page.DONE else {})}

    def enter(self) -> DoResult:
        self.back = self.ended
        return super().enter()

    def compose(self) -> View:
        view = super().compose()
        return msgspec.structs.replace(view, page=Page.LESSON) if self.back and view.page is Page.DONE else view


laptop, phone = factories(laptop=EntersAgain)
