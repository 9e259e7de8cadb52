"""On the page of success 【重新上传】 does nothing: what was held once is never asked for again."""

from __future__ import annotations

from clients.headless.core import DONE
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import Page

BREAKS = "END-7"


class NothingToUploadAgain(Laptop):
    def retry(self) -> DoResult:
        return DONE if self.page is Page.DONE else super().retry()


laptop, phone = factories(laptop=NothingToUploadAgain)
