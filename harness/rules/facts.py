"""What many rules ask of a timeline with more than one look: when the interview ended, when the network was out, what an absence proves.

Facts are read off what was seen from outside, the plan and the candidate's own presses; a subject's claim is never a fact. Called by the
rules of this package alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar, cast

import msgspec

from harness.core.events import (
    Data,
    DeskActed,
    DeviceChanged,
    Disturbed,
    Event,
    Intent,
    Misconduct,
    Operation,
    ProcessChanged,
    Served,
    Viewed,
    Watched,
)
from harness.core.plan import Plan
from harness.core.script import DeviceSpec, Script
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.view import RUNNING, Act, AlertCode, Page, Role, Stream, View

D = TypeVar("D", bound=Data)

# What a candidate has seen before pressing again: the clients' replies came over loopback, where a round trip took below 20 ms.
GLANCE_MS: Final = 500

RESTART: Final = "restart"  # the `Disturbed` of a service that was killed, until it is back
NO_NETWORK: Final = ("down", "timeout")  # nothing gets through, for sure
# A connection that is reset after a while lets small requests through: it excuses what is missing, and proves no outage.
SLOWING: Final = ("latency", "bandwidth", "slicer")  # everything gets through, and later
TROUBLED: Final = (*NO_NETWORK, "reset_peer", RESTART)
OUTAGES: Final = (
    *TROUBLED,
    "latency",
    "bandwidth",
    "slow_close",
    "slicer",
    "limit_data",
)  # whatever may hold a request up


def read(kind: type[D], event: Event) -> D:
    """The data of an event that is known to be of that type."""
    assert isinstance(event.data, kind)
    return event.data


def view_of(event: Event) -> View:
    """The view that an event shows."""
    return read(Viewed, event).view


def views(timeline: Timeline, role: Role, after: int | None = None, before: int | None = None) -> list[Event]:
    """The views of a role that came in `[after, before)`."""
    return timeline.of(Viewed, after=after, before=before, role=role)


def view_before(timeline: Timeline, role: Role, event: Event) -> Event | None:
    """The view that stood when the event happened; of the same millisecond only what was noted before it. None where no client ran."""
    at = (event.at_ms, event.seq)
    earlier = [e for e in timeline.of(Viewed, role=role) if (e.at_ms, e.seq) < at]
    if not earlier:
        return None
    since = (earlier[-1].at_ms, earlier[-1].seq)
    ends = timeline.of(ProcessChanged, lambda data: data.change in ("killed", "died"), role=role)
    return None if any(since < (e.at_ms, e.seq) < at for e in ends) else earlier[-1]


def squashed(text: str) -> str:
    """The text without its white space: two texts that read the same compare equal."""
    return "".join(text.split())


def visible(view: View) -> str:
    """Everything that the page says in sentences, squashed."""
    return squashed("".join((*view.text, *(alert.text for alert in view.alerts))))


def tells_contact(view: View, plan: Plan, *, hours: bool = False) -> bool:
    """The desk's telephone (and its hours) can be read on the page."""
    said = visible(view)
    return squashed(plan.contact.phone) in said and (not hours or squashed(plan.contact.hours) in said)


def offline(view: View) -> bool:
    """The candidate is told that the service can't be reached."""
    return view.network == "offline" or view.says(AlertCode.OFFLINE)


def error_of(*events: Event | None) -> int:
    """The error of comparing these times, ms: their own added up, and for a press how long the client took to apply it."""
    return sum(
        event.error_ms + (event.end_ms - event.at_ms if isinstance(event.data, Intent) else 0)
        for event in events
        if event is not None
    )


# -- when nothing could be seen ----------------------------------------------------------------------------------------


def turned_to(timeline: Timeline, *pages: Page, role: Role = Role.LAPTOP, after: int | None = None) -> Event | None:
    """The first view of one of these pages that came after a view of another page: what always stood there did not come."""
    others = False
    for event in views(timeline, role):
        if view_of(event).page not in pages:
            others = True
        elif others and (after is None or event.at_ms >= after):
            return event
    return None


