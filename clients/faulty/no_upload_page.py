"""No upload page comes: the last page stays until all is uploaded."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import Page, View

BREAKS = "END-2"


class NoUploadPage(Laptop):
    def compose(self) -> View:
        view = super().compose()
        return msgspec.structs.replace(view, page=Page.LESSON, upload={}) if view.page is Page.UPLOAD else view


laptop, phone = factories(laptop=NoUploadPage)
