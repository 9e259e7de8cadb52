"""A script: everything that shapes one run of one interview, frozen, and known by its digest.

Given and When steps make scripts; a session plays them; the model foretells them. A script names intents, moments, conditions,
devices, disturbances and the service's misbehaviour, and never what is expected.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal, TypeAlias

import msgspec

from harness.core.plan import Plan, Track, encode_number
from harness.core.view import ROLES, Act, AlertCode, Page, Role, Stream, View

# -- what is there ---------------------------------------------------------------------------------------------------


class DeviceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual device of the script: `number` is the one in its marks. A `display` shows nothing: it extends the one that the laptop has."""

    id: str
    role: Role
    kind: Literal["camera", "microphone", "screen", "display"]
    number: int
    label: str
    facing: Literal["user", "environment", "none"] = "none"
    scene: str = "portrait"  # what it sees from the start; microphones: "room", or "silent" for one that gives nothing
    plugged: bool = True


# Scenes of devices that do not work: what such a camera sees, and what such a microphone hears.
SIGHTLESS: Final = frozenset({"black", "frozen"})
SILENT: Final = "silent"

# Device numbers of marks, 0…15. Labels are like those that real devices carry, which PRIV-2 looks for in recordings.
DEVICES: Final = (
    DeviceSpec(
        id="camera-1", role=Role.LAPTOP, kind="camera", number=0, label="Integrated Camera (04f2:b6dd)", facing="user"
    ),
    DeviceSpec(
        id="camera-2",
        role=Role.LAPTOP,
        kind="camera",
        number=1,
        label="USB Camera (1bcf:2284)",
        facing="user",
        scene="portrait",
    ),
    DeviceSpec(id="screen-1", role=Role.LAPTOP, kind="screen", number=4, label="Entire screen", scene="screen"),
    DeviceSpec(
        id="microphone-1", role=Role.LAPTOP, kind="microphone", number=8, label="Built-in Microphone", scene="room"
    ),
    DeviceSpec(
        id="microphone-2",
        role=Role.LAPTOP,
        kind="microphone",
        number=9,
        label="USB Microphone (0d8c:0014)",
        scene="room",
    ),
    DeviceSpec(id="phone-front", role=Role.PHONE, kind="camera", number=2, label="Front Camera", facing="user"),
    DeviceSpec(
        id="phone-back",
        role=Role.PHONE,
        kind="camera",
        number=3,
        label="Back Camera",
        facing="environment",
        scene="empty-room",
    ),
    DeviceSpec(
        id="phone-microphone", role=Role.PHONE, kind="microphone", number=10, label="Phone Microphone", scene="room"
    ),
)

# A second display beside the laptop's own, for scripts that extend it.
DISPLAY: Final = DeviceSpec(id="display-2", role=Role.LAPTOP, kind="display", number=5, label="External Display")

Battery = Literal["", "low", "charging"]
"""The laptop's power: on the mains with a full battery; a nearly empty one, unplugged; the same one, plugged in."""


class Misbehaviour(msgspec.Struct, frozen=True, kw_only=True):
    """One scripted fault of the exam service, in `[from_ms, until_ms)` of exam time and at most `count` times.

    refuse-face: the next logins are refused, `reason` says which (`mismatch`, `covered`).
    lose-push: pushes of kind `reason` are not sent. fail: `operation` answers with `status`. stall: it answers after `delay_ms`.
    lose: the reply is empty where a body was due (a question, an attachment). leak-question: GET /exam carries the question early.
    drop-guard: the service no longer refuses what `reason` names (`login`, `entry`, `question`, `stage`, `read`, `bound`).
    """

    kind: Literal["refuse-face", "lose-push", "fail", "stall", "lose", "leak-question", "drop-guard"]
    operation: str = ""
    reason: str = ""
    status: int = 503
    delay_ms: int = 0
    count: int = 1_000_000
    from_ms: int = -(10**9)
    until_ms: int = 10**9


# -- when ------------------------------------------------------------------------------------------------------------


