"""The laptop's arrival: device check and face login (the notice's sections one and two).

Each duty is a small method of its own, so that a faulty client can fail exactly one. A client that was killed after entry asks for neither
again unless the service wants a login. Base of `admission.Admission`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Literal

import msgspec

from clients.headless.core import DONE, Core
from clients.headless.links import keyed
from clients.headless.stages import Course
from harness.protocol.capture import Capture, CaptureError, DeviceState, Recorder
from harness.protocol.client import DoResult, Storage
from harness.protocol.exam_api import ConsentBody, LoginReply
from harness.protocol.messages import Problem, Request, Response, json_body
from harness.protocol.vocabulary import Act, AlertCode, Check, DeviceShown, Page, Role

DOCUMENT: Final = "laptop"
CheckName = Literal["camera", "microphone", "recording"]
CHECKED: Final[tuple[CheckName, ...]] = ("camera", "microphone", "recording")
CHECK_MS: Final = 200  # how often the devices are looked at while they are checked
TRIAL_MS: Final = 600  # how long the trial recording of the device check is
# A still that the service found stale was held up on its way: the client takes another by itself, so many times.
FRESH_STILLS: Final = 3

PROBLEM_ALERTS: Final[dict[str, AlertCode]] = {
    "too-early": AlertCode.TOO_EARLY,
    "too-late": AlertCode.TOO_LATE,
    "face-mismatch": AlertCode.FACE_MISMATCH,
    "face-covered": AlertCode.FACE_COVERED,
    "second-session": AlertCode.SECOND_SESSION,
    "not-bound": AlertCode.NOT_BOUND,
    "not-read": AlertCode.NOT_READ,
    "ended": AlertCode.ENDED,
}
# What the service answers to a press of 人脸登录 or 进入考试 stands until the next press.
ANSWERS: Final = (*PROBLEM_ALERTS.values(), AlertCode.OTHER)


class Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the laptop knows after it was killed. Never the question."""

    token: str = ""
    name: str = ""
    admission_number: str = ""
    entered_ms: int | None = None
    waited: bool = False  # 【进入待考】 was pressed
    camera: str = ""
    microphone: str = ""
    course: Course = msgspec.field(default_factory=Course)
    reported: list[str] = []
    ended_ms: int | None = None


