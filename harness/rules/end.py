"""Rules about the end of the interview (notice, section eight). What becomes of the upload is judged in `upload.py`."""

from __future__ import annotations

from typing import Final

from harness.core.events import DeviceChanged, Event, Intent, Operation, ProcessChanged
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import RUNNING, Act, AlertCode, Page, Role, Stream
from harness.rules.course import Change, changes, reported_on_time
from harness.rules.facts import (
    Ending,
    doubt,
    ending,
    entered,
    error_of,
    horizon,
    out_at,
    over,
    read,
    running,
    view_before,
    view_of,
    views,
)
from harness.rules.media import (
    OF,
    Held,
    arrivals,
    excused,
    frame_ms,
    held,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

PROGRESS_MS: Final = 5_000  # END-2's own words: where so much of the upload remains, its progress moves
STREAMS: Final = OF[Role.LAPTOP]


def _last_change(timeline: Timeline, script: Script) -> Change | None:
    found = changes(timeline, script)
    return found[-1] if found else None


@rule("END-1", Need.SERVICE, Need.RECORDINGS, Need.DEVICES)
def recording_stops_at_the_end(timeline: Timeline, script: Script) -> Verdict:
    """The last mark of camera and screen is in [end − `limits.last_mark_early`, end + `limits.last_mark_late`], and devices that were
    seen to be opened are released before the client is closed.

    Where the interview itself ended off its time (its page was left early or late), that is another requirement's fault and nothing is judged.
    """
    end = ending(timeline, script)
    if end is None:
        return Unobserved(reason="the interview did not come to its end")
    looks: list[Verdict] = []
    for stream in STREAMS:
        found = held(timeline, stream)
        if found is None or found.last_ms is None:
            looks.append(Unobserved(reason=f"the service holds no {stream} recording with marks"))
        else:
            looks.append(_stops(timeline, script, stream, found, end))
    let_go = released(timeline, end)
    return every([*looks, *([let_go] if let_go is not None else [])], "")


def _stops(timeline: Timeline, script: Script, stream: Stream, found: Held, end: Ending) -> Verdict:
    limits, last = script.plan.limits, found.last_ms or 0
    room = min(last - (end.at_ms - limits.last_mark_early), end.latest_ms + limits.last_mark_late - last)
    seen = (
        f"the last picture of the {stream} is from {show_moment(last)}, the interview ended at {show_moment(end.at_ms)}"
    )
    if room >= 0:
        return Kept(reason=seen, margin=Margin(room), evidence=(end.press, found.event))
    if -room <= frame_ms(script) + found.event.error_ms:
        return Unobserved(reason=f"{seen}: beyond the bound by less than a picture's time")
    early = last < end.at_ms
    if early and (
        not found.complete or any(s <= end.at_ms and e > last for s, e in excused(timeline, script, Role.LAPTOP))
    ):
        return Unobserved(
            reason="the end of the recording is not held, or the client did not run then", evidence=(found.event,)
        )
    turn = _last_change(timeline, script)
    if turn is not None and (turn.seen is None or (turn.late_ms < 0 if early else turn.late_ms > limits.lesson_end)):
        return Unobserved(
            reason="the client took the interview as over at another time, which another requirement judges"
        )
    return Broken(reason=seen, margin=Margin(room), evidence=(end.press, found.event))


def released(timeline: Timeline, end: Ending) -> Verdict | None:
    """The laptop's cameras, microphones and screen that were open are released after the end; None: opening was not observed."""
    opened: dict[str, Event] = {}
    for event in timeline.of(DeviceChanged, role=Role.LAPTOP):
        data = read(DeviceChanged, event)
        if data.change == "opened":
            opened[data.device] = event
        elif data.change in ("released", "unplugged"):
            opened.pop(data.device, None)
    every_opened = timeline.of(DeviceChanged, change="opened", role=Role.LAPTOP)
    if not every_opened:
        return None
    closed = next(
        (
            e
            for e in timeline.of(ProcessChanged, role=Role.LAPTOP)
            if e.at_ms > end.at_ms and read(ProcessChanged, e).change != "started"
        ),
        None,
    )
    until = closed.at_ms if closed is not None else horizon(timeline, "devices")
    if until is None or until <= end.latest_ms:
        return Unobserved(reason="nobody watched the devices after the end")
    releases = timeline.of(DeviceChanged, change="released", role=Role.LAPTOP)
    last = {read(DeviceChanged, e).device: e.at_ms for e in releases}
    kept_open = list(opened)
    # A release that came with the harness's own closing of the client is no release by itself.
    kept_open += [
        device for device, at in last.items() if closed is not None and at >= closed.at_ms and device not in opened
    ]
    if kept_open:
        return Broken(
            reason=f"the interview ended at {show_moment(end.at_ms)}, and at {show_moment(until)} {kept_open[0]} was still open",
            margin=Margin(end.at_ms - until),
            evidence=tuple(each for device, each in opened.items() if device == kept_open[0]),
        )
    latest = max(releases, key=lambda event: event.at_ms, default=None)
    if latest is None:
        return Unobserved(reason="no device was seen to be released")
    return Kept(
        reason=f"all devices were released by {show_moment(latest.at_ms)}",
        margin=Margin(until - latest.at_ms),
        evidence=(latest,),
    )


@rule("END-2", Need.LAPTOP, Need.RECORDINGS)  # progress is judged where there is enough to upload
def the_upload_page_comes(timeline: Timeline, script: Script) -> Verdict:
    """When the last stage's page is left the upload's page (or that of success) comes, and where 5 s of upload remain its progress moves.

    That the last stage is left in time is judged by the stage's own requirement.
    """
    end = ending(timeline, script)
    if end is None or running(timeline) is None:
        return Unobserved(reason="the interview did not come to its end")
    last = next((e for e in reversed(views(timeline, Role.LAPTOP)) if view_of(e).page in RUNNING), None)
    gone = None if last is None else next(iter(views(timeline, Role.LAPTOP, last.at_ms + 1)), None)
    limit, turn = script.plan.limits.reaction, _last_change(timeline, script)
    over = None if turn is None else reported_on_time(timeline, script, turn)
    room = limit + script.plan.limits.lesson_end
    if turn is not None and over is not None and (gone is None or turn.late_ms > room):
        why = doubt(timeline, Role.LAPTOP, turn.due_ms, turn.due_ms + turn.error_ms + room, network=False)
        if why is not None:
            return Unobserved(reason=why)
        return Broken(
            reason=f"reported as over at {show_moment(turn.due_ms)}, and {show(room)} later the upload's page had not come",
            margin=Margin(-room if gone is None else room - turn.late_ms),
            evidence=(over,),
        )
    if gone is None:
        return Unobserved(reason="the last stage's page was not left: its own requirement judges that")
    came = next(
        (e for e in views(timeline, Role.LAPTOP, gone.at_ms) if view_of(e).page in (Page.UPLOAD, Page.DONE)), None
    )
    if came is None or came.at_ms > gone.at_ms + limit + error_of(gone, came):
        why = doubt(timeline, Role.LAPTOP, gone.at_ms, gone.at_ms + limit, network=False)
        if why is not None:
            return Unobserved(reason=why)
        return Broken(
            reason=f"the interview was over and page {view_of(gone).page} came, the upload's was asked",
            margin=Margin(-limit),
            evidence=(gone,),
        )
    comes = Kept(
        reason=f"page {view_of(came).page} came at {show_moment(came.at_ms)}, the interview ended at {show_moment(end.at_ms)}",
        margin=Margin(limit - (came.at_ms - gone.at_ms)),
        evidence=(came,),
    )
    moves = _progress(timeline, came)
    return comes if moves is None else every([comes, moves], "")


def _progress(timeline: Timeline, came: Event) -> Verdict | None:
    """Whether the progress moved while the upload went on; None: less than 5 s of it remained."""
    left = [e for e in arrivals(timeline, *STREAMS) if e.end_ms > came.at_ms]
    if (
        not left
        or left[-1].end_ms - came.at_ms < PROGRESS_MS
        or out_at(timeline, Role.LAPTOP, came.at_ms, left[-1].end_ms)
    ):
        return None
    until = left[-1].end_ms
    sums = [
        (event, sum(shown.sent for shown in view_of(event).upload.values()))
        for event in views(timeline, Role.LAPTOP, came.at_ms, until + 1)
        if view_of(event).upload
    ]
    if len({amount for _, amount in sums}) > 1:
        return Kept(
            reason=f"progress went from {sums[0][1]} to {sums[-1][1]} bytes in {show(until - came.at_ms)}",
            margin=Margin(sums[-1][1] - sums[0][1], "bytes"),
            evidence=(sums[0][0], sums[-1][0]),
        )
    why = doubt(timeline, Role.LAPTOP, came.at_ms, until)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"the upload went on for {show(until - came.at_ms)} after the end, and its progress did not move",
        margin=Margin(0, "bytes"),
        evidence=(came,),
    )


