"""Rules about trying again: at which intervals, and where an upload goes on (notice, section seven, note seven)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from harness.core.events import Arrived, Event, Intent, Offered, Operation, PatchBegan, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import ROLES, Act
from harness.rules.facts import dead, out_at, read
from harness.rules.media import OF, resumptions
from harness.rules.rule import Need, rule
from harness.rules.weigh import either

TEN_SECONDS_MS: Final = 10_000  # `readings.retries_per_10s`
ASKED: Final = {  # what each press of these asks for anew, beside what is being repeated
    Act.LOGIN: Operation.LOGIN,
    Act.SCAN: Operation.PHONE_BIND,
    Act.TYPE_CODE: Operation.PHONE_BIND,
    Act.OPEN: Operation.ATTACHMENT,
    Act.FETCH_QUESTION: Operation.QUESTION,
    Act.HELP: Operation.HELP,
}
GROWTH: Final = 1.2  # an interval that a loaded machine stretched by chance was never a fifth longer than its neighbours in our runs


@rule("NET-5", Need.SERVICE, Need.RECORDINGS)  # a slow request is one that has much to carry
def retries_grow_apart(timeline: Timeline, script: Script) -> Verdict:
    """What the service fails is tried again at growing intervals, at most `readings.retries_per_10s` times in 10 s; what stalls is given up.

    Intervals are those of one upload (or one operation), or of all uploads taken together where one client tries them in turn. They have
    grown when a later one is a fifth longer than the first. A slow PATCH whose bytes keep arriving is not given up; this is asked where no
    buffer between client and service hides what the client sees, which is in virtual time.
    """
    failed = timeline.of(Served, lambda data: data.status >= 500)
    growth = either(
        [
            *(_grows(tries) for tries in _series(timeline, script, apart=True)),
            *(_grows_steadily(tries) for tries in _series(timeline, script, apart=False)),
        ],
        "nothing was failed often enough for intervals to be compared",
    )
    rate, given_up, patient = _rate(script, failed), _given_up(timeline, script), _patient(timeline, script)
    seen = [look for look in (given_up, patient) if not isinstance(look, Unobserved)]
    if isinstance(growth, Unobserved) and not seen and not isinstance(rate, Broken):
        return growth
    return either([growth, rate, *seen], "")


def _series(timeline: Timeline, script: Script, *, apart: bool) -> list[list[Event]]:
    """Failed tries of one operation of one role (`apart`: of one upload) that followed each other with nothing new between them.

    A try that was granted, a press that asks for it anew and an outage begin a new series. Taken together, two side by side are one try.
    """
    found: list[list[Event]] = []
    current: dict[tuple[str, ...], list[Event]] = {}
    for event in timeline.of(Served, lambda data: data.role is not None):
        data = read(Served, event)
        key = (data.operation, str(data.role), data.subject) if apart else (data.operation, str(data.role))
        tries = current.get(key, [])
        if data.status < 500 or (tries and _fresh(timeline, data, tries[-1], event)):
            current.pop(key, None)
        if data.status < 500:
            continue
        if key not in current:
            found.append(current.setdefault(key, []))
        if apart or not current[key] or event.at_ms - current[key][-1].at_ms > script.plan.limits.first_retry // 2:
            current[key].append(event)
    return found


def _fresh(timeline: Timeline, data: Served, before: Event, event: Event) -> bool:
    """Between two tries the candidate asked for another one, or the network was out."""
    assert data.role is not None  # as only those are looked at
    asked = timeline.of(
        Intent,
        lambda intent: intent.act == Act.RETRY or ASKED.get(intent.act) == data.operation,
        after=before.at_ms,
        before=event.at_ms + 1,
        role=data.role,
    )
    later = any((press.at_ms, press.seq) > (before.at_ms, before.seq) for press in asked)
    return later or out_at(timeline, data.role, before.at_ms, event.at_ms)


def _intervals(tries: list[Event]) -> list[int]:
    return [later.at_ms - event.at_ms for event, later in pairwise(tries)]


def _grown(tries: list[Event], first: int, last: int) -> Verdict:
    return Kept(
        reason=f"{len(tries)} tries, {show(first)} after the first and up to {show(last)} later on",
        margin=Margin(last - first),
        evidence=(tries[0], tries[-1]),
    )


def _grows_steadily(tries: list[Event]) -> Verdict:
    intervals = _intervals(tries)
    steady = len(intervals) > 1 and all(later >= before for before, later in pairwise(intervals))
    if steady and intervals[-1] >= intervals[0] * GROWTH:
        return _grown(tries, intervals[0], intervals[-1])
    return Unobserved(reason="too few tries to compare their intervals")


def _grows(tries: list[Event]) -> Verdict:
    intervals = _intervals(tries)
    if len(intervals) < 2:
        return Unobserved(reason="too few tries to compare their intervals")
    first, last, error = intervals[0], max(intervals[1:]), 2 * max(event.error_ms for event in tries)
    if last >= first * GROWTH and last - first > error:
        return _grown(tries, first, last)
    if len(intervals) < 3:
        return Unobserved(reason="too few tries to compare their intervals")
    return Broken(
        reason=f"{len(tries)} tries at intervals that do not grow: {', '.join(show(each) for each in intervals[:4])}",
        margin=Margin(round(last - first * GROWTH)),
        evidence=(tries[0], tries[-1]),
    )


def _rate(script: Script, failed: list[Event]) -> Verdict:
    times = sorted(event.at_ms for event in failed)
    bound = script.plan.readings.retries_per_10s
    most = max((sum(at <= t < at + TEN_SECONDS_MS for t in times) for at in times), default=0)
    if most > bound:
        return Broken(
            reason=f"{most} failed tries in 10 s, at most {bound} asked",
            margin=Margin(bound - most, "count"),
            evidence=tuple(sorted(failed, key=lambda event: event.at_ms)[:1]),
        )
    if most < 3:
        return Unobserved(reason="hardly anything failed")
    return Kept(
        reason=f"at most {most} failed tries in 10 s, {bound} allowed",
        margin=Margin(bound - most, "count"),
        evidence=(failed[0],),
    )


def _given_up(timeline: Timeline, script: Script) -> Verdict:
    limits = script.plan.limits
    patience = limits.stall + limits.catch_up
    stalled = [
        e
        for e in timeline.of(Served)
        if e.end_ms - e.at_ms > patience and read(Served, e).operation != Operation.EVENTS
    ]
    if not stalled:
        return Unobserved(reason="no request was stalled for long enough")
    event = stalled[0]
    data = read(Served, event)
    again = timeline.first(
        Served,
        after=event.at_ms + 1,
        before=event.end_ms,
        operation=data.operation,
        role=data.role,
        subject=data.subject,
    )
    if again is not None:
        return Kept(
            reason=f"a stalled {data.operation} was tried again after {show(again.at_ms - event.at_ms)}",
            margin=Margin(patience - (again.at_ms - event.at_ms)),
            evidence=(event, again),
        )
    if not timeline.watched("service", event.at_ms, event.at_ms + patience) or event.at_ms + patience > script.ends:
        return Unobserved(reason="nobody watched the service while it stalled")
    return Broken(
        reason=f"a {data.operation} stalled for {show(event.end_ms - event.at_ms)}, and it was waited for all the time",
        margin=Margin(limits.stall - (event.end_ms - event.at_ms)),
        evidence=(event,),
    )


def _patient(timeline: Timeline, script: Script) -> Verdict:
    """A PATCH that moved all the time was waited for until it was answered, also where that took longer than a stall.

    One that is given up although it moves is followed by the next request sooner than a stall after its last bytes.
    """
    stall = script.plan.limits.stall
    looks: list[Verdict] = []
    for began in timeline.of(PatchBegan, accepted=True):
        data = read(PatchBegan, began)
        came = timeline.of(Arrived, upload=data.upload, started_ms=began.at_ms)
        times = [began.at_ms, *(event.at_ms for event in came)]
        took, role = times[-1] - times[0], next(each for each, streams in OF.items() if data.stream in streams)
        if took <= stall // 2 or any(later - before >= stall // 2 for before, later in pairwise(times)):
            continue
        follows = timeline.first(Offered, after=times[-1], upload=data.upload)
        again = timeline.first(PatchBegan, after=began.at_ms + 1, upload=data.upload)
        if follows is None or out_at(timeline, role, began.at_ms, follows.at_ms) or dead(timeline, role):
            continue
        ended = follows if again is None else min(follows, again, key=lambda event: (event.at_ms, event.seq))
        answered = ended is follows and read(Offered, follows).reply_to == "patch"
        pressed = timeline.intent(Act.RETRY, role, after=began.at_ms, before=ended.at_ms)
        if answered and took > stall:
            looks.append(
                Kept(
                    reason=f"a PATCH of the {data.stream} upload took {show(took)}, and was waited for",
                    margin=Margin(took - stall),
                    evidence=(began, follows),
                )
            )
        elif not answered and pressed is None and ended.at_ms - times[-1] < stall:
            looks.append(
                Broken(
                    reason=f"a PATCH of the {data.stream} upload was given up after {show(took)}, and its bytes had kept arriving",
                    margin=Margin(ended.at_ms - times[-1] - stall),
                    evidence=(began, came[-1], ended),
                )
            )
    return either(looks, "no PATCH took longer than a stall and moved all the time")


@rule("NET-6", Need.SERVICE)
def uploads_resume_where_told(timeline: Timeline, script: Script) -> Verdict:
    """After a break (a reply that was lost, or an outage) the first PATCH of an upload starts at the offset that the service last gave.

    An offset that was given into a network that was out may not have arrived: a PATCH that differs from it then decides nothing.
    """
    found = [(role, each) for role in ROLES for each in resumptions(timeline, role)]
    looks: list[Verdict] = []
    for _, each in found:
        at, given = read(PatchBegan, each.patch).offset, read(Offered, each.given).offset
        if each.right:
            looks.append(
                Kept(
                    reason=f"{len(found)} break(s); the {each.stream} upload went on at byte {at}, as told",
                    margin=Margin(0, "bytes"),
                    evidence=(each.given, each.patch),
                )
            )
        elif each.doubtful:
            looks.append(
                Unobserved(reason="whether the last offset reached the client is not known", evidence=(each.patch,))
            )
        else:
            looks.append(
                Broken(
                    reason=f"after a break the {each.stream} upload was sent from byte {at}, the service had given {given}",
                    margin=Margin(-abs(at - given), "bytes"),
                    evidence=(each.given, each.patch),
                )
            )
    return either(looks, "no upload was broken off and gone on with")
