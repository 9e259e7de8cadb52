"""The exam API `/v1`: bodies, problems, and the table of operations that the service routes by and OpenAPI is generated from.

All times are exam ms. Every operation but those marked open needs `Authorization: Bearer TOKEN`: the ticket before login (and for it),
the token of the login or the binding afterwards.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from harness.core.events import Operation
from harness.core.plan import Track
from harness.core.view import Stage, Stream


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A body: unknown keys are ignored by clients, refused by the service (`invalid-body`)."""


class ContactInfo(Struct, frozen=True, kw_only=True):
    """Technical support, for every place where a client tells the candidate to call."""

    phone: str
    hours: str


class AttachmentInfo(Struct, frozen=True, kw_only=True):
    """A file under 考试附件; fetch it at `/v1/attachments/{id}`."""

    id: str
    title: str


class SystemInfo(Struct, frozen=True, kw_only=True):
    """The least that a candidate's computer must have: threads of its processor, and memory, GiB; 0: nothing is asked."""

    cores: int = 0
    memory_gib: float = 0


class ExamInfo(Struct, frozen=True, kw_only=True):
    """GET /exam: the plan as a client needs it. `windows`, `spans` and `limits` have the plan's own names; ms."""

    exam: str
    title: str
    track: Track
    subject: str
    now_ms: int
    windows: dict[str, int]
    spans: dict[str, int]
    limits: dict[str, int]
    rejoin: bool
    read_requires_open: bool
    contact: ContactInfo
    attachments: tuple[AttachmentInfo, ...]
    hosts: tuple[str, ...]
    consent: str  # what the face picture is for
    system: SystemInfo = SystemInfo()
    question: str = ""  # never sent; a client must not rely on it


class Time(Struct, frozen=True, kw_only=True):
    """GET /time; null where no token says which exam's time is asked for."""

    now_ms: int | None


class ConsentBody(Struct, frozen=True, kw_only=True):
    """POST /consent."""

    given: bool


class LoginReply(Struct, frozen=True, kw_only=True):
    """POST /login → 200. The token replaces the ticket."""

    token: str
    name: str
    admission_number: str


class SegmentState(Struct, frozen=True, kw_only=True):
    """What the service holds of one segment."""

    upload: str  # path of the tus upload
    recording: str
    stream: Stream
    segment: int
    offset: int
    length: int | None = None
    held: bool = False


class SessionState(Struct, frozen=True, kw_only=True):
    """GET /session: where to go on after a start or a break."""

    role: Literal["laptop", "phone"]
    logged_in: bool
    bound: bool
    read: tuple[str, ...] = ()
    entered_ms: int | None = None
    stage: Literal["before", "preparation", "lesson", "skill_test", "presentation", "ended"] = "before"
    lesson_started_ms: int | None = None
    ended_ms: int | None = None
    uploads: tuple[SegmentState, ...] = ()
    published: bool = False


class BindingReply(Struct, frozen=True, kw_only=True):
    """POST /binding: `payload` is what the QR code carries, `code` what is typed."""

    code: str
    payload: str
    expires_ms: int


class BindBody(Struct, frozen=True, kw_only=True):
    """POST /phone/bind (open): one of the two."""

    code: str = ""
    payload: str = ""


class BindReply(Struct, frozen=True, kw_only=True):
    """The phone's own token, and the exam in the short."""

    token: str
    exam: ExamInfo


class EntryReply(Struct, frozen=True, kw_only=True):
    """POST /entry → 200."""

    entered_ms: int
    rejoined: bool = False


class QuestionReply(Struct, frozen=True, kw_only=True):
    """GET /question, from T0 on."""

    text: str


class StageBody(Struct, frozen=True, kw_only=True):
    """POST /stages: a boundary as the client saw it, exam ms. An outage delays the report, never the time in it."""

    stage: Stage
    boundary: Literal["started", "ended", "early-end"]
    at_ms: int


class HelpBody(Struct, frozen=True, kw_only=True):
    """POST /help."""

    text: str = ""


