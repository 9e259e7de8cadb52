"""What the service must hear in any case: changes of stage, incidents, calls for help, in order, each once, after an outage at the latest.

Laws: a report carries the exam time at which the thing happened, not that of its sending; it is stored before it is sent and forgotten only
when it was answered, so that neither an outage nor a kill loses it; one is sent at a time. Owned by a client's core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from clients.headless.links import Links, keyed
from harness.protocol.client import Storage
from harness.protocol.exam_api import HelpBody, ReportBody, StageBody
from harness.protocol.messages import Request, Response, json_body
from harness.protocol.vocabulary import Stage

DOCUMENT: Final = "reports"
_NAME: Final = "report"

Incident = Literal["focus-lost", "focus-regained", "screenshot", "app-left", "device-lost", "capture-stopped", "gap"]
Answered = Callable[[str, Response, int], None]


class Report(msgspec.Struct, kw_only=True):
    """A body that waits to be sent to `path`."""

    path: str
    body: msgspec.Raw
    key: str


class Reports:
    """The queue of one client."""

    def __init__(self, links: Links, bearer: Callable[[], str], storage: Storage, mint: Callable[[], str]) -> None:
        self._links = links
        self._bearer = bearer
        self._refused = ""  # the token that was not taken
        self._storage = storage
        self._mint = mint
        self.answered: Answered | None = None  # told of each report that the service has answered
        kept = storage.load(DOCUMENT)
        self._waiting: list[Report] = msgspec.json.decode(kept, type=list[Report]) if kept else []

    def stage(self, stage: Stage, boundary: Literal["started", "ended", "early-end"], at_ms: int) -> None:
        """A stage began or ended at that exam time."""
        self._add("/v1/stages", StageBody(stage=stage, boundary=boundary, at_ms=at_ms))

    def incident(self, what: Incident, at_ms: int, text: str = "") -> None:
        """Something happened at that exam time."""
        self._add("/v1/reports", ReportBody(what=what, at_ms=at_ms, text=text))

    def help(self, text: str) -> None:
        """The candidate asks the desk."""
        self._add("/v1/help", HelpBody(text=text))

    def tick(self) -> None:
        """Sends the next one."""
        token = self._bearer()
        if self._waiting and token and token != self._refused and not self._links.asking(_NAME):
            report = self._waiting[0]
            headers = {"content-type": "application/json"}
            request = Request(method="POST", path=report.path, headers=headers, body=bytes(report.body))
            self._links.ask(_NAME, keyed(request, report.key), self._sent)

    def _sent(self, reply: Response, now: int) -> None:
        if reply.status == 401:
            self._refused = self._bearer()  # the login is gone; it is sent again under the next one
            return
        report = self._waiting.pop(0)
        self._save()
        if self.answered is not None:
            self.answered(report.path, reply, now)

    def _add(self, path: str, body: object) -> None:
        self._waiting.append(Report(path=path, body=msgspec.Raw(json_body(body)), key=self._mint()))
        self._save()

    def _save(self) -> None:
        self._storage.save(DOCUMENT, msgspec.json.encode(self._waiting))
