"""HTTP without sockets: the request and response that the service's core and a client's core exchange.

Over the wire an HTTP library carries them; in virtual time they are handed over directly. Header names are lower case.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from harness.core.plan import encode_number

EXAM_TIME: Final = "exam-time"  # exam ms at the moment of the reply, on every reply
IDEMPOTENCY_KEY: Final = "idempotency-key"
PROBLEM_JSON: Final = "application/problem+json"
# A stable prefix, never fetched: RFC 9457 wants a URI for a problem's type.
PROBLEM_PREFIX: Final = "urn:viva:problem:"

T = TypeVar("T")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`path` with its query, below the service's address: `/v1/session?x=1`."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: bytes = b""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whole."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """A status below 400."""
        return self.status < 400

    def decode(self, kind: type[T]) -> T:
        """The JSON body as that type. Raises msgspec.ValidationError or DecodeError."""
        return msgspec.json.decode(self.body, type=kind)

    @property
    def problem(self) -> Problem | None:
        """The problem that the body states, if it is one."""
        if self.ok or not self.headers.get("content-type", "").startswith(PROBLEM_JSON):
            return None
        try:
            return msgspec.json.decode(self.body, type=Problem)
        except msgspec.DecodeError:
            return None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """application/problem+json (RFC 9457); `type` is `urn:viva:problem:CODE`."""

    type: str
    title: str
    status: int
    detail: str = ""
    opens_ms: int | None = None  # too-early: when it opens, exam ms

    @property
    def code(self) -> str:
        """The stable short name, as `too-early`."""
        return self.type.removeprefix(PROBLEM_PREFIX)


class Push(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A server-sent event: `id` counts up from 1, `Last-Event-ID` replays what came after."""

    id: int
    event: str  # entry-opened | phone-bound | phone-released | login-completed | help-answered | exam-changed
    data: dict[str, str] = {}


def json_body(value: Any) -> bytes:
    """A value of ours as JSON."""
    return msgspec.json.encode(value, enc_hook=encode_number)
