"""The faulty clients as the commands need them: who breaks what, and what is declared to fall with it.

The headless ones stand in `clients.faulty.catalogue`, the web ones in folders of `clients/faulty_web`.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import cast

import msgspec

from harness.core.plan import Speed
from harness.session.subjects import FAULTY, FAULTY_WEB
from harness.session.web_faults import web_faults


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

    @property
    def subject(self) -> str:
        """Its name as a subject."""
        return f"{FAULTY_WEB if self.client == 'web' else FAULTY}{self.name}"


@cache
def faulty_clients() -> tuple[FaultyClient, ...]:
    """All headless ones, in the catalogue's order."""
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


def faulty_web_clients() -> tuple[FaultyClient, ...]:
    """All web ones, in the order of names."""
    return tuple(
        FaultyClient(
            name=name, breaks=each.breaks, client="web", declared=each.declared, summary=each.why, exam=each.exam
        )
        for name, each in web_faults().items()
    )


def breaking(identifier: str) -> tuple[str, ...]:
    """Those built to break one requirement: headless ones by name, web ones as subjects."""
    web = (client.subject for client in faulty_web_clients() if client.breaks == identifier)
    return (*(client.name for client in faulty_clients() if client.breaks == identifier), *web)
