"""The laptop never says that the phone is bound."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import BindingShown

BREAKS = "BIND-7"
DECLARED = {"NET-4": "a phone that is never shown as bound is not shown after an outage of the binding either"}


class HidesTheBinding(Laptop):
    def binding_shown(self) -> BindingShown:
        return msgspec.structs.replace(super().binding_shown(), bound=False)


laptop, phone = factories(laptop=HidesTheBinding)
