"""Credentials and identities in a request's address, where proxies and logs keep them: observed, and answered as if nothing were wrong.

A binding code is used once and none; an upload's or a recording's id opens nothing without a token. Called by the application.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

from harness.service.call import Call

_BETWEEN: Final = re.compile(r"[/?&=;:,#]+")


def exposed(call: Call) -> None:
    """Says on the call what its address holds. Where nothing else tells whose request it is, a token there does."""
    words = _BETWEEN.split(unquote_plus(call.request.path))
    registry = call.tools.registry
    found = next((registry.tokens[word] for word in words if word in registry.tokens), None)
    if found is not None:
        seat, caller = found
        call.url_holds = "ticket" if caller == "ticket" else "token"
        call.seat_or_none, call.exam = seat, registry.exams[seat.exam]
        return
    bearer = registry.tokens.get(call.header("authorization").partition(" ")[2].strip())
    if bearer is not None:
        entrant = bearer[0].entrant
        named = {entrant.id_number, entrant.admission_number, entrant.phone, entrant.name} - {""}
        if not named.isdisjoint(words):
            call.url_holds = "identity"
