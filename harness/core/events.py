"""What happened in one interview, seen from outside: the closed union of events on a `Timeline`.

An event has a time (exam ms, by the harness's clock, with the error of that clock), who saw it, and its data. Producers are the
model, the service's observations, the drivers, the network proxy, the virtual devices and inspection; the only reader that
decides is a rule. What a subject says is bounded before it comes here, and its own clock is only ever a *claim*.

Events are trees of plain values and can't refer to themselves, so the collector of cycles need not look at them (`gc=False`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec

from harness.core.footage import Footage
from harness.core.view import Act, Role, Stage, Stream, View

Source = Literal["candidate", "laptop", "phone", "service", "network", "desk", "device", "recording", "harness"]


class Operation(StrEnum):
    """What a client asks of the service, one name an operation of the exam API."""

    EXAM = "exam"
    TIME = "time"
    CONSENT = "consent"
    LOGIN = "login"
    SESSION = "session"
    EVENTS = "events"
    BINDING = "binding"
    PHONE_BIND = "phone-bind"
    ATTACHMENT = "attachment"
    READ = "read"
    ENTRY = "entry"
    QUESTION = "question"
    STAGE = "stage"
    HELP = "help"
    HELP_ANSWER = "help-answer"
    REPORT = "report"
    UPLOAD_CREATE = "upload-create"
    UPLOAD_HEAD = "upload-head"
    UPLOAD_PATCH = "upload-patch"
    UPLOAD_DELETE = "upload-delete"
    UPLOAD_OPTIONS = "upload-options"
    FINISH = "finish"
    UNKNOWN = "unknown"


class Intent(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="intent"):
    """The candidate did something; `until_ms` of the event is when the client had applied it."""

    role: Role
    act: Act
    args: dict[str, str] = {}
    status: Literal["done", "refused", "unsupported"] = "done"
    reason: str = ""


class Viewed(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="viewed"):
    """A client's whole view, when it changed; it holds until the next one of that role."""

    role: Role
    view: View


class Watched(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="watched"):
    """Somebody looked all the time from `at_ms` to `until_ms`: every negative needs it. `preview`: the laptop's live picture."""

    what: Literal[
        "laptop", "phone", "rival-laptop", "rival-phone", "service", "network", "devices", "recordings", "preview"
    ]


class Served(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="served"):
    """The service answered one request that arrived at `at_ms`; `subject` is the attachment, recording or stage it was about."""

    operation: Operation
    role: Role | None = None
    status: int
    problem: str = ""  # the stable type of an application/problem+json, without its prefix
    subject: str = ""
    detail: dict[str, str] = {}


class Reported(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="reported"):
    """The client told the service of a boundary or an incident; `claimed_ms` is the exam time that it gave."""

    what: Literal[
        "started",
        "ended",
        "early-end",
        "focus-lost",
        "focus-regained",
        "screenshot",
        "app-left",
        "device-lost",
        "capture-stopped",
        "gap",
    ]
    role: Role
    stage: Stage | None = None
    claimed_ms: int
    text: str = ""


class Offered(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="offered"):
    """The service told a client which offset of an upload it holds (reply to creation, HEAD or PATCH)."""

    upload: str
    stream: Stream
    segment: int
    offset: int
    reply_to: Literal["create", "head", "patch"]
    delivered: bool = True  # False: the connection was gone before the reply was


class Arrived(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="arrived"):
    """Bytes of an upload became durable between `at_ms` and `until_ms`."""

    upload: str
    stream: Stream
    segment: int
    offset: int
    length: int
    started_ms: int  # when their PATCH began


class PatchBegan(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="patch-began"):
    """A client began to send at this offset."""

    upload: str
    stream: Stream
    segment: int
    offset: int
    accepted: bool


class Finished(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="finished"):
    """A client declared a recording finished with this length and SHA-256; `held`: the service has exactly that."""

    upload: str
    stream: Stream
    segment: int
    length: int
    sha256: str
    held: bool


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="recorded"):
    """What the service holds of one stream, all segments in order, and what it shows. `at_ms` is when it was looked at."""

    stream: Stream
    segments: int
    length: int
    declared: int | None  # the lengths that the client declared, summed; None where one is missing
    intact: bool  # every segment's SHA-256 is the declared one
    footage: Footage


class FacePicture(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="face-picture"):
    """A face picture that reached the service at `at_ms`, and what it shows: of which camera it is and when that one delivered it.

    `device` and `taken_ms` are None where no mark of this run can be read. `face_change` and `twin_change`: by how many luma levels (root mean
    square) the face and its scrambled twin beside it differ from what the camera delivered; None where it saw no such pair.
    """

    captured_ms: int  # as the client says
    device: int | None = None
    taken_ms: int | None = None
    mirrored: bool = False
    face_change: float | None = None
    twin_change: float | None = None


