"""What all users of a rehearsal share: its settings, the exam's clock, what is found; and a device's way to the service.

Laws: waits are until an exam time, never for a while; a request that fails is repeated at growing intervals under the same Idempotency-Key;
each reply teaches the exam's clock. Cooperative waits are gevent's: only `load.users` and its like use this, in a process of their own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import gevent
import msgspec

from harness.core.plan import Plan
from harness.core.view import Stream
from harness.protocol.messages import EXAM_TIME, IDEMPOTENCY_KEY, Request, Response, json_body
from harness.wallclock import WallClock
from load.outcome import Findings
from load.pacing import ExamClock
from load.timetable import Timetable
from load.uploads import LONGEST_RETRY_MS, GivenUp

_NAME: Final = re.compile(r"(?<=/)[^/]{16,}")  # ids in a path, for Locust's own statistics


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate of the rehearsal."""

    ticket: str
    timetable: Timetable


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What all candidates share."""

    plan: Plan
    exam: str
    seed: int
    slice_ms: int
    kbps: dict[Stream, int]
    give_up_ms: int  # exam ms at which nobody goes on
    trespasses: int
    still: bytes  # JPEG


@dataclass(slots=True)
class Hall:
    """The exam hall, as it were: one for all users of a run."""

    settings: Settings
    seats: Iterator[Seat]
    clock: ExamClock
    findings: Findings
    wall: WallClock = field(default_factory=WallClock)
    tokens: dict[str, str] = field(default_factory=dict)  # of laptops, by ticket

    def now(self) -> int:
        """Exam ms."""
        return self.clock.exam(self.wall.now())

    def wait_until(self, at_ms: int) -> int:
        """Returns then; by how many ms it woke too late. Cooperative: other users go on."""
        left = at_ms - self.now()
        if left <= 0:
            return 0
        gevent.sleep(left / 1_000)
        late = max(0, self.now() - at_ms)
        self.findings.woke_late.append(late)
        return late


class Device:
    """A laptop or a phone: a `load.uploads.Way`, with the token that it has by now."""

    def __init__(self, hall: Hall, client: Any, token: str = "") -> None:
        self._hall = hall
        self._client = client
        self.token = token
        self.now = hall.now
        self.wait_until = hall.wait_until

    def ask(self, request: Request) -> Response | None:
        """One request; None where no reply came. Teaches the exam's clock."""
        headers = {**request.headers, "authorization": f"Bearer {self.token}"} if self.token else request.headers
        wall, findings = self._hall.wall, self._hall.findings
        sent = wall.now()
        with self._client.request(
            request.method,
            request.path,
            name=_NAME.sub("{id}", request.path),
            data=request.body,
            headers=headers,
            catch_response=True,
        ) as raw:
            received = wall.now()
            second = self._hall.clock.exam(sent) // 1_000
            findings.requests_at[second] += 1
            findings.bytes_at[second] += len(request.body)
            if not raw.status_code or raw.headers is None:
                return None
            raw.success()  # a refusal is an answer; whether it was the right one is judged elsewhere
            reply = Response(
                status=raw.status_code,
                headers={name.lower(): value for name, value in raw.headers.items()},
                body=raw.content or b"",
            )
        stamped = reply.headers.get(EXAM_TIME, "")
        if stamped.removeprefix("-").isdigit():
            self._hall.clock.learn(sent, received, int(stamped))
        return reply

    def insist(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Response:
        """Until the service does it or refuses it. Raises `GivenUp` where the time is over."""
        settings = self._hall.settings
        failures = 0
        whole = {**(headers or {}), IDEMPOTENCY_KEY: str(uuid.uuid4())} if method == "POST" else headers or {}
        if isinstance(body, msgspec.Struct):
            whole["content-type"] = "application/json"
        data = json_body(body) if isinstance(body, msgspec.Struct) else body or b""
        while True:
            reply = self.ask(Request(method=method, path=path, headers=whole, body=data))
            if reply is not None and reply.status < 500 and reply.status != 425:
                return reply
            due = self.now() + min(LONGEST_RETRY_MS, settings.plan.limits.first_retry << min(failures, 8))
            failures += 1
            if due >= settings.give_up_ms:
                raise GivenUp(f"{method} {path} was not answered in time")
            self.wait_until(due)