@rule("END-8", Need.LAPTOP, Need.SERVICE)
def there_is_no_way_back_in(timeline: Timeline, script: Script) -> Verdict:
    """After the end the candidate tried to enter again (a press, or a new start of the client): no entry is granted, no running page returns.

    Who never entered, or never tried again, shows nothing.
    """
    end, entry, came = ending(timeline, script), entered(timeline), over(timeline)
    if end is None or entry is None or came is None:
        return Unobserved(reason="the interview was not entered, or did not come to its end")
    since = max(end.latest_ms, came.at_ms)
    tries = [
        *timeline.of(Intent, after=since + 1, role=Role.LAPTOP, act=Act.ENTER),
        *timeline.of(ProcessChanged, after=since + 1, role=Role.LAPTOP, change="started"),
    ]
    granted = next(iter(timeline.served(Operation.ENTRY, after=since + 1)), None)
    back = next(
        (
            e
            for e in views(timeline, Role.LAPTOP, since + 1)
            if view_of(e).page in (Page.DEVICES, Page.WAITING, *RUNNING)
        ),
        None,
    )
    offered = next((e for e in views(timeline, Role.LAPTOP, since + 1) if view_of(e).enabled(Act.ENTER)), None)
    for event, what in (
        (granted, "entry was granted again"),
        (back, "a page of the interview came back"),
        (offered, "【进入考试】 was active"),
    ):
        if event is not None:
            return Broken(
                reason=f"the interview ended at {show_moment(end.at_ms)}, and {what} at {show_moment(event.at_ms)}",
                margin=Margin(since - event.at_ms),
                evidence=(event,),
            )
    if not tries:
        return Unobserved(reason="nobody tried to enter again after the end")
    last = max(tries, key=lambda event: event.end_ms)
    until = min(last.end_ms + script.plan.limits.reaction, horizon(timeline, Role.LAPTOP) or last.end_ms)
    why = doubt(timeline, Role.LAPTOP, last.at_ms + 1, until)
    if why is not None or until <= last.end_ms or not timeline.watched("service", since, until):
        return Unobserved(reason=why or "nobody watched what came of it")
    return Kept(
        reason=f"tried again at {show_moment(last.at_ms)}, and the interview stayed closed",
        margin=Margin(until - last.end_ms),
        evidence=(last,),
    )


@rule("END-10", Need.LAPTOP)
def the_phone_is_to_be_stopped(timeline: Timeline, script: Script) -> Verdict:
    """At the end, and not all the time, the laptop tells the candidate to stop the phone."""
    came = over(timeline)
    if came is None or running(timeline) is None:
        return Unobserved(reason="the interview did not come to its end")
    before = view_before(timeline, Role.LAPTOP, came)
    if before is None or view_of(before).says(AlertCode.STOP_PHONE):
        return Unobserved(reason="the sentence stood there before the end")
    told = timeline.shown(Role.LAPTOP, lambda view: view.says(AlertCode.STOP_PHONE), after=came.at_ms)
    limit = script.plan.limits.reaction
    if told is not None and told.at_ms <= came.at_ms + limit + error_of(came, told):
        return Kept(
            reason=f"told at {show_moment(told.at_ms)}",
            margin=Margin(limit - (told.at_ms - came.at_ms)),
            evidence=(told,),
        )
    why = doubt(timeline, Role.LAPTOP, came.at_ms, came.at_ms + limit, network=False)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"{show(limit)} after the end nothing told the candidate to stop the phone",
        margin=Margin(-limit),
        evidence=(came,),
    )