class Disturbed(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="disturbed"):
    """A fault stood from `at_ms` to `until_ms`: toxiproxy's names for the network's, `down` for no network at all; `restart`: the service was
    killed and not back yet.
    """

    kind: str
    role: Role | None = None
    value: int = 0


class Contacted(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="contacted"):
    """A client talked, or tried to talk, to an address for the first time; `own`: it was given to it, as the service's or a device's."""

    role: Role
    host: str
    port: int = 0
    own: bool = False


TlsOutcome = Literal["refused", "completed", "used", "plaintext"]


class TlsTried(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="tls-tried"):
    """A client met a certificate that is not valid: it refused it, completed a handshake and went, sent a request, or sent one without TLS."""

    role: Role
    outcome: TlsOutcome


class DeviceChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="device"):
    """A virtual device was plugged in or out, or a client opened or released it."""

    device: str
    change: Literal["plugged", "unplugged", "opened", "released"]
    role: Role


class Scene(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="scene"):
    """What a camera was shown, or a microphone heard, from `at_ms` to `until_ms`."""

    device: str
    scene: str


class InView(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="in-view"):
    """A printed symbol was whole in every picture that a camera delivered from `at_ms` to `until_ms`, the first and the last of them."""

    device: str
    symbol: str


class QrRead(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="qr-read"):
    """What a phone's scanner reads off the QR code that a laptop began to show at `at_ms`; an empty text: it can't be read."""

    role: Role
    text: str


class PreviewSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="preview-seen"):
    """What the live picture on a client's page showed at `at_ms`: of which camera, and when that one had delivered it, exam ms.

    Both are None where a picture stands on the page, and no mark of this run can be read in it.
    """

    role: Role
    device: int | None = None
    frame_ms: int | None = None
    mirrored: bool = False


class Yielded(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="yielded"):
    """What one way to get at a page's text gave, bounded; an empty text: nothing."""

    role: Role
    by: Literal["select", "copy", "drag", "print"]
    text: str = ""


class Searched(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="searched"):
    """From `at_ms` to `until_ms` all that a client kept was looked through for the question's text; `found`: where it stood, bounded.

    What it kept: its state folder, or its page's document and storage. Retained recordings are apart: media is not looked into.
    """

    role: Role
    found: tuple[str, ...] = ()


class Enrolled(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="enrolled"):
    """Who the candidate of this run is, as the organiser enrolled them: what a page shows under 个人信息."""

    name: str
    admission_number: str


class Machine(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="machine"):
    """On what a client runs, as far as the client could know: the processor's threads, and GiB of memory, rounded down as browsers do."""

    role: Role
    cores: int
    memory_gib: float


class DeskActed(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="desk"):
    """The desk did something: completed a login, released a phone, answered."""

    action: Literal["login", "release", "answer", "publish"]
    text: str = ""


class ProcessChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="process"):
    """A client was started, closed or killed by the harness, or died by itself."""

    role: Role
    change: Literal["started", "closed", "killed", "died"]
    reason: str = ""


class Introduced(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="introduced"):
    """What a client said of itself in `initialize`, bounded: the intents it knows, the keys of a view that it can show, the media it takes."""

    role: Role
    name: str
    version: str
    intents: tuple[str, ...]
    views: tuple[str, ...]
    capture: tuple[str, ...]


class Misconduct(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="misconduct"):
    """The subject broke the conversation: hung, babbled, flooded. A reason in verdicts, never a fault of the harness."""

    role: Role
    kind: Literal["died", "hung", "babbled", "mismatch"]
    reason: str


class Lateness(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="lateness"):
    """The harness itself was late by so much: what could only be decided inside it is not judged."""

    what: str
    late_ms: int


Data: TypeAlias = (
    Intent
    | Viewed
    | Watched
    | Served
    | Reported
    | Offered
    | Arrived
    | PatchBegan
    | Finished
    | Recorded
    | FacePicture
    | Disturbed
    | Contacted
    | TlsTried
    | DeviceChanged
    | Scene
    | InView
    | QrRead
    | PreviewSeen
    | Yielded
    | Searched
    | Enrolled
    | Machine
    | DeskActed
    | ProcessChanged
    | Introduced
    | Misconduct
    | Lateness
)


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing that happened: `at_ms` (and `until_ms` where it lasted) in exam time, ± `error_ms`."""

    seq: int
    at_ms: int
    source: Source
    data: Data
    until_ms: int | None = None
    error_ms: int = 0
    candidate: str = ""

    @property
    def end_ms(self) -> int:
        """When it was over: `until_ms`, or `at_ms` for what took no time."""
        return self.at_ms if self.until_ms is None else self.until_ms
