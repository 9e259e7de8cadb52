"""The ideal exam service of the model: answers each request at once, keeps its windows, and misbehaves only as the script says.

`answer` is what a request meets; every answer is noted as `Served`. What it pushes reaches a client shortly after, when its network is back,
or (the push was lost) with the client's next poll. A guard that the script drops is no longer kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from harness.core.events import FacePicture, Operation, Reported, Served
from harness.core.script import Misbehaviour
from harness.core.view import Role
from harness.simulation.network import Network
from harness.simulation.world import POLL_MS, PUSH_MS, World

_GRANTED: Final = {
    Operation.CONSENT: 204,
    Operation.READ: 204,
    Operation.STAGE: 204,
    Operation.REPORT: 204,
    Operation.HELP: 201,
    Operation.UPLOAD_CREATE: 201,
    Operation.UPLOAD_PATCH: 204,
}
_REFUSED: Final = {
    "too-early": 425,
    "too-late": 410,
    "no-consent": 403,
    "second-session": 409,
    "face-mismatch": 403,
    "face-covered": 403,
    "wrong-code": 404,
    "code-expired": 410,
    "code-used": 409,
    "not-logged-in": 403,
    "not-bound": 403,
    "not-read": 403,
    "ended": 410,
    "unavailable": 503,
}
_FACES: Final = {"stranger": "face-mismatch", "covered": "face-covered"}  # scenes that no candidate's face passes in


class Request(NamedTuple):
    """One request of a client; `report` is what it tells, where it tells something."""

    operation: Operation
    role: Role
    subject: str
    detail: dict[str, str]
    report: Reported | None


class Answer(NamedTuple):
    """What came of a request; one that is `late` comes only after so long, one that is `empty` lacks its body."""

    status: int
    problem: str = ""
    late_ms: int = 0
    empty: bool = False

    @property
    def granted(self) -> bool:
        """The service did what was asked."""
        return self.status < 400

    @property
    def passing(self) -> bool:
        """The service said "not now": the same request may be granted later."""
        return self.problem == "unavailable"


_OK: Final = Answer(200)
_PLAIN: Final = {operation: Answer(status) for operation, status in _GRANTED.items()}
# What can be refused, or changes what the service knows.
_DECIDED: Final = frozenset(
    {
        Operation.CONSENT,
        Operation.LOGIN,
        Operation.BINDING,
        Operation.PHONE_BIND,
        Operation.READ,
        Operation.ENTRY,
        Operation.QUESTION,
    }
)


def _face_picture(sent: dict[str, str]) -> FacePicture:
    """The picture that a login brought: of the camera and the moment that it says, and as it was."""
    taken = int(sent["captured_ms"])
    return FacePicture(captured_ms=taken, device=int(sent["device"]), taken_ms=taken, face_change=0.0, twin_change=0.0)


class Service:
    """What the service knows of one candidate."""

    def __init__(self, world: World, network: Network) -> None:
        self._world = world
        self._network = network
        self._misbehaving = bool(world.script.misbehaviour)
        self._used: Counter[int] = Counter()
        self._told: list[Reported] = []  # a report that is repeated, since its reply stalled, is one report
        self._codes = 0
        self._issued_ms = 0
        self.consented = False
        self.logged_in = False
        self.bound: Role | None = None  # the phone that is bound
        self.read: set[str] = set()
        self.entered_ms: int | None = None
        self.ended_ms: int | None = None
        self.on_bound: Callable[[], None] = lambda: None
        self.ends: Callable[[], int | None] = lambda: None  # when the interview is over, as far as that is decided

    # -- requests ------------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """What the service says to a request that reaches it now."""
        operation, role, subject, detail, report = request
        forced = self._troubled(operation) if self._misbehaving else None
        answer = _PLAIN.get(operation, _OK) if forced is None else forced
        if operation in _DECIDED and answer.granted and not answer.empty:
            problem = self._refusal(request)
            if problem:
                answer = Answer(_REFUSED[problem], problem, answer.late_ms)
        if operation is Operation.BINDING and answer.granted:
            detail = {"code": self.code, "payload": self.payload}
        status, problem, late_ms, _ = answer
        served = Served(
            operation=operation, role=role.device, status=status, problem=problem, subject=subject, detail=detail
        )
        note = self._world.note
        note("service", served, None, self._world.now + late_ms if late_ms else None)
        if operation is Operation.LOGIN and "device" in detail and (status < 400 or problem.startswith("face-")):
            note("recording", _face_picture(detail))
        if report is not None and status < 400 and not any(report is each for each in self._told):
            note("service", report)
            self._told.append(report)
        if operation is Operation.PHONE_BIND and status < 400:
            self.on_bound()
        return answer

    def _troubled(self, operation: Operation) -> Answer | None:
        """The answer that the script forces, if it does."""
        plain = _PLAIN.get(operation, _OK)
        for kind in ("fail", "stall", "lose"):
            fault = self._misbehaves(kind, lambda each: each.operation == operation.value)
            if fault is not None and kind == "fail":
                return Answer(fault.status, "unavailable")
            if fault is not None:
                return plain._replace(late_ms=fault.delay_ms if kind == "stall" else 0, empty=kind == "lose")
        return None

    def _misbehaves(self, kind: str, meant: Callable[[Misbehaviour], bool]) -> Misbehaviour | None:
        now = self._world.now
        for index, each in enumerate(self._world.script.misbehaviour):
            stands = each.kind == kind and each.from_ms <= now < each.until_ms and self._used[index] < each.count
            if stands and meant(each):
                self._used[index] += 1
                return each
        return None

    def _guards(self, name: str) -> bool:
        if not self._misbehaving:
            return True
        return self._misbehaves("drop-guard", lambda each: each.reason == name) is None

    # -- what each operation is refused for, and what it changes ---------------------------------------------------

    def _refusal(self, request: Request) -> str:
        match request.operation:
            case Operation.CONSENT:
                self.consented = request.detail.get("given") == "true"
            case Operation.LOGIN:
                return self._login(request)
            case Operation.BINDING:
                return self._binding()
            case Operation.PHONE_BIND:
                return self._bind(request)
            case Operation.READ:
                self.read.add(request.subject)
            case Operation.ENTRY:
                return self._entry(request)
            case Operation.QUESTION:
                return "too-early" if self._world.now < 0 and self._guards("question") else ""
            case _:
                pass
        return ""

    def _login(self, request: Request) -> str:
        windows, now = self._world.plan.windows, self._world.now
        if now < windows.login_opens and self._guards("login"):
            return "too-early"
        if now >= windows.entry_closes and self.entered_ms is None and self._guards("login"):
            return "too-late"
        if not self.consented:
            return "no-consent"
        if request.role is Role.RIVAL_LAPTOP and self.logged_in:
            return "second-session"
        refused = self._misbehaves("refuse-face", lambda each: True) if self._misbehaving else None
        if refused is not None:
            return f"face-{refused.reason or 'mismatch'}"
        face = _FACES.get(self._world.scene_of(int(request.detail["device"])), "")
        self.logged_in = self.logged_in or not face
        return face

    def _binding(self) -> str:
        if not self.logged_in:
            return "not-logged-in"
        if not self._codes or self._expired():
            self._codes += 1
            self._issued_ms = self._world.now
        return ""

    def _bind(self, request: Request) -> str:
        given = request.detail
        if not self._codes or (given.get("code") != self.code and given.get("payload") != self.payload):
            return "wrong-code"
        if self._expired():
            return "code-expired"
        if self.bound not in (None, request.role):
            return "code-used"
        self.bound = request.role
        return ""

    def _entry(self, request: Request) -> str:
        plan, now = self._world.plan, self._world.now
        if self.entered_ms is not None:
            return self._reentry(request)
        if now < plan.windows.entry_opens and self._guards("entry"):
            return "too-early"
        if now >= plan.windows.entry_closes and self._guards("entry"):
            return "too-late"
        if not self.bound and self._guards("bound"):
            return "not-bound"
        if len(self.read) < len(plan.attachments) and self._guards("read"):
            return "not-read"
        self.entered_ms = now
        return ""

    def _reentry(self, request: Request) -> str:
        plan, now, ends = self._world.plan, self._world.now, self.ends()
        if ends is not None and now >= ends:
            return "ended"
        # One that doesn't come back is only being repeated, since its reply stalled.
        late = bool(request.detail) and now >= plan.windows.entry_closes and not plan.readings.rejoin
        return "too-late" if late and self._guards("entry") else ""

    # -- the binding code ------------------------------------------------------------------------------------------

    @property
    def code(self) -> str:
        """The code that was given out last, six digits."""
        return f"{(self._world.script.candidate_seed * 7_919 + self._codes * 104_729) % 1_000_000:06d}"

    @property
    def payload(self) -> str:
        """What its QR code carries."""
        return f"viva:{self._world.plan.id}:{self.code}"

    def _expired(self) -> bool:
        return self._world.now >= self._issued_ms + self._world.plan.spans.binding_ttl

    def release(self) -> None:
        """The desk frees the binding: the next request for one gets a new code."""
        self.bound = None
        self._codes += 1
        self._issued_ms = self._world.now

    # -- pushes ------------------------------------------------------------------------------------------------------

    def push(self, role: Role, kind: str, then: Callable[[], None]) -> None:
        """Tells a client; `then` is what it does on hearing."""
        lost = self._misbehaving and (self._misbehaves("lose-push", lambda each: each.reason in ("", kind)) is not None)
        self._world.after(POLL_MS if lost else PUSH_MS, lambda: self._network.when_up(role, then))
