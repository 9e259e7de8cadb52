"""The faulty clients as the commands need them: who breaks what, and what is declared to fall with it. Reads `clients.faulty.catalogue`."""

from __future__ import annotations

import importlib
from functools import cache
from typing import cast

import msgspec

from harness.core.plan import Speed


class FaultyClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client built to break one requirement. `declared`: what else falls with it, and why. `exam` and `speed`: the only
    ones at which it is seen to be wrong; without them, any.
    """

    name: str
    breaks: str
    client: str
    declared: dict[str, str]
    summary: str
    speed: Speed | None = None
    exam: str = ""


@cache
def faulty_clients() -> tuple[FaultyClient, ...]:
    """All of them, in the catalogue's order."""
    catalogue = importlib.import_module("clients.faulty.catalogue")
    return tuple(
        FaultyClient(
            name=each.name,
            breaks=each.breaks,
            client=each.client,
            declared=dict(each.declared),
            summary=" ".join(each.summary.split()),
            speed=cast("Speed", each.speed) or None,
            exam=each.exam,
        )
        for each in catalogue.FAULTY
    )


def breaking(identifier: str) -> tuple[str, ...]:
    """The names of those built to break one requirement."""
    return tuple(client.name for client in faulty_clients() if client.breaks == identifier)