class HelpReply(Struct, frozen=True, kw_only=True):
    """POST /help, GET /help/{id}."""

    id: str
    answer: str = ""


class ReportBody(Struct, frozen=True, kw_only=True):
    """POST /reports."""

    what: Literal["focus-lost", "focus-regained", "screenshot", "app-left", "device-lost", "capture-stopped", "gap"]
    at_ms: int
    text: str = ""


class FinishBody(Struct, frozen=True, kw_only=True):
    """POST /recordings/{recording}/finish: the client's own count of one recording (one uuid: one segment's upload)."""

    length: int
    sha256: str


class FinishReply(Struct, frozen=True, kw_only=True):
    """`held`: the service has exactly these bytes; `missing`: go on from `offset`."""

    state: Literal["held", "missing"]
    offset: int


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the API. `{name}` in a path is a parameter."""

    operation: Operation
    method: str
    path: str
    body: Any = None  # a Struct type, "image" or "bytes"
    reply: Any = None
    problems: tuple[str, ...] = ()
    open: bool = False  # needs no bearer token
    summary: str = ""


# Stable problem codes with their HTTP status and an English title. `detail` is Chinese, for the candidate.
PROBLEMS: Final[dict[str, tuple[int, str]]] = {
    "invalid-body": (400, "the body is not what the operation takes"),
    "invalid-header": (400, "a header is missing or malformed"),
    "unauthorized": (401, "no token, or one that is not known"),
    "forbidden": (403, "the token does not give access to this"),
    "not-found": (404, "there is no such thing"),
    "method-not-allowed": (405, "the resource does not take this method"),
    "too-early": (425, "the window has not opened yet"),
    "too-late": (410, "the window has closed"),
    "no-consent": (403, "the candidate has not consented"),
    "face-mismatch": (403, "the face does not match"),
    "face-covered": (403, "the face is covered or filtered"),
    "still-stale": (422, "the picture was taken too long before it was sent"),
    "second-session": (409, "a session of this candidate is alive"),
    "wrong-code": (404, "no such binding code"),
    "code-expired": (410, "the binding code has expired"),
    "code-used": (409, "the binding code is in use by another phone"),
    "not-logged-in": (403, "log in first"),
    "not-bound": (403, "bind the phone first"),
    "not-read": (403, "read every attachment first"),
    "not-opened": (403, "open the attachment before marking it as read"),
    "not-entered": (403, "enter the interview first"),
    "ended": (410, "the interview is over"),
    "offset-mismatch": (409, "Upload-Offset is not the offset held"),
    "checksum-mismatch": (460, "the chunk's checksum differs"),
    "unsupported-tus-version": (412, "Tus-Resumable must be 1.0.0"),
    "wrong-content-type": (415, "the content type is not taken here"),
    "length-mismatch": (409, "the length contradicts what is held or declared"),
    "too-large": (413, "the upload is larger than Tus-Max-Size"),
    "locked": (423, "the upload is being ended"),
    "stage-order": (409, "that stage can't begin or end now"),
    "unavailable": (503, "the service can't answer now; try again later"),
}

_R = Route
ROUTES: Final[tuple[Route, ...]] = (
    _R(operation=Operation.EXAM, method="GET", path="/v1/exam", reply=ExamInfo, summary="the plan"),
    _R(
        operation=Operation.TIME,
        method="GET",
        path="/v1/time",
        reply=Time,
        open=True,
        summary="the exam's time; without a token, only that the service is there",
    ),
    _R(
        operation=Operation.CONSENT,
        method="POST",
        path="/v1/consent",
        body=ConsentBody,
        summary="consent to the face picture",
    ),
    _R(
        operation=Operation.LOGIN,
        method="POST",
        path="/v1/login",
        body="image",
        reply=LoginReply,
        problems=(
            "too-early",
            "too-late",
            "no-consent",
            "face-mismatch",
            "face-covered",
            "still-stale",
            "second-session",
            "ended",
        ),
        summary="face login: the still as the body (image/jpeg), its exam time in the header Captured-Ms",
    ),
    _R(operation=Operation.SESSION, method="GET", path="/v1/session", reply=SessionState, summary="where to go on"),
    _R(
        operation=Operation.EVENTS,
        method="GET",
        path="/v1/events",
        summary="pushes as server-sent events; Last-Event-ID replays",
    ),
    _R(
        operation=Operation.BINDING,
        method="POST",
        path="/v1/binding",
        reply=BindingReply,
        problems=("not-logged-in",),
        summary="a binding code and QR payload; the one that stands, while it is valid",
    ),
    _R(
        operation=Operation.PHONE_BIND,
        method="POST",
        path="/v1/phone/bind",
        body=BindBody,
        reply=BindReply,
        problems=("wrong-code", "code-expired", "code-used"),
        open=True,
        summary="the phone binds by code or scanned payload",
    ),
    _R(
        operation=Operation.ATTACHMENT,
        method="GET",
        path="/v1/attachments/{id}",
        problems=("not-logged-in", "not-found"),
        summary="one attachment, text/plain",
    ),
    _R(
        operation=Operation.READ,
        method="PUT",
        path="/v1/attachments/{id}/read",
        problems=("not-logged-in", "not-found", "not-opened"),
        summary="marks it as read",
    ),
    _R(
        operation=Operation.ENTRY,
        method="POST",
        path="/v1/entry",
        reply=EntryReply,
        problems=("too-early", "too-late", "not-logged-in", "not-bound", "not-read", "ended"),
        summary="enters the interview (or rejoins it)",
    ),
    _R(
        operation=Operation.QUESTION,
        method="GET",
        path="/v1/question",
        reply=QuestionReply,
        problems=("too-early", "not-entered", "ended"),
        summary="the question, from T0 on",
    ),
    _R(
        operation=Operation.STAGE,
        method="POST",
        path="/v1/stages",
        body=StageBody,
        problems=("not-entered", "stage-order"),
        summary="a change of stage, with its exam time",
    ),
    _R(
        operation=Operation.HELP,
        method="POST",
        path="/v1/help",
        body=HelpBody,
        reply=HelpReply,
        summary="asks the desk",
    ),
    _R(
        operation=Operation.HELP_ANSWER,
        method="GET",
        path="/v1/help/{id}",
        reply=HelpReply,
        summary="the desk's answer",
    ),
    _R(
        operation=Operation.REPORT,
        method="POST",
        path="/v1/reports",
        body=ReportBody,
        summary="an incident, with its exam time",
    ),
    _R(
        operation=Operation.UPLOAD_OPTIONS,
        method="OPTIONS",
        path="/v1/uploads",
        open=True,
        summary="what of tus is spoken",
    ),
    _R(
        operation=Operation.UPLOAD_CREATE,
        method="POST",
        path="/v1/uploads",
        body="bytes",
        problems=("invalid-header", "unsupported-tus-version", "too-large", "not-entered", "forbidden"),
        summary="tus creation (creation-with-upload, creation-defer-length)",
    ),
    _R(operation=Operation.UPLOAD_HEAD, method="HEAD", path="/v1/uploads/{id}", summary="the durable offset"),
    _R(
        operation=Operation.UPLOAD_PATCH,
        method="PATCH",
        path="/v1/uploads/{id}",
        body="bytes",
        problems=(
            "offset-mismatch",
            "checksum-mismatch",
            "wrong-content-type",
            "length-mismatch",
            "too-large",
            "locked",
        ),
        summary="appends at the durable offset",
    ),
    _R(operation=Operation.UPLOAD_DELETE, method="DELETE", path="/v1/uploads/{id}", summary="tus termination"),
    _R(
        operation=Operation.FINISH,
        method="POST",
        path="/v1/recordings/{recording}/finish",
        body=FinishBody,
        reply=FinishReply,
        problems=("not-found", "length-mismatch", "checksum-mismatch"),
        summary="declares length and SHA-256; says whether all of it is held",
    ),
)
