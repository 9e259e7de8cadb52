"""What the exam service keeps: exams, seats (a candidate in an exam) and uploads, each a document of the store. Times are exam ms."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.core.plan import Plan
from harness.core.platform import Entrant
from harness.core.script import Misbehaviour
from harness.core.view import Role, Stage
from harness.protocol.messages import Push, Response
from harness.protocol.tus import Metadata


class Document(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A value that is kept; mutable."""


class Exam(Document, kw_only=True):
    """One exam: its plan never changes, its `Progress` is kept apart."""

    id: str
    plan: Plan
    origin: int  # of the service's clock at T0, ms
    epoch: int  # Unix ms at which the service's clock stood at 0


class Armed(Document, kw_only=True):
    """A scripted fault and how often it may still strike."""

    what: Misbehaviour
    left: int


class Progress(Document, kw_only=True):
    """What changes about an exam."""

    announced: bool = False  # the entry's opening was pushed
    published: bool = False
    armed: list[Armed] = []


class Binding(Document, kw_only=True):
    """A binding code; a seat keeps old ones, so that `code-expired` can be told from `wrong-code`."""

    code: str
    expires_ms: int


class Mark(Document, kw_only=True):
    """A stage's boundary: as claimed, and bounded to what is plausible."""

    stage: Stage
    boundary: Literal["started", "ended", "early-end"]
    claimed_ms: int
    at_ms: int


class Help(Document, kw_only=True):
    """A call to the desk."""

    id: str
    text: str
    answer: str = ""


class Seat(Document, kw_only=True):
    """One candidate in one exam. Times are exam ms."""

    exam: str
    entrant: Entrant
    consent: bool | None = None
    vouched: bool = False  # the desk completed the login
    token: str = ""  # the laptop's
    had_login: bool = False
    stills: int = 0  # so many face pictures were sent
    bindings: list[Binding] = []
    phone: str = ""  # the bound phone's token
    phones: list[str] = []  # every phone's token, released ones too: they may still upload
    opened: list[str] = []
    read: list[str] = []
    entered_ms: int | None = None
    marks: list[Mark] = []
    helps: list[Help] = []
    pushes: dict[Role, list[Push]] = {}

    @property
    def key(self) -> str:
        """Its name in the store."""
        return f"{self.exam}/{self.entrant.ticket}"


class Upload(Document, kw_only=True):
    """One tus upload: a segment of a recording. `offset` counts bytes that are durable once the answer has left."""

    id: str
    exam: str
    ticket: str
    metadata: Metadata
    header: str  # Upload-Metadata as it came
    expires: int  # service's clock, ms; only while it is incomplete
    offset: int = 0
    length: int | None = None
    declared: int | None = None
    declared_sha256: str | None = None
    held: bool = False

    @property
    def seat(self) -> str:
        """The key of the seat that it belongs to."""
        return f"{self.exam}/{self.ticket}"


class Still(Document, kw_only=True):
    """A face picture as it was sent, and when it was taken as the client says."""

    received_ms: int
    captured_ms: int
    picture: bytes


class Remembered(Document, kw_only=True):
    """The first answer to a request with an Idempotency-Key, and what was asked."""

    asked: str  # SHA-256 of operation and body
    response: Response
