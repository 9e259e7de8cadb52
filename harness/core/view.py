"""What a candidate sees and does: the view of a client, its pages, controls and alerts, and the acts that press them.

Drivers produce views, rules read them, clients answer with them; a missing key is not shown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class Role(StrEnum):
    """Which of the candidate's devices: the two of every interview, and a second one of a kind that wants in as well."""

    LAPTOP = "laptop"  # 智试云
    PHONE = "phone"  # 智试通
    RIVAL_LAPTOP = "rival-laptop"  # another laptop with the same candidate's ticket
    RIVAL_PHONE = "rival-phone"  # another phone, to which the same code is shown

    @property
    def device(self) -> Role:
        """Laptop or phone: which client runs there, and whose cameras and microphones it sees."""
        return Role.LAPTOP if self in (Role.LAPTOP, Role.RIVAL_LAPTOP) else Role.PHONE


ROLES = (Role.LAPTOP, Role.PHONE)  # those of every interview


class Stream(StrEnum):
    """What is recorded: the microphone is muxed into camera and evidence."""

    CAMERA = "camera"
    SCREEN = "screen"
    EVIDENCE = "evidence"

    @property
    def role(self) -> Role:
        """Whose client records it."""
        return Role.PHONE if self is Stream.EVIDENCE else Role.LAPTOP


class Stage(StrEnum):
    """The running stages of an interview, in order; the last two in art only."""

    PREPARATION = "preparation"
    LESSON = "lesson"
    SKILL_TEST = "skill_test"
    PRESENTATION = "presentation"


class Page(StrEnum):
    """Where a client stands. `pair` and `filming` are the phone's."""

    CHECK = "check"
    LOGIN = "login"
    BIND = "bind"
    ATTACHMENTS = "attachments"
    LOBBY = "lobby"
    DEVICES = "devices"
    WAITING = "waiting"
    PREPARATION = "preparation"
    LESSON = "lesson"
    SKILL_TEST = "skill_test"
    PRESENTATION = "presentation"
    UPLOAD = "upload"
    DONE = "done"
    PAIR = "pair"
    FILMING = "filming"


RUNNING = (Page.PREPARATION, Page.LESSON, Page.SKILL_TEST, Page.PRESENTATION)


class Act(StrEnum):
    """An intent: what a candidate does. Most press the control of the same name."""

    CONSENT = "consent"  # 同意
    DECLINE = "decline"
    LOGIN = "login"  # 人脸登录
    SHOW_CODE = "show_code"  # 智试通二维码
    OPEN = "open"  # opens an attachment: args id
    READ = "read"  # 已阅: args id
    PROCEED = "proceed"  # 下一步
    ENTER = "enter"  # 进入考试
    REFRESH = "refresh"  # 刷新
    REFRESH_DEVICES = "refresh_devices"  # 刷新设备
    CHOOSE = "choose"  # chooses a device: args id
    WAIT = "wait"  # 进入待考
    START = "start"  # 开始
    FINISH = "finish"  # 结束考试, 结束面试
    CONFIRM = "confirm"
    CANCEL = "cancel"
    HELP = "help"  # 求助: args text
    FETCH_QUESTION = "fetch_question"  # 获取题目
    RETRY = "retry"  # 重新上传
    CLOSE = "close"  # closes the client's window
    SCAN = "scan"  # phone: args payload
    TYPE_CODE = "type_code"  # phone: args code
    RECORD = "record"  # phone
    STOP = "stop"  # phone
    LEAVE = "leave"  # leaves the app or window
    RETURN = "return"
    SCREENSHOT = "screenshot"  # presses the key that takes a picture of the screen
    COPY = "copy"  # tries to get at the text of the page: selects all, copies, drags, prints