def outages(timeline: Timeline, role: Role, kinds: Sequence[str] = TROUBLED) -> list[tuple[int, int]]:
    """The spans in which the role had no working network, or there was no service at its end, exam ms, merged and in order."""
    spans: list[tuple[int, int]] = []
    for event in timeline.of(Disturbed):
        data = cast("Disturbed", event.data)
        if data.kind in kinds and data.role in (None, role):
            if spans and event.at_ms <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], event.end_ms))
            else:
                spans.append((event.at_ms, event.end_ms))
    return spans


def lost(timeline: Timeline, *streams: Stream) -> list[Event]:
    """When the service lost what it had confirmed of one of these streams."""
    return timeline.of(Disturbed, lambda data: data.kind in [f"lost-{stream}" for stream in streams])


def out_at(timeline: Timeline, role: Role, from_ms: int, to_ms: int, kinds: Sequence[str] = TROUBLED) -> bool:
    """The role's network was out, or not as usual in one of these ways, at some time in `[from_ms, to_ms]`."""
    return any(start <= to_ms and end >= from_ms for start, end in outages(timeline, role, kinds))


def stranded(timeline: Timeline, role: Role, catch_up: int = 0) -> list[tuple[int, int]]:
    """The spans in which the role's client, started again while nothing reached the service, could not know where the interview was: until
    the network was back, and `catch_up` after that; exam ms.
    """
    return [
        (started, back + catch_up)
        for _, started in dead(timeline, role)
        for out, back in outages(timeline, role)
        if out <= started < back
    ]


def clock_error(timeline: Timeline, script: Script, role: Role, before_ms: int) -> int:
    """How far off a client's exam clock may be, ms: a slowed reply does not tell when the service wrote the time on it. 0 without one."""
    slowed = timeline.first(
        Disturbed, lambda data: data.role in (None, role) and data.kind in SLOWING, before=before_ms
    )
    return 0 if slowed is None else int(script.plan.limits.countdown)


def dead(timeline: Timeline, role: Role) -> list[tuple[int, int]]:
    """The spans in which the role's client did not run after it had, exam ms; one that was killed or died for good has no end (10⁹).

    That a client is closed for good is the end of the run and no such span.
    """
    spans: list[tuple[int, int]] = []
    since: int | None = None
    how = ""
    for event in timeline.of(ProcessChanged, role=role):
        change = read(ProcessChanged, event).change
        if change == "started":
            if since is not None:
                spans.append((since, event.at_ms))
            since = None
        elif since is None:
            since, how = event.at_ms, change
    if since is not None and how != "closed":
        spans.append((since, 10**9))
    return spans


def seen_throughout(timeline: Timeline, role: Role, from_ms: int, to_ms: int) -> bool:
    """Whenever the role's client ran in `[from_ms, to_ms]`, somebody watched it; a client that does not run shows nothing."""
    reached = from_ms
    for start, end in (*(span for span in dead(timeline, role) if span[1] > from_ms), (to_ms, to_ms)):
        if start >= to_ms:
            return timeline.watched(role, reached, to_ms)
        if start > reached and not timeline.watched(role, reached, start):
            return False
        reached = max(reached, end)
    return reached >= to_ms or timeline.watched(role, reached, to_ms)


def plugged(timeline: Timeline, spec: DeviceSpec, at_ms: int) -> bool:
    """That device was plugged in at that time."""
    changes = [
        change
        for event in timeline.of(DeviceChanged, before=at_ms + 1, device=spec.id)
        if (change := read(DeviceChanged, event).change) in ("plugged", "unplugged")
    ]
    return changes[-1] == "plugged" if changes else spec.plugged


def extended(timeline: Timeline, script: Script, at_ms: int) -> bool:
    """A second display stood beside the laptop's own."""
    return any(spec.kind == "display" and plugged(timeline, spec, at_ms) for spec in script.devices)