class Wait(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition on what one role shows: every field that is given must hold."""

    role: Role = Role.LAPTOP
    pages: tuple[Page, ...] = ()
    enabled: Act | None = None
    alert: AlertCode | None = None
    bound: bool | None = None
    code: bool | None = None
    qr: bool | None = None
    recording: bool | None = None
    counting: str = ""
    question: bool | None = None
    devices: tuple[str, ...] = ()
    network: str = ""
    opened: str = ""  # the attachment of that id is open, or its text on show

    def holds(self, view: View | None) -> bool:
        """Whether the view meets it; no view meets nothing."""
        if view is None:
            return False
        binding = view.binding
        return (
            (not self.pages or view.page in self.pages)
            and (self.enabled is None or view.enabled(self.enabled))
            and (self.alert is None or view.says(self.alert))
            and (self.bound is None or (binding is not None and binding.bound) == self.bound)
            and (self.code is None or (binding is not None and bool(binding.code)) == self.code)
            and (self.qr is None or (binding is not None and bool(binding.qr_png)) == self.qr)
            and (self.recording is None or view.recording == self.recording)
            and (not self.counting or view.countdown(self.counting) is not None)
            and (self.question is None or (view.question is not None and bool(view.question.text)) == self.question)
            and (not self.devices or {*self.devices} <= {shown.id for shown in view.devices})
            and (not self.network or view.network == self.network)
            and (not self.opened or any(s.id == self.opened and (s.opened or s.text) for s in view.attachments))
        )


# -- what is done ----------------------------------------------------------------------------------------------------


class Do(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="do"):
    """The candidate acts. `$code` and `$qr` in an argument stand for what the laptop shows."""

    role: Role
    act: Act
    args: dict[str, str] = {}


class Plug(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="plug"):
    """A device is plugged in, or pulled out."""

    device: str
    present: bool


class ShowScene(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="scene"):
    """A camera is shown a scene for so long (0: from now on)."""

    device: str
    scene: str
    for_ms: int = 0


class Say(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="say"):
    """The candidate speaks; every microphone of the role hears it."""

    role: Role
    text: str


class Disturb(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="disturb"):
    """The network of a role (None: of both) is disturbed for so long, real ms; `value`: ms, bytes or bytes/s as the kind says."""

    kind: Literal["down", "latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"]
    role: Role | None = None
    for_ms: int
    value: int = 0


class DeskAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="desk"):
    """Technical support does something."""

    action: Literal["login", "release", "answer", "publish"]
    text: str = ""


class Kill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="kill"):
    """The client of a role is killed (SIGKILL), or started (again) with the state it left; a rival's is started by this alone."""

    role: Role
    restart: bool = False


class RestartService(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="restart-service"):
    """The exam service is killed (SIGKILL) and started again on its store, so much later at the soonest, ms."""

    down_ms: int


class LoseRecording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="lose-recording"):
    """The exam service loses what it had confirmed of a stream, bytes and all, and knows nothing of it any more."""

    stream: Stream


Action: TypeAlias = Do | Plug | ShowScene | Say | Disturb | DeskAct | Kill | RestartService | LoseRecording


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a thread: not before `at` and `when`, then `after` ms later, `action`.

    Where `when` does not come true within `patience` ms (of becoming due), the step is skipped, or taken all the same by who `insists`;
    None waits to the end. It is skipped as well where `unless` holds while it waits for `when`, or when it would act: nobody presses
    again what has become needless.
    """

    action: Action
    at: int | None = None
    when: Wait | None = None
    after: int = 0
    patience: int | None = None
    insists: bool = False
    unless: Wait | None = None


class Thread(msgspec.Struct, frozen=True):
    """Steps that follow each other; threads run side by side."""

    name: str
    steps: tuple[Step, ...]


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One run: `plan` is already at the speed of the run. Exam times in ms."""

    plan: Plan
    track: Track
    begins: int  # exam time at which the clients are started
    ends: int  # the run is over at this exam time at the latest
    until: tuple[Wait, ...] = ()  # … or once every thread is through and all of these hold
    linger_ms: int = 500  # … and so much later
    threads: tuple[Thread, ...]
    devices: tuple[DeviceSpec, ...] = DEVICES
    misbehaviour: tuple[Misbehaviour, ...] = ()
    rivals: tuple[Role, ...] = ()  # the second devices that take part
    candidate_seed: int = 1
    certificate: Literal["", "self-signed"] = ""  # the service is reached by TLS, and shows that one
    # The computer's own clock is wrong by so much: in virtual time. Clients and service of a real run share a machine and its clock, and a
    # browser can't be given another one without patching the build; there the service's date is always some way ahead of it.
    clock_error_ms: int = 0
    battery: Battery = ""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Every device that takes part."""
        return (*ROLES, *self.rivals)

    @property
    def restarts_service(self) -> bool:
        """It kills the service, which therefore must be no other run's."""
        return any(isinstance(step.action, RestartService) for thread in self.threads for step in thread.steps)

    def digest(self) -> str:
        """A name that two equal scripts share and no others: SHA-256, 16 hex digits."""
        return hashlib.sha256(msgspec.json.encode(self, enc_hook=encode_number, order="deterministic")).hexdigest()[:16]
