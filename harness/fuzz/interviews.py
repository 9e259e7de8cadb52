"""Random interviews: a way to some page, what the candidate does beside it, and what befalls the network, the service, devices and clients.

Laws: a script is a value that both the model and the world can play, and its simplest form does nothing at all; moments lie on the
exam's own boundaries and a millisecond beside them as often as anywhere. Left out is what the notice leaves open and each honest client may
do in its own way:

* what fails before the first page has come (a client may wait on a page of its own choosing until it knows the plan);
* an attachment that the service refuses for a while (a client may repeat the request, or wait for the candidate);
* two presses for the same control whose order nobody said (each of a script's own presses is a thread, and no two share a millisecond).

Called by `search`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec.structs import replace

from harness.core.plan import Plan, Track
from harness.core.script import (
    DEVICES,
    Action,
    DeskAct,
    Disturb,
    Do,
    Kill,
    Misbehaviour,
    Plug,
    Script,
    Step,
    Thread,
    Wait,
)
from harness.core.view import Act, Page, Role
from harness.fuzz.plans import plans, tracks
from harness.fuzz.ways import CHECKED_MS, PAGES, way_to
from harness.network.faults import Kind

# Before the first window the clients are started so much earlier, that "not yet" is observed.
LEAD_MS: Final = 1_500
# What a run has after its last event: an outage's end, the plan's own `catch_up`, and a look at what came of it.
SETTLE_MS: Final = 9_000
# The lesson is worth most: half of the ways lead there.
_GOALS: Final = (*PAGES, *(Page.WAITING,) * 2, *(Page.LESSON,) * 8)
_OFFSETS: Final = (0, -1, 1, -40, 40, -400, 400, -1_500, 1_500)
_CODES: Final = ("ZZZZZZZZZ", "$code", "000 000", "ZZZ-ZZZ-ZZZ-ZZZ")
_PAYLOADS: Final = ("$qr", "viva-bind:elsewhere:ZZZZZZZZZ", "https://example.org/")
_SIMPLE: Final = (
    Act.START,
    Act.FINISH,
    Act.CONFIRM,
    Act.CANCEL,
    Act.ENTER,
    Act.WAIT,
    Act.LOGIN,
    Act.PROCEED,
    Act.CONSENT,
    Act.DECLINE,
    Act.REFRESH,
    Act.REFRESH_DEVICES,
    Act.FETCH_QUESTION,
    Act.LEAVE,
    Act.RETURN,
    Act.RETRY,
    Act.CLOSE,
    Act.SHOW_CODE,
)
_PHONE: Final = (Act.STOP, Act.CONFIRM, Act.CANCEL, Act.LEAVE, Act.RETURN, Act.RETRY)
_BREAKING: Final[tuple[Kind, ...]] = ("down", "timeout", "reset_peer", "limit_data")
_SLOWING: Final[tuple[Kind, ...]] = ("latency", "bandwidth", "slicer", "slow_close")
# Operations that may fail or come late for a while; repeating them is the client's business.
_FAILING: Final = (
    "entry", "question", "stage", "report", "help", "login", "consent", "read", "phone-bind", "session",
    "upload-create", "upload-patch", "upload-head", "finish",
)  # fmt: skip
_PUSHES: Final = ("entry-opened", "phone-bound", "")
_GUARDS: Final = ("entry", "question", "login", "stage", "read", "bound")


class Course:
    """The moments of an exam that something may fall on."""

    def __init__(self, plan: Plan, track: Track, begins: int, start_after: int) -> None:
        self.first = begins + CHECKED_MS
        started = plan.preparation_ends + start_after
        self.ends = started + plan.answering(track)
        moments = [self.first, *(getattr(plan.windows, name) for name in plan.windows.__struct_fields__), 0]
        moments += [plan.preparation_ends, started, started + plan.spans.lesson, self.ends]
        if plan.spans.lesson_start is not None:
            moments.append(plan.preparation_ends + plan.spans.lesson_start)
        self.moments = sorted({int(each) for each in moments if each >= self.first})

    def moment(self) -> SearchStrategy[int]:
        """On a boundary, just beside it, or anywhere near."""
        offset = st.sampled_from(_OFFSETS) | st.integers(-2_000, 4_000)
        return st.builds(lambda at, by: max(self.first, at + by), st.sampled_from(self.moments), offset)


@st.composite
def scripts(draw: DrawFn) -> Script:
    """An interview of at most a minute or so."""
    plan: Plan = draw(plans())
    track: Track = draw(tracks())
    goal: Page = draw(st.sampled_from(_GOALS))
    start_after = draw(st.sampled_from((0, 1, 200, 3_000)))
    begins = plan.windows.login_opens - LEAD_MS
    if draw(st.integers(0, 4)) == 4:
        begins = draw(st.integers(begins, max(begins, plan.windows.entry_closes - CHECKED_MS)))
    course = Course(plan, track, begins, start_after)
    own = [
        *draw(st.lists(_presses(plan, course), max_size=5)),
        *draw(st.lists(_events(course), max_size=3)),
        *draw(st.lists(_kill(course), max_size=1)),
    ]
    if goal is Page.LESSON and draw(st.booleans()):
        own.append(_stop(plan))
    faults = tuple(draw(st.lists(misbehaviours(course), max_size=2)))
    script = interview(plan, track, goal, own, faults, begins=begins, start_after=start_after)
    return replace(script, clock_error_ms=draw(st.sampled_from((0, 0, 0, 3_600_000, -90_000, 777))))


def interview(
    plan: Plan,
    track: Track,
    goal: Page,
    own: Sequence[tuple[Step, ...]],
    misbehaviour: tuple[Misbehaviour, ...] = (),
    *,
    begins: int,
    start_after: int,
) -> Script:
    """The plain way to that page, and each of these threads beside it; it lasts until all of that has come to its end."""
    through = goal is Page.LESSON or plan.spans.lesson_start is not None
    ends = Course(plan, track, begins, start_after).ends
    last = max([ends if through and goal in PAGES[6:] else begins + 8_000, *(_time(each) for each in own)])
    return Script(
        plan=plan,
        track=track,
        begins=begins,
        ends=last + SETTLE_MS,
        until=(Wait(role=Role.LAPTOP, pages=(Page.DONE,)), Wait(role=Role.PHONE, pages=(Page.DONE,))),
        threads=(
            *way_to(goal, plan, begins, start_after),
            *(Thread(f"own-{number}", steps) for number, steps in enumerate(own, 1)),
        ),
        misbehaviour=misbehaviour,
        devices=DEVICES,
        candidate_seed=1,
    )


def _time(steps: tuple[Step, ...]) -> int:
    """When these steps are over at the latest, as far as their own times say."""
    at = max((step.at for step in steps if step.at is not None), default=-(10**9))
    for_ms = max((step.action.for_ms for step in steps if isinstance(step.action, Disturb)), default=0)
    return at + for_ms + sum(step.after + (step.patience or 0) for step in steps)


# -- what the candidate does ---------------------------------------------------------------------------------------


@st.composite
def _presses(draw: DrawFn, plan: Plan, course: Course) -> tuple[Step, ...]:
    """One press, at a moment or once it can be pressed; sometimes twice."""
    action: Do = draw(acts(plan))
    at = draw(course.moment())
    patience = draw(st.none() | st.integers(0, 4_000))
    when = (
        None
        if patience is None or action.act in (Act.LEAVE, Act.RETURN)
        else Wait(role=action.role, enabled=action.act)
    )
    first = Step(action=action, at=at, when=when, patience=None if when is None else patience)
    again = draw(st.sampled_from((None, None, None, 0, 1, 30, 700)))
    return (first,) if again is None else (first, Step(action=action, after=again))


def acts(plan: Plan) -> SearchStrategy[Do]:
    """Whatever the candidate can press or do, right or wrong."""

    def laptop(act: Act, **args: str) -> Do:
        return Do(role=Role.LAPTOP, act=act, args=args)

    def phone(act: Act, **args: str) -> Do:
        return Do(role=Role.PHONE, act=act, args=args)

    files = [each.id for each in plan.attachments]
    devices = [each.id for each in DEVICES if each.role is Role.LAPTOP and each.kind != "screen"]
    return st.one_of(
        st.sampled_from([laptop(act) for act in _SIMPLE]),
        st.sampled_from([laptop(act, id=each) for act in (Act.OPEN, Act.READ) for each in (*files, "nowhere")]),
        st.sampled_from([laptop(Act.CHOOSE, id=each) for each in (*devices, "nowhere")]),
        st.sampled_from([phone(act) for act in _PHONE]),
        st.sampled_from(
            [
                *(phone(Act.TYPE_CODE, code=each) for each in _CODES),
                *(phone(Act.SCAN, payload=each) for each in _PAYLOADS),
            ]
        ),
        st.just(laptop(Act.HELP, text="听不见声音")),
    )


def _stop(plan: Plan) -> tuple[Step, ...]:
    """The candidate stops the phone after the interview, and says yes where that is asked."""
    over = Wait(role=Role.LAPTOP, pages=(Page.UPLOAD, Page.DONE))
    stop = Step(action=Do(role=Role.PHONE, act=Act.STOP), when=over, after=plan.limits.evidence_after_end + 700)
    sure = Wait(role=Role.PHONE, enabled=Act.CONFIRM)
    return stop, Step(action=Do(role=Role.PHONE, act=Act.CONFIRM), when=sure, after=250, patience=1_000)


# -- what befalls ----------------------------------------------------------------------------------------------------


def _events(course: Course) -> SearchStrategy[tuple[Step, ...]]:
    """One of those, at some moment."""
    return st.builds(lambda at, action: (Step(action=action, at=at),), course.moment(), happenings())


def happenings() -> SearchStrategy[Action]:
    """A disturbance of the network, a device that comes or goes, or the desk."""
    return st.one_of(
        _outages(),
        st.builds(Plug, device=st.sampled_from(("camera-2", "microphone-2")), present=st.booleans()),
        st.just(DeskAct(action="answer", text="请继续面试")),
    )


@st.composite
def _outages(draw: DrawFn) -> Disturb:
    kind: Kind = draw(st.sampled_from((*_BREAKING, *_SLOWING)))
    value = 0
    if kind == "latency":
        value = draw(st.integers(1, 300))
    elif kind == "bandwidth":
        value = draw(st.integers(20_000, 500_000))
    elif kind in ("slicer", "limit_data"):
        value = draw(st.integers(1, 2_000))
    return Disturb(
        kind=kind,
        role=draw(st.sampled_from((Role.LAPTOP, Role.PHONE, None))),
        for_ms=draw(st.integers(1, 2_000) | st.integers(1, 10_000)),
        value=value,
    )


@st.composite
def _kill(draw: DrawFn, course: Course) -> tuple[Step, ...]:
    """A client is killed, and started again after a while; where it asks for the check or the login again, the candidate does that."""
    role = draw(st.sampled_from((Role.LAPTOP, Role.PHONE)))
    killed = Step(action=Kill(role=role), at=draw(course.moment()))
    again = Step(action=Kill(role=role, restart=True), after=draw(st.integers(1, 4_000)))
    return killed, again


@st.composite
def misbehaviours(draw: DrawFn, course: Course) -> Misbehaviour:
    """One way of the service to fail, to be late, or to leave the client alone with its duties."""
    kind = draw(st.sampled_from(("refuse-face", "lose-push", "fail", "stall", "lose", "leak-question", "drop-guard")))
    begins = draw(course.moment())
    until = begins + draw(st.integers(1, 5_000))
    match kind:
        case "refuse-face":
            reason = draw(st.sampled_from(("mismatch", "covered")))
            return Misbehaviour(kind="refuse-face", reason=reason, count=draw(st.integers(1, 2)))
        case "lose-push":
            return Misbehaviour(kind="lose-push", reason=draw(st.sampled_from(_PUSHES)))
        case "fail" | "stall":
            operation = draw(st.sampled_from(_FAILING))
            status = draw(st.sampled_from((503, 500, 429))) if kind == "fail" else 503
            delay = draw(st.integers(1, 3_000)) if kind == "stall" else 0
            return Misbehaviour(
                kind=kind, operation=operation, status=status, delay_ms=delay, from_ms=begins, until_ms=until
            )
        case "lose":
            operation = draw(st.sampled_from(("question", "attachment")))
            return Misbehaviour(kind="lose", operation=operation, count=draw(st.integers(1, 2)))
        case "drop-guard":
            return Misbehaviour(kind="drop-guard", reason=draw(st.sampled_from(_GUARDS)))
        case _:
            return Misbehaviour(kind="leak-question")
