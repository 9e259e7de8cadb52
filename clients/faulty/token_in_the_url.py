"""The token stands in an address."""

from __future__ import annotations

import msgspec

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.links import Links, Make
from harness.protocol.messages import Request

BREAKS = "PRIV-3"


class InTheUrl(Links):
    def ask(self, name: str, request: Request | Make, *rest: object, **more: object) -> None:
        if name == "session" and isinstance(request, Request):
            request = msgspec.structs.replace(request, path=f"{request.path}?access_token={self._bearer()}")
        super().ask(name, request, *rest, **more)  # type: ignore[arg-type]  # handed on as they came


class TokenInTheUrl(Laptop):
    links_type = InTheUrl


laptop, phone = factories(laptop=TokenInTheUrl)
