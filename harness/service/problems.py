"""Refusals and results of a request's handling, and how they become responses: RFC 9457 problems with Chinese details."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.core.events import Offered
from harness.protocol.exam_api import PROBLEMS
from harness.protocol.messages import PROBLEM_JSON, PROBLEM_PREFIX, Problem, Response, json_body


class Refused(Exception):
    """The request is answered with a problem; nothing has changed."""

    def __init__(
        self, code: str, detail: str = "", *, opens_ms: int | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.opens_ms = opens_ms
        self.headers = headers or {}
        self.status = PROBLEMS[code][0]


class Result(msgspec.Struct, kw_only=True):
    """What a handler made of a request. `subject` and `detail` go into the observation."""

    status: int = 200
    headers: dict[str, str] = {}
    body: bytes = b""
    problem: str = ""
    subject: str = ""
    detail: dict[str, str] = {}
    offered: Offered | None = None
    delay_ms: int = 0
    replayable: bool = True  # an Idempotency-Key replays it, where it succeeded

    def response(self) -> Response:
        """As a message."""
        return Response(status=self.status, headers=dict(self.headers), body=self.body)


def json(value: Any, *, subject: str = "", replayable: bool = True, detail: dict[str, str] | None = None) -> Result:
    """200 with a JSON body."""
    return Result(
        detail=detail or {},
        headers={"content-type": "application/json"},
        body=json_body(value),
        subject=subject,
        replayable=replayable,
    )


def empty(*, subject: str = "") -> Result:
    """204."""
    return Result(status=204, subject=subject)


def refusal(refused: Refused) -> Result:
    """A problem as a result."""
    problem = Problem(
        type=PROBLEM_PREFIX + refused.code,
        title=PROBLEMS[refused.code][1],
        status=refused.status,
        detail=refused.detail,
        opens_ms=refused.opens_ms,
    )
    return Result(
        status=refused.status,
        headers={**refused.headers, "content-type": PROBLEM_JSON},
        body=json_body(problem),
        problem=refused.code,
        replayable=False,
    )
