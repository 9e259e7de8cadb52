"""The upload of one synthetic recording by tus 1.0, paced on an absolute schedule or all at once, resumed after every break.

Laws: a slice leaves when it is due or as soon after as the one before is acknowledged, and never earlier; its lateness is counted from
when it was due. After a break the service is asked (HEAD) before the next PATCH. `acknowledged` is the most that the service ever
confirmed: what is compared with what it holds in the end. Waits and requests go through a `Way`, so nothing here knows Locust. Called by
the users of the rehearsal, once a recording.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec

from harness.core.view import Stream
from harness.protocol import tus
from harness.protocol.exam_api import FinishBody, FinishReply
from harness.protocol.messages import IDEMPOTENCY_KEY, Request, Response, json_body
from load.material import Material
from load.pacing import Slice

# One PATCH of what lies ready (evidence, a backlog): half a second of a 4 Mbit/s uplink.
CHUNK: Final = 256 << 10
LONGEST_RETRY_MS: Final = 4_000


class GivenUp(Exception):
    """The service did not do it in time, or refused it: one sentence. It ends one candidate's day and is no fault of the harness."""


class Way(Protocol):
    """One device's way to the service, in exam time."""

    def now(self) -> int:
        """Exam ms."""
        ...

    def wait_until(self, at_ms: int) -> int:
        """Returns then, or at once; by how many ms it woke too late (0 where there was nothing to wait for)."""
        ...

    def ask(self, request: Request) -> Response | None:
        """The reply; None where none came."""
        ...


class Sent(msgspec.Struct, kw_only=True):
    """What became of one recording, on the client's side. Times are exam ms, counts bytes."""

    ticket: str
    stream: Stream
    recording: str
    label: str  # of its material
    started_ms: int
    deadline_ms: int
    length: int = 0  # recorded so far
    sent: int = 0  # the most that ever left
    acknowledged: int = 0
    upload: str = ""
    held_ms: int | None = None  # when the service said `held`
    lateness: list[int] = []  # of each slice: sent, against when it was due
    lag: list[int] = []  # of each slice: the age of its oldest byte when it was acknowledged
    breaks: int = 0  # requests that brought no progress


class PacedUpload:
    """Sends one recording. Every call raises `GivenUp` where the time is over: `give_up_ms`, exam ms."""

    def __init__(
        self, way: Way, sent: Sent, material: Material, *, exam: str, first_retry_ms: int, give_up_ms: int
    ) -> None:
        self._way = way
        self.sent = sent
        self._material = material
        self._exam = exam
        self._first_retry_ms = first_retry_ms
        self._give_up_ms = give_up_ms
        self._failures = 0
        self._offset: int | None = None  # as the service last said; None: it must be asked
        self._digest = hashlib.sha256()
        self._digested = 0

    def live(self, schedule: Sequence[Slice]) -> None:
        """Created now, then each slice when it is due; the last one declares the length."""
        self._send(last=False)
        oldest = self.sent.started_ms
        for number, due in enumerate(schedule, 1):
            self._way.wait_until(due.due_ms)
            self.sent.lateness.append(max(0, self._way.now() - due.due_ms))
            self.sent.length = due.end
            self._send(last=number == len(schedule))
            self.sent.lag.append(self._way.now() - oldest)
            oldest = due.due_ms

    def whole(self, length: int) -> None:
        """All of it, now."""
        self.sent.length = length
        self._send(last=True)

    def finish(self) -> Response:
        """Declares length and SHA-256 until the service says `held`; that reply."""
        body = FinishBody(length=self.sent.length, sha256=self._digest.hexdigest())
        headers = {"content-type": "application/json", IDEMPOTENCY_KEY: f"finish-{self.sent.recording}"}
        path = f"/v1/recordings/{self.sent.recording}/finish"
        while True:
            reply = self._way.ask(Request(method="POST", path=path, headers=headers, body=json_body(body)))
            if reply is not None and reply.ok and reply.decode(FinishReply).state == "held":
                self.sent.held_ms = self._way.now()
                return reply
            self._broke(reply)
            self._send(last=True)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _send(self, *, last: bool) -> None:
        """Until everything recorded so far is acknowledged."""
        while True:
            if not self.sent.upload:
                self._create()
            elif self._offset is None:
                self._ask_offset()
            elif self._offset < self.sent.length:
                self._patch(self._offset, last=last)
            else:
                return

    def _create(self) -> None:
        metadata = tus.Metadata(
            exam=self._exam,
            recording=self.sent.recording,
            stream=self.sent.stream,
            segment=0,
            mime="video/webm",
            started_ms=self.sent.started_ms,
        )
        headers = {"upload-defer-length": "1", "upload-metadata": tus.encode_metadata(metadata)}
        reply = self._way.ask(_tus("POST", "/v1/uploads", headers))
        place = urlsplit(reply.headers.get("location", "")).path if reply is not None and reply.status == 201 else ""
        if not place:
            self._broke(reply)
            return
        self.sent.upload, self._offset, self._failures = place, 0, 0

    def _ask_offset(self) -> None:
        reply = self._way.ask(_tus("HEAD", self.sent.upload))
        if reply is not None and reply.status in (404, 410):
            self.sent.upload = ""  # it is gone: sent again from the beginning, and what was acknowledged shows as lost
        self._offset = offset_of(reply)
        if self._offset is None or self._offset > self.sent.length:
            self._broke(reply)
        else:
            self._acknowledge(self._offset)

    def _patch(self, offset: int, *, last: bool) -> None:
        until = min(self.sent.length, offset + CHUNK)
        body = self._material.read(offset, until - offset)
        fresh = body[max(0, self._digested - offset) :]
        if offset <= self._digested < until:
            self._digest.update(fresh)
            self._digested = until
        headers = {"content-type": tus.OFFSET_TYPE, "upload-offset": str(offset)}
        if last and until == self.sent.length:
            headers["upload-length"] = str(until)
        self.sent.sent = max(self.sent.sent, until)
        reply = self._way.ask(_tus("PATCH", self.sent.upload, headers, body))
        if reply is None or reply.status != 204 or offset_of(reply) != until:
            self._broke(reply)
            return
        self._offset = until
        self._failures = 0
        self._acknowledge(until)

    def _acknowledge(self, offset: int) -> None:
        self.sent.acknowledged = max(self.sent.acknowledged, offset)

    def _broke(self, reply: Response | None) -> None:
        """Waits for its next turn, longer each time, after which the service is asked where it stands."""
        self.sent.breaks += 1
        self._offset = None
        due = self._way.now() + min(LONGEST_RETRY_MS, self._first_retry_ms << min(self._failures, 8))
        self._failures += 1
        if due >= self._give_up_ms:
            problem = reply.problem if reply is not None else None
            why = problem.code if problem is not None else f"status {reply.status}" if reply is not None else "no reply"
            raise GivenUp(f"the {self.sent.stream} recording was not taken in time (last: {why})")
        self._way.wait_until(due)


def _tus(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Request:
    return Request(method=method, path=path, headers={"tus-resumable": tus.VERSION, **(headers or {})}, body=body)


def offset_of(reply: Response | None) -> int | None:
    """`Upload-Offset` of a reply that succeeded."""
    value = reply.headers.get("upload-offset", "") if reply is not None and reply.ok else ""
    return int(value) if value.isdigit() else None
