"""The candidate is told to pan, and not at which angle to fix the phone."""

from __future__ import annotations

from msgspec.structs import replace

from clients.headless import texts
from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.vocabulary import View

BREAKS = "EVID-9"


class AngleUnsaid(Phone):
    def compose(self) -> View:
        view = super().compose()
        return replace(view, text=tuple(text for text in view.text if text != texts.PLACE))


laptop, phone = factories(phone=AngleUnsaid)
