"""A service that is already running, by the address of its control port: what a rehearsal needs of a platform, and no more.

The bundled service's control port is spoken (`harness.service.control`). Raises `VivaError` where it does not answer or refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import msgspec

from harness.core.errors import VivaError
from harness.core.plan import Plan
from harness.core.platform import Entrant, HeldSegment
from harness.protocol.messages import json_body


class Registrar(Protocol):
    """The part of `harness.core.platform.Platform` that a rehearsal needs."""

    url: str

    def configure(self, plan: Plan, entrants: Sequence[Entrant], *, exam_now: int) -> str:
        """A new exam whose clock stands at `exam_now` ms; returns its id."""
        ...

    def exam_time(self, exam: str) -> tuple[int, int]:
        """The exam's time and the error of asking, ms."""
        ...

    def recordings(self, exam: str, ticket: str) -> Sequence[HeldSegment]:
        """The recordings of one candidate."""
        ...


class AttachedPlatform:
    """`url` is the exam API's address, `control` that of its control port."""

    def __init__(self, url: str, control: str) -> None:
        self.url = url
        self._control = httpx.Client(base_url=control, timeout=30.0, trust_env=False)

    def configure(self, plan: Plan, entrants: Sequence[Entrant], *, exam_now: int) -> str:
        """A new exam whose clock stands at `exam_now` ms; returns its id."""
        made = self._ask("POST", "/exams", {"plan": plan, "entrants": entrants, "exam_now": exam_now})
        return str(msgspec.json.decode(made)["exam"])

    def exam_time(self, exam: str) -> tuple[int, int]:
        """The exam's time; the error is not known better than a request takes, which the replies' own stamps then correct."""
        return int(msgspec.json.decode(self._ask("GET", f"/exams/{quote(exam)}/time"))["now_ms"]), 50

    def recordings(self, exam: str, ticket: str) -> Sequence[HeldSegment]:
        """The recordings of one candidate."""
        found = self._ask("GET", f"/exams/{quote(exam)}/recordings", ticket=ticket)
        return msgspec.json.decode(found, type=list[HeldSegment])

    def close(self) -> None:
        """Lets go of the connection."""
        self._control.close()

    def _ask(self, method: str, path: str, body: Any = None, **query: str) -> bytes:
        content = None if body is None else json_body(body)
        try:
            reply = self._control.request(method, path, content=content, params=query)
        except httpx.HTTPError as error:
            raise VivaError(
                f"--control {self._control.base_url} does not answer ({error}); start the service, or leave --target "
                f"and --control out to rehearse with the bundled one"
            ) from error
        if reply.status_code != 200:
            raise VivaError(
                f"--control {self._control.base_url} answered {reply.status_code} to {method} {path}: {reply.text[:200]}"
            )
        return reply.content
