"""One request in the hands of its handler, and what every handler may use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from harness.core.events import Data, Operation
from harness.core.plan import Plan
from harness.core.platform import FaceMatcher
from harness.core.view import Role
from harness.protocol.exam_api import Route
from harness.protocol.messages import Request
from harness.service.misbehaviour import Faults
from harness.service.observing import Observer
from harness.service.problems import Refused
from harness.service.registry import Registry
from harness.service.state import Exam, Progress, Seat
from harness.service.words import desk

Caller = Literal["ticket", "laptop", "phone"]


class Stretch(Protocol):
    """Bytes on their way into an upload."""

    def abort(self, now: int) -> None:
        """Ends it: what it still brings is dropped."""
        ...


@dataclass(slots=True)
class Tools:
    """What handlers share."""

    registry: Registry
    observer: Observer
    faults: Faults
    matcher: FaceMatcher | None
    mint: Callable[[], str]
    wake: set[tuple[str, Role]] = field(default_factory=set)  # seats with new pushes, for the shell
    seen: dict[str, int] = field(default_factory=dict)  # by seat: when its laptop was heard last, service's clock
    streams: dict[str, int] = field(default_factory=dict)  # by seat: open event streams of its laptop
    wrong_codes: list[int] = field(default_factory=list)  # when wrong codes came lately, service's clock
    patches: dict[str, Stretch] = field(default_factory=dict)  # by upload: the one that may write

    def end_patch(self, upload: str, now: int) -> None:
        """A newer request for the upload came: what hangs is over."""
        hanging = self.patches.get(upload)
        if hanging is not None:
            hanging.abort(now)

    def new_id(self) -> str:
        """An identifier nobody can guess, fit for a path and a file's name."""
        return hashlib.sha256(self.mint().encode()).hexdigest()[:32]


@dataclass(slots=True)
class Call:
    """A request on its way through the service; `exam` and `seat` are set once the token (or the code) is known."""

    tools: Tools
    now: int  # service's clock
    request: Request
    operation: Operation = Operation.UNKNOWN
    route: Route | None = None
    param: str = ""
    exam: Exam | None = None
    seat_or_none: Seat | None = None
    caller: Caller | None = None
    body: Any = None
    subject: str = ""
    url_holds: str = ""  # a credential or an identity that stands in the request's address

    @property
    def seat(self) -> Seat:
        """The candidate's seat."""
        if self.seat_or_none is None:
            raise Refused("unauthorized", "请求缺少有效的令牌。")
        return self.seat_or_none

    @property
    def plan(self) -> Plan:
        """The exam's plan."""
        return self.the_exam.plan

    @property
    def the_exam(self) -> Exam:
        """The exam that the token belongs to."""
        if self.exam is None:
            raise Refused("unauthorized", "请求缺少有效的令牌。")
        return self.exam

    @property
    def progress(self) -> Progress:
        """What changes about the exam."""
        return self.tools.registry.progress[self.the_exam.id]

    @property
    def of_exam(self) -> bool:
        """The token, or the code, says which exam the request is of."""
        return self.seat_or_none is not None

    @property
    def exam_now(self) -> int:
        """Exam time of the request's arrival, ms."""
        return self.exam_time(self.now)

    @property
    def role(self) -> Role | None:
        """Whose device asks."""
        if self.caller is None:
            return None
        return Role.PHONE if self.caller == "phone" else Role.LAPTOP

    @property
    def desk(self) -> str:
        """Whom to call, as a sentence."""
        return desk(self.plan)

    def exam_time(self, now: int) -> int:
        """The service's clock as exam time; before any exam is known, 0."""
        return now - self.exam.origin if self.exam is not None else 0

    def header(self, name: str) -> str:
        """A header's value; empty where it is missing."""
        return self.request.headers.get(name, "").strip()

    def guarded(self, what: str) -> bool:
        """The service refuses what this guard names, unless scripted otherwise."""
        return not self.tools.faults.dropped_guard(self.the_exam.id, what, self.exam_now)

    def save(self) -> None:
        """Stages the seat."""
        self.tools.registry.save_seat(self.seat)

    def saw(self, data: Data, at_ms: int | None = None, until_ms: int | None = None) -> None:
        """An observation of this candidate; exam ms."""
        candidate = self.seat_or_none.entrant.admission_number if self.seat_or_none is not None else ""
        self.tools.observer.saw(
            self.the_exam.id, self.exam_now if at_ms is None else at_ms, data, candidate=candidate, until_ms=until_ms
        )