def first_seen(timeline: Timeline, role: Role) -> int | None:
    """When the role's client showed something first, exam ms."""
    event = timeline.first(Viewed, role=role)
    return None if event is None else event.at_ms


def horizon(timeline: Timeline, what: str) -> int | None:
    """Up to when that was watched, exam ms."""
    return max((event.end_ms for event in timeline.of(Watched, what=what)), default=None)


def doubt(timeline: Timeline, role: Role, from_ms: int, to_ms: int, *, network: bool = True) -> str | None:
    """Why it proves nothing that something did not show in `[from_ms, to_ms]`; None: it was not there.

    `network`: an outage excuses it.
    """
    misconduct = timeline.first(Misconduct, before=to_ms + 1, role=role)
    if misconduct is not None:
        data = read(Misconduct, misconduct)
        return f"the {role} client {data.kind}: {data.reason}"
    if any(start < to_ms and end > from_ms for start, end in dead(timeline, role)):
        return f"the {role} client did not run all the time"
    if any(start < to_ms and end > from_ms for start, end in stranded(timeline, role)):
        return f"the {role} client was started again while nothing reached the service"
    if network and out_at(timeline, role, from_ms, to_ms):
        return "the network was out at that time"
    if not timeline.watched(role, from_ms, to_ms):
        return f"nobody watched the {role} from {show_moment(from_ms)} to {show_moment(to_ms)}"
    return None


# -- what the script makes go wrong ------------------------------------------------------------------------------------

REPLIES: Final = ("fail", "stall", "lose")


def faulty(script: Script, *operations: Operation, from_ms: int = -(10**9), to_ms: int = 10**9) -> bool:
    """The script has the service fail, stall or lose one of these operations at some time in `[from_ms, to_ms]`."""
    return any(
        each.kind in REPLIES and each.operation in operations and each.from_ms <= to_ms and each.until_ms > from_ms
        for each in script.misbehaviour
    )


# -- how far this interview came ---------------------------------------------------------------------------------------


def login(timeline: Timeline) -> Event | None:
    """The first login that the service granted, by face or by the desk."""
    found = [*timeline.served(Operation.LOGIN), *timeline.of(DeskActed, action="login")]
    return min(found, key=lambda event: (event.at_ms, event.seq), default=None)


def bound(timeline: Timeline) -> Event | None:
    """The first binding of a phone that the service granted."""
    return next(iter(timeline.served(Operation.PHONE_BIND)), None)


def entered(timeline: Timeline) -> Event | None:
    """The first entry that the service granted: its receipt time decides."""
    return next(iter(timeline.served(Operation.ENTRY)), None)


def turned_away(timeline: Timeline) -> Event | None:
    """The refusal of who had entered, was away, and is not let in again: the interview was over then, by no plan."""
    entry = entered(timeline)
    if entry is None:
        return None
    return next((event for event in refusals(timeline, Operation.ENTRY, "too-late") if event.at_ms > entry.at_ms), None)


def running(timeline: Timeline) -> Event | None:
    """The first view of a running stage."""
    return timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and data.view.page in RUNNING)


def lesson_start(timeline: Timeline) -> Event | None:
    """The candidate started the lesson: the press, as the client took it."""
    return timeline.intent(Act.START)


def over(timeline: Timeline) -> Event | None:
    """The view with which the client itself took the interview as over: the upload's page, after another one."""
    return turned_to(timeline, Page.UPLOAD, Page.DONE)


def early_end(timeline: Timeline) -> Event | None:
    """The press that ended the interview early: the last of 【结束考试】 and its confirmations before the upload page.

    None where the candidate never pressed, took it back, or left the client's question unanswered.
    """
    left = over(timeline)
    presses = timeline.of(
        Intent,
        lambda data: (
            data.role == Role.LAPTOP and data.act in (Act.FINISH, Act.CONFIRM, Act.CANCEL) and data.status == "done"
        ),
    )
    if left is not None:
        presses = [event for event in presses if event.at_ms <= left.at_ms]
    if not presses or not any(read(Intent, event).act == Act.FINISH for event in presses):
        return None
    last = presses[-1]
    act = read(Intent, last).act
    if act == Act.CANCEL or (act == Act.FINISH and _unanswered(timeline, last, left)):
        return None
    return last


