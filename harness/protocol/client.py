"""The sans-IO client: what a laptop or phone client is when it has no socket, clock or thread of its own.

A shell (over HTTP in real time, or a SimPy process in virtual time) calls `start`, then `do`, `tick`, `replied` and `pushed` as
things happen, sends what `outbox` gives, and calls `tick` at `next_wakeup` at the latest. After each call the shell reads `view`.
`now` is the client's own clock in ms: monotonic, with any origin; exam time comes from the service's replies alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from harness.core.view import Act, View
from harness.protocol.capture import Device
from harness.protocol.messages import Push, Request, Response

Failure = Literal["unreachable", "timeout", "reset"]


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be sent; the shell answers with `replied(key, …)` once.

    `timeout_ms`: given up when nothing has moved for so long (a slow one that moves is not). `stream`: server-sent events follow
    as `pushed`, and `replied` says when the stream has ended (with the response, or the failure that ended it).
    """

    key: int
    request: Request
    timeout_ms: int
    stream: bool = False


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """The request of that key is given up; no reply is wanted."""

    key: int


class DoResult(msgspec.Struct, frozen=True):
    """What became of an intent: applied, refused by the client itself, or not known to it."""

    status: Literal["done", "refused", "unsupported"]
    reason: str = ""


class Storage(Protocol):
    """What survives a killed client: small named documents, and the bytes of recordings."""

    def load(self, name: str) -> bytes | None:
        """The document, or None."""
        ...

    def save(self, name: str, data: bytes) -> None:
        """Replaces the document at once and whole."""
        ...

    def append(self, recording: str, data: bytes) -> None:
        """Adds to the recording's file."""
        ...

    def read(self, recording: str, offset: int, size: int) -> bytes:
        """A part of it."""
        ...

    def size(self, recording: str) -> int:
        """How many bytes of it there are; 0 if none."""
        ...

    def sha256(self, recording: str) -> str:
        """Of the whole file, hex."""
        ...

    def recordings(self) -> Sequence[str]:
        """The names of all recordings that are kept."""
        ...

    def remove(self, name: str) -> None:
        """Deletes a document or a recording."""
        ...


class ClientCore(Protocol):
    """A laptop or phone client without IO."""

    def start(self, now: int) -> None:
        """The candidate opened it."""
        ...

    def devices(self, devices: Sequence[Device], now: int) -> None:
        """What is plugged in now."""
        ...

    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        """The candidate acts; returns once applied and never waits for a stage."""
        ...

    def tick(self, now: int) -> None:
        """Time has passed."""
        ...

    def next_wakeup(self) -> int | None:
        """When `tick` is wanted next, ms of the same clock; None: only when something happens."""
        ...

    def replied(self, key: int, outcome: Response | Failure, now: int) -> None:
        """A request was answered, or failed."""
        ...

    def pushed(self, key: int, push: Push, now: int) -> None:
        """A server-sent event came."""
        ...

    def outbox(self) -> list[Send | Cancel]:
        """What is to be sent since the last call."""
        ...

    def view(self) -> View:
        """What the candidate sees now; `seq` rises when it changes."""
        ...

    def close(self, now: int) -> None:
        """The candidate closed it: devices are released, recordings flushed."""
        ...