class Arrival(Core):
    """Pages check and login."""

    role: ClassVar[Role] = Role.LAPTOP

    def __init__(self, *, ticket: str, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        self.ticket = ticket
        kept = storage.load(DOCUMENT)
        self.kept = msgspec.json.decode(kept, type=Kept) if kept else Kept()
        super().__init__(storage=storage, capture=capture, mint=mint)
        self.page = Page.CHECK
        self.listed: tuple[str, ...] = ()
        self.checks: dict[CheckName, DeviceState] = {}
        self.trial_passed = False
        self.consented = False
        self.declined = False
        self._check_at = 0
        self._trial: Recorder | None = None
        self._trial_until = 0
        self._stills_left = 0

    def save(self) -> None:
        """Keeps what must survive."""
        self.storage.save(DOCUMENT, msgspec.json.encode(self.kept))

    def bearer(self) -> str:
        """The login's token, and the ticket before it."""
        return self.kept.token or self.ticket

    def began(self, now: int) -> None:
        """The plan and the session are asked for."""
        self.ask_exam()
        super().began(now)

    def plugged(self, now: int) -> None:
        """The first camera and microphone are chosen by themselves; who was chosen stays chosen."""
        del now
        self.kept.camera = self.kept.camera or self.first("camera") or ""
        self.kept.microphone = self.kept.microphone or self.first("microphone") or ""
        if not self.listed or self.page is Page.CHECK:
            self.list_devices()

    def list_devices(self) -> None:
        """【刷新设备】: lists what is plugged in."""
        self.listed = tuple(device.id for device in self.present)

    # -- one: device check -------------------------------------------------------------------------------------------

    def check_devices(self, now: int) -> None:
        """Looks at camera and microphone, and makes a short trial recording of both."""
        if now < self._check_at:
            return
        self._check_at = now + CHECK_MS
        camera = self.kept.camera if self.is_present(self.kept.camera) else self.first("camera")
        microphone = self.kept.microphone if self.is_present(self.kept.microphone) else self.first("microphone")
        self.kept.camera, self.kept.microphone = camera or self.kept.camera, microphone or self.kept.microphone
        self.checks["camera"] = self.check_device(camera, AlertCode.NO_CAMERA, now)
        self.checks["microphone"] = self.check_device(microphone, AlertCode.NO_MICROPHONE, now)
        self.checks["recording"] = self.try_recording(camera, microphone, now)

    def check_device(self, device: str | None, missing: AlertCode, now: int) -> DeviceState:
        """Whether that device works; one that is not there does not, and the candidate is told."""
        state = self.capture.check(device, now) if device else DeviceState(state="failed", reason="没有找到设备")
        if state.state == "failed":
            self.say(missing, state.reason)
        else:
            self.unsay(missing)
        return state

    def try_recording(self, camera: str | None, microphone: str | None, now: int) -> DeviceState:
        """Whether a recording of both yields media."""
        if self.trial_passed:
            return DeviceState(state="working")
        if camera is None or any(self.checks[name].state == "failed" for name in CHECKED[:2]):
            return DeviceState(state="failed", reason="摄像头或麦克风不可用")
        if self._trial is None:
            try:
                self._trial = self.capture.record(video=camera, microphone=microphone, now=now)
            except CaptureError as error:
                return DeviceState(state="failed", reason=str(error))
            self._trial_until = now + TRIAL_MS
        elif now >= self._trial_until:
            trial, self._trial = self._trial, None
            try:
                self.trial_passed = bool(trial.stop(now))
            except CaptureError as error:
                return DeviceState(state="failed", reason=str(error))
            return DeviceState(state="working" if self.trial_passed else "failed")
        return DeviceState(state="checking")

    def checks_passed(self) -> bool:
        """Only who has camera, microphone and recording goes on."""
        return len(self.checks) == len(CHECKED) and all(state.state == "working" for state in self.checks.values())

    # -- two: face login ---------------------------------------------------------------------------------------------

    def login_is_open(self) -> bool:
        """From the window's opening, and not before, whatever the uncertainty of the clock."""
        if self.exam_info is None or not self.clock.known:
            return False
        return self.clock.surely(self.now) >= self.exam_info.windows["login_opens"]

    def entry_is_over(self) -> bool:
        """Who has not entered by now may not any more."""
        if self.exam_info is None or not self.clock.known or self.kept.entered_ms is not None:
            return False
        return self.exam_time >= self.exam_info.windows["entry_closes"]

    def may_take_still(self) -> bool:
        """No picture of the face leaves before the candidate has consented."""
        return self.consented

    def consent(self, given: bool) -> DoResult:
        """The candidate agrees, or does not."""
        self.declined = not given

        def done(reply: Response, _now: int) -> None:
            self.consented = given and reply.ok

        self.links.drop("consent")
        body = json_body(ConsentBody(given=given))
        self.links.ask("consent", keyed(post("/v1/consent", body), self.mint()), done)
        return DONE

    def log_in(self, now: int) -> DoResult:
        """A live picture is taken at the press and sent."""
        self.unsay(*ANSWERS)
        self._stills_left = FRESH_STILLS
        return self.send_still(now)

    def send_still(self, now: int) -> DoResult:
        """Takes the still and asks for the login with it."""
        try:
            still = self.take_still(now)
        except CaptureError as error:
            self.say(AlertCode.NO_CAMERA, str(error))
            return DoResult("refused", str(error))
        self._stills_left -= 1
        headers = {"content-type": "image/jpeg", "captured-ms": str(self.exam_time)}
        request = Request(method="POST", path="/v1/login", headers=headers, body=still)
        self.links.ask("login", keyed(request, self.mint()), self.login_answered)
        return DONE

    def take_still(self, now: int) -> bytes:
        """The camera's picture of this moment, as it is."""
        return self.capture.still(self.kept.camera, now)

    def login_answered(self, reply: Response, now: int) -> None:
        """Logged in, or not and why."""
        if reply.ok:
            self.logged_in(reply.decode(LoginReply))
            return
        problem = reply.problem
        if problem is not None and problem.code == "still-stale" and self._stills_left > 0:
            self.send_still(now)
            return
        self.refused(problem)

    def logged_in(self, login: LoginReply) -> None:
        """The token replaces the ticket; the stream of pushes is opened with it."""
        self.kept.token, self.kept.name = login.token, login.name
        self.kept.admission_number = login.admission_number
        self.save()
        self.unsay(*ANSWERS)
        self.links.drop("events")
        self.links.drop("session")
        if self.page is Page.LOGIN:
            self.page = Page.BIND
        self.ask_session(self.now)

    def refused(self, problem: Problem | None) -> None:
        """The service said no: its reason is shown."""
        code = PROBLEM_ALERTS.get(problem.code, AlertCode.OTHER) if problem is not None else AlertCode.OTHER
        self.say(code, problem.detail if problem is not None else "")

    def rejected(self, now: int) -> None:
        """The login is gone: another one is asked for."""
        if self.kept.token:
            self.kept.token = ""
            self.save()
            self.page = Page.CHECK if self.page is Page.CHECK else Page.LOGIN
            self.links.drop("events")
            self.ask_exam()
            self.ask_session(now)

    def claim_login(self) -> None:
        """The desk completed the login: the token is fetched without a picture."""
        headers = {"content-type": "image/jpeg", "captured-ms": str(self.exam_time)}
        request = Request(method="POST", path="/v1/login", headers=headers)
        self.links.ask("login", keyed(request, self.mint()), self.login_answered)

    # -- together ----------------------------------------------------------------------------------------------------

    def is_checking(self) -> bool:
        """On the first page, but for a client that was killed in the interview and only waits to be let in again."""
        return self.page is Page.CHECK and not (self.kept.token and self.kept.entered_ms is not None)

    def step(self, now: int) -> None:
        """What these pages do by themselves."""
        if self.is_checking():
            self.check_devices(now)
        else:
            self.end_trial(now)

    def end_trial(self, now: int) -> None:
        """A trial recording that is not wanted any more lets go of its devices."""
        if self._trial is not None:
            self._trial.stop(now)
            self._trial = None

    def close(self, now: int) -> None:
        """… and so it does when the client is closed."""
        self.end_trial(now)
        super().close(now)

    def wakeups(self) -> list[int | None]:
        """The next look at the devices."""
        return [self._check_at if self.is_checking() else None]

    def face_camera(self) -> tuple[DeviceShown, ...]:
        """The camera whose picture stands on the login's page."""
        return tuple(
            DeviceShown(id=device.id, kind=device.kind, label=device.label, chosen=True)
            for device in self.present
            if device.id == self.kept.camera and self.page is Page.LOGIN
        )

    def arrival_controls(self) -> dict[Act, bool]:
        """What these pages offer."""
        if self.page is Page.CHECK:
            return {Act.PROCEED: self.checks_passed()}
        if self.page is not Page.LOGIN:
            return {}
        open_now = self.login_is_open() and not self.entry_is_over() and not self.links.asking("login")
        choose = not self.consented and self.exam_info is not None
        return {Act.CONSENT: choose, Act.DECLINE: choose, Act.LOGIN: open_now and self.may_take_still()}

    def checks_shown(self) -> dict[CheckName, Check]:
        """The device check, line by line."""
        return {name: Check(state=state.state, reason=state.reason) for name, state in self.checks.items()}


def post(path: str, body: bytes = b"") -> Request:
    """A POST, of JSON where it has a body."""
    return Request(method="POST", path=path, headers={"content-type": "application/json"} if body else {}, body=body)