def _unanswered(timeline: Timeline, press: Event, left: Event | None) -> bool:
    """The client asked after 【结束考试】 and, with no answer, stayed; that it ended later was by its plan."""
    return asks(timeline, press) and (left is None or left.at_ms > press.end_ms + GLANCE_MS)


def asks(timeline: Timeline, press: Event) -> bool:
    """After this press of 【结束考试】 the client asked whether that was meant."""
    return timeline.shown(Role.LAPTOP, lambda view: view.says(AlertCode.CONFIRM_FINISH), after=press.end_ms) is not None


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """When an interview was over: `at_ms` at the earliest, at most `error_ms` later; `press` is what decided it."""

    at_ms: int
    error_ms: int
    press: Event
    early: bool = False

    @property
    def latest_ms(self) -> int:
        """At the latest."""
        return self.at_ms + self.error_ms


def ending(timeline: Timeline, script: Script) -> Ending | None:
    """When this interview was over by the plan and the candidate's own presses (`press` decided it); None: that was never decided.

    An ordinary one ends with the lesson, an art one with the presentation; an early end counts from its press. In art 【结束考试】 in the
    lesson ends no interview: the skill test begins when the lesson's whole length is over. None as well for who was not let in again.
    """
    if turned_away(timeline) is not None:
        return None
    start, pressed = lesson_begins(timeline, script), early_end(timeline)
    if pressed is not None and _ends_nothing(timeline, script, pressed):
        pressed = None
    planned = None if start is None else start[0] + script.plan.answering(script.track)
    if pressed is not None and (planned is None or pressed.at_ms < planned):
        return Ending(at_ms=pressed.at_ms, error_ms=error_of(pressed), press=pressed, early=True)
    if start is None or planned is None:
        return None
    return Ending(at_ms=planned, error_ms=start[1], press=start[2])


def _ends_nothing(timeline: Timeline, script: Script, press: Event) -> bool:
    """It came in the lesson of an art interview; or 【结束考试】 came as preparation had just run out, and the client went on to the lesson."""
    before, left = view_before(timeline, Role.LAPTOP, press), over(timeline)
    page = None if before is None else view_of(before).page
    if page != Page.PREPARATION or read(Intent, press).act != Act.FINISH:
        return page == Page.LESSON and script.track == "art"
    ran_out = script.plan.preparation_ends <= press.end_ms + error_of(press)
    return ran_out and (left is None or left.at_ms > press.end_ms + GLANCE_MS)


def lesson_begins(timeline: Timeline, script: Script) -> tuple[int, int, Event] | None:
    """When the lesson began, the error of that, and what decided it: 【开始】, or the entry of who let the plan end the wait."""
    press, entry, waits = lesson_start(timeline), entered(timeline), script.plan.spans.lesson_start
    by_plan = None if waits is None else int(script.plan.preparation_ends + waits)
    if press is not None and (by_plan is None or press.at_ms < by_plan):
        return press.at_ms, error_of(press), press
    return None if by_plan is None or entry is None else (by_plan, 0, entry)


def pressed_on(timeline: Timeline, act: Act, identifier: str, *statuses: str) -> list[Event]:
    """The presses of that act of the laptop for one attachment or device, with one of these statuses (without any: all)."""
    return timeline.of(
        Intent,
        lambda data: data.args.get("id") == identifier and (not statuses or data.status in statuses),
        role=Role.LAPTOP,
        act=act,
    )


def refusals(timeline: Timeline, operation: Operation, *problems: str) -> list[Event]:
    """Requests that the service refused for one of these reasons."""
    return timeline.of(
        Served, lambda data: data.operation == operation and data.status >= 400 and data.problem in problems
    )