class AlertCode(StrEnum):
    """What a client tells the candidate; the web driver maps these from words."""

    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    FACE_MISMATCH = "face-mismatch"
    FACE_COVERED = "face-covered"
    EXTENDED_DISPLAY = "extended-display"
    SECOND_SESSION = "second-session"
    NO_CAMERA = "no-camera"
    NO_MICROPHONE = "no-microphone"
    NO_SCREEN = "no-screen"
    DEVICE_LOST = "device-lost"
    WRONG_CODE = "wrong-code"
    CODE_EXPIRED = "code-expired"
    CODE_USED = "code-used"
    OFFLINE = "offline"
    NOT_LOADED = "not-loaded"
    UPLOAD_FAILED = "upload-failed"
    UPLOAD_OVERDUE = "upload-overdue"
    UPLOAD_RUNNING = "upload-running"  # closing before success
    UPLOAD_DONE = "upload-done"
    NOT_READ = "not-read"
    NOT_BOUND = "not-bound"
    CONFIRM_FINISH = "confirm-finish"
    CONFIRM_STOP = "confirm-stop"
    STOP_PHONE = "stop-phone"
    HELP_SENT = "help-sent"
    HELP_ANSWER = "help-answer"
    ENDED = "ended"
    LOW_BATTERY = "low-battery"
    SYSTEM_BELOW_MINIMUM = "system-below-minimum"
    OTHER = "other"


class Rect(msgspec.Struct, frozen=True):
    """A place in the viewport, CSS pixels."""

    x: float
    y: float
    width: float
    height: float


class ControlState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button as it stands; one that is not shown is not in the view."""

    enabled: bool
    rect: Rect | None = None


class Countdown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A running countdown: what is left and by what step it is shown, ms."""

    stage: Literal["waiting", "preparation", "lesson", "skill_test", "presentation"]
    remaining_ms: int
    resolution_ms: int = 1_000
    rect: Rect | None = None


class Alert(msgspec.Struct, frozen=True):
    """A sentence shown to the candidate, with its code."""

    code: AlertCode
    text: str


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the device check."""

    state: Literal["working", "failed", "checking"]
    reason: str = ""


class DeviceShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device in a list, chosen or not."""

    id: str
    kind: Literal["camera", "microphone", "screen"]
    label: str
    chosen: bool = False


class AttachmentShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file under 考试附件 with its marks; `text` is what opening it shows."""

    id: str
    title: str
    opened: bool = False
    read: bool = False
    text: str = ""


class BindingShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """The binding code as text, the QR code as PNG (base64), and whether a phone is bound."""

    code: str = ""
    qr_png: str = ""
    bound: bool = False


class QuestionShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """The question: present in the page or not, and its text."""

    present: bool
    text: str = ""


class UploadShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """Progress of one stream's upload, bytes."""

    sent: int
    total: int
    state: Literal["recording", "sending", "done", "failed"]


class View(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One whole view of a client: everything a candidate could see at one moment."""

    seq: int = 0
    page: Page
    controls: dict[str, ControlState] = {}
    countdowns: tuple[Countdown, ...] = ()
    alerts: tuple[Alert, ...] = ()
    checks: dict[Literal["camera", "microphone", "recording"], Check] = {}
    devices: tuple[DeviceShown, ...] = ()
    attachments: tuple[AttachmentShown, ...] = ()
    binding: BindingShown | None = None
    question: QuestionShown | None = None
    upload: dict[Stream, UploadShown] = {}
    network: Literal["online", "offline"] = "online"
    recording: bool = False  # phone: evidence is being recorded, and the candidate is shown so
    text: tuple[str, ...] = ()
    viewport: Rect | None = None

    def enabled(self, act: Act) -> bool:
        """The control of that act is shown and can be pressed."""
        control = self.controls.get(act)
        return control is not None and control.enabled

    def says(self, *codes: AlertCode) -> bool:
        """One of these alerts stands on the page."""
        return any(alert.code in codes for alert in self.alerts)

    def alert(self, code: AlertCode) -> str:
        """The text of that alert, or an empty text."""
        return next((alert.text for alert in self.alerts if alert.code == code), "")

    def countdown(self, stage: str) -> Countdown | None:
        """The countdown of that stage, if it is shown."""
        return next((item for item in self.countdowns if item.stage == stage), None)
