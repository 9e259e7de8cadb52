"""Rules about the end of the interview and the upload (notice, section eight)."""

from __future__ import annotations

from typing import Final

from harness.core.events import DeviceChanged, Event, Finished, Intent, Operation, ProcessChanged, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import RUNNING, Act, AlertCode, Page, Role, Stream, View
from harness.rules.course import Change, changes
from harness.rules.facts import (
    Ending,
    doubt,
    ending,
    entered,
    error_of,
    faulty,
    horizon,
    out_at,
    outages,
    over,
    read,
    running,
    tells_contact,
    view_before,
    view_of,
    views,
)
from harness.rules.media import (
    OF,
    Held,
    arrivals,
    claims_success,
    excused,
    frame_ms,
    held,
    still_moving,
    success,
    unlooked,
)
from harness.rules.rule import Need, Rule, rule
from harness.rules.weigh import every

PROGRESS_MS: Final = 5_000  # END-2's own words: where so much of the upload remains, its progress moves
STREAMS: Final = OF[Role.LAPTOP]
UPLOADS: Final = (Operation.UPLOAD_CREATE, Operation.UPLOAD_PATCH, Operation.UPLOAD_HEAD, Operation.FINISH)


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


@rule("END-2", Need.LAPTOP)
def the_upload_page_comes(timeline: Timeline, script: Script) -> Verdict:
    """When the last stage's page is left the upload's page (or that of success) comes, and where 5 s of upload remain its progress moves.

    That the last stage is left in time is judged by the stage's own requirement.
    """
    end = ending(timeline, script)
    if end is None or running(timeline) is None:
        return Unobserved(reason="the interview did not come to its end")
    last = next((e for e in reversed(views(timeline, Role.LAPTOP)) if view_of(e).page in RUNNING), None)
    gone = None if last is None else next(iter(views(timeline, Role.LAPTOP, last.at_ms + 1)), None)
    limit = script.plan.limits.reaction
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
    turn = Kept(
        reason=f"page {view_of(came).page} came at {show_moment(came.at_ms)}, the interview ended at {show_moment(end.at_ms)}",
        margin=Margin(limit - (came.at_ms - gone.at_ms)),
        evidence=(came,),
    )
    moves = _progress(timeline, came)
    return turn if moves is None else every([turn, moves], "")


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


@rule("END-3", Need.LAPTOP, Need.SERVICE)
def closing_early_is_held_up(timeline: Timeline, script: Script) -> Verdict:
    """Closing the client before success is refused, or warned about while the client stays open."""
    came = over(timeline)
    press = None if came is None else timeline.first(Intent, after=came.at_ms, role=Role.LAPTOP, act=Act.CLOSE)
    before = None if press is None else view_before(timeline, Role.LAPTOP, press)
    if press is None or before is None or read(Intent, press).status == "unsupported":
        return Unobserved(reason="the candidate did not close the client on the upload's page")
    finished = [e for e in timeline.of(Finished, held=True) if read(Finished, e).stream in STREAMS]
    unfinished = not finished or finished[-1].at_ms > press.end_ms + error_of(press, finished[-1])
    if claims_success(view_of(before)) or not unfinished:
        return Unobserved(reason="the upload was complete when the candidate closed the client")
    warned = timeline.shown(Role.LAPTOP, lambda view: view.says(AlertCode.UPLOAD_RUNNING), after=press.at_ms)
    if view_of(before).says(AlertCode.UPLOAD_RUNNING):
        warned = before
    until = press.end_ms + script.plan.limits.reaction
    closed = timeline.of(ProcessChanged, after=press.at_ms, before=until + 1, role=Role.LAPTOP)
    ended = next((event for event in closed if read(ProcessChanged, event).change != "started"), None)
    if ended is None and (warned is not None or read(Intent, press).status == "refused"):
        return Kept(
            reason=f"closing at {show_moment(press.at_ms)}, before success, was "
            + ("warned about" if warned is not None else "refused"),
            margin=Margin(script.plan.limits.reaction - (0 if warned is None else max(0, warned.at_ms - press.end_ms))),
            evidence=(press,) if warned is None else (press, warned),
        )
    why = None if ended is not None else doubt(timeline, Role.LAPTOP, press.at_ms, until, network=False)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"the client was closed at {show_moment(press.at_ms)}, before success, without a word",
        margin=Margin(-script.plan.limits.reaction),
        evidence=(press,),
    )


@rule("END-4", Need.LAPTOP, Need.SERVICE, Need.RECORDINGS)
def success_is_the_truth(timeline: Timeline, script: Script) -> Verdict:
    """Success is shown only when the service holds every byte of camera and screen: not before the last arrived, and all that was declared."""
    if over(timeline) is None or running(timeline) is None:
        return Unobserved(reason="the interview did not come to its upload")
    return success(timeline, Role.LAPTOP)


@rule("END-5", Need.LAPTOP, Need.SERVICE, Need.RECORDINGS)
def a_failed_upload_can_be_retried(timeline: Timeline, script: Script) -> Verdict:
    """Where the page says that the upload failed, 【重新上传】 and the desk's contact stand there, and the retry ends with everything held."""

    def failed(view: View) -> bool:
        return view.says(AlertCode.UPLOAD_FAILED)

    came = over(timeline)
    failure = None if came is None else timeline.shown(Role.LAPTOP, failed, after=came.at_ms)
    if failure is None:
        return _silent_failure(timeline, script, came)
    helped = timeline.shown(
        Role.LAPTOP,
        lambda view: failed(view) and view.enabled(Act.RETRY) and tells_contact(view, script.plan),
        after=failure.at_ms,
    )
    if helped is None:
        why = doubt(timeline, Role.LAPTOP, failure.at_ms, failure.at_ms + script.plan.limits.reaction, network=False)
        gone = timeline.shown(Role.LAPTOP, lambda view: not failed(view), after=failure.at_ms)
        if why is not None or (gone is not None and gone.at_ms < failure.at_ms + script.plan.limits.reaction):
            return Unobserved(reason=why or "the failure was on show for a moment only")
        return Broken(
            reason="the upload was said to have failed, and 【重新上传】 with the desk's contact did not stand there",
            evidence=(failure,),
        )
    retry = timeline.intent(Act.RETRY, after=failure.at_ms)
    if retry is None:
        return Unobserved(
            reason="the upload had failed, and the candidate did not press 【重新上传】", evidence=(failure,)
        )
    missing = [stream for stream in STREAMS if (found := held(timeline, stream)) is None or not found.complete]
    if not missing:
        last = max((e for e in timeline.of(Finished, held=True)), key=lambda e: e.at_ms, default=retry)
        return Kept(
            reason=f"said to have failed at {show_moment(failure.at_ms)}, tried again at {show_moment(retry.at_ms)}, all is held",
            margin=Margin(max(0, (horizon(timeline, "service") or last.at_ms) - last.at_ms)),
            evidence=(failure, retry, last),
        )
    healed = max(
        [
            retry.end_ms,
            *(m.until_ms for m in script.misbehaviour if m.kind in ("fail", "stall") and m.operation in UPLOADS),
        ]
    )
    seen = horizon(timeline, "service") or retry.end_ms
    if (
        healed + script.plan.limits.catch_up > seen
        or still_moving(timeline, script, *STREAMS)
        or unlooked(timeline, *STREAMS)
        or out_at(timeline, Role.LAPTOP, retry.at_ms, seen)
    ):
        return Unobserved(reason="the run was over before the retry could work")
    return Broken(
        reason=f"【重新上传】 was pressed at {show_moment(retry.at_ms)}, and the {missing[0]} recording did not become complete",
        margin=Margin(healed - seen),
        evidence=(failure, retry),
    )


def _silent_failure(timeline: Timeline, script: Script, came: Event | None) -> Verdict:
    """Nothing was said of a failure: broken where the client itself counts an upload as failed, or every try failed for long."""
    if came is None:
        return Unobserved(reason="the interview did not come to its upload")
    reaction = script.plan.limits.reaction
    known = timeline.standing(
        Role.LAPTOP,
        lambda view: any(item.state == "failed" for item in view.upload.values()),
        came.at_ms,
        horizon(timeline, Role.LAPTOP) or came.at_ms,
    )
    for start, stop in known:
        if stop - start >= reaction and doubt(timeline, Role.LAPTOP, start, start + reaction, network=False) is None:
            return Broken(
                reason=f"an upload counted as failed from {show_moment(start)} to {show_moment(stop)}, and nothing said so",
                margin=Margin(reaction - (stop - start)),
                evidence=(came,),
            )
    refused = [
        e
        for e in timeline.of(Served, after=came.at_ms, role=Role.LAPTOP)
        if read(Served, e).operation in UPLOADS and read(Served, e).status >= 500
    ]
    good = [
        e
        for e in timeline.of(Served, after=came.at_ms, role=Role.LAPTOP)
        if read(Served, e).operation in UPLOADS[1:2] and read(Served, e).status < 400
    ]
    until = refused[-1].at_ms if refused else came.at_ms
    lasted = until - came.at_ms
    if lasted < 2 * script.plan.limits.catch_up or any(e.at_ms < until for e in good):
        return Unobserved(reason="no upload was seen to fail")
    why = doubt(timeline, Role.LAPTOP, came.at_ms, until, network=False)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"every try to upload failed for {show(lasted)}, and nothing said so",
        margin=Margin(2 * script.plan.limits.catch_up - lasted),
        evidence=(refused[0], refused[-1]),
    )


@rule("END-6", Need.LAPTOP, Need.SERVICE, Need.RECORDINGS)
def an_overdue_upload_is_told(timeline: Timeline, script: Script) -> Verdict:
    """Not complete by end + `spans.upload_deadline`: the candidate is told to call the desk, and what is missing is still sent afterwards."""
    end = ending(timeline, script)
    if end is None:
        return Unobserved(reason="the interview did not come to its end")
    deadline, limit = end.latest_ms + script.plan.spans.upload_deadline, script.plan.limits.reaction
    claimed = next((e for e in views(timeline, Role.LAPTOP, end.at_ms, deadline) if claims_success(view_of(e))), None)
    if claimed is not None or (horizon(timeline, Role.LAPTOP) or deadline) < deadline:
        return Unobserved(reason="the upload was confirmed in time, or the run was over before the deadline")

    def told(view: View) -> bool:
        return view.says(AlertCode.UPLOAD_OVERDUE) and tells_contact(view, script.plan)

    before = timeline.view_at(Role.LAPTOP, end.at_ms)
    if before is not None and view_of(before).says(AlertCode.UPLOAD_OVERDUE):
        return Unobserved(reason="the sentence stood there before the interview's end")
    shown = timeline.shown(Role.LAPTOP, told, after=deadline)
    if shown is None or shown.at_ms > deadline + limit + shown.error_ms:
        why = doubt(timeline, Role.LAPTOP, deadline, deadline + limit, network=False)
        if why is not None:
            return Unobserved(reason=why)
        return Broken(
            reason=f"not confirmed by {show_moment(deadline)}, and the candidate was not told to call the desk",
            margin=Margin(-limit),
        )
    missing = [stream for stream in STREAMS if (found := held(timeline, stream)) is None or not found.complete]
    if missing:
        return Unobserved(
            reason=f"told in time; the {missing[0]} recording had not come by the end of the run", evidence=(shown,)
        )
    return Kept(
        reason=f"told at {show_moment(shown.at_ms)} to call the desk, and everything came afterwards",
        margin=Margin(limit - max(0, shown.at_ms - deadline)),
        evidence=(shown,),
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


@rule("END-9", Need.LAPTOP, Need.SERVICE, Need.RECORDINGS)
def the_upload_needs_no_hand(timeline: Timeline, script: Script) -> Verdict:
    """From the upload's page on everything of camera and screen becomes held, and the candidate touches nothing."""
    came, end = over(timeline), ending(timeline, script)
    if came is None or end is None or running(timeline) is None:
        return Unobserved(reason="the interview did not come to its upload")
    missing = [stream for stream in STREAMS if (found := held(timeline, stream)) is None or not found.complete]
    finished = [e for e in timeline.of(Finished, held=True) if read(Finished, e).stream in STREAMS]
    last = max(finished, key=lambda event: event.at_ms, default=None)
    touched = timeline.first(
        Intent,
        lambda data: data.role == Role.LAPTOP and data.status == "done",
        after=max(came.at_ms, end.latest_ms) + 1,
    )
    if touched is not None and (missing or last is None or touched.at_ms <= last.at_ms):
        return Unobserved(reason="the candidate pressed something while the upload went on", evidence=(touched,))
    if not missing and last is not None:
        return Kept(
            reason=f"ended at {show_moment(end.at_ms)}, all of camera and screen held at {show_moment(last.at_ms)}, nothing pressed",
            margin=Margin(max(0, end.latest_ms + script.plan.spans.upload_deadline - last.at_ms)),
            evidence=(came, last),
        )
    seen = horizon(timeline, "service") or came.at_ms
    healed = max([came.at_ms, *(stop for _, stop in outages(timeline, Role.LAPTOP))])
    disturbed = faulty(script, *UPLOADS) or excused(timeline, script, Role.LAPTOP) or unlooked(timeline, *STREAMS)
    begun = arrivals(timeline, *STREAMS)
    why = doubt(timeline, Role.LAPTOP, healed + 1, healed + script.plan.limits.catch_up)
    if (
        seen < healed + script.plan.limits.catch_up
        or disturbed
        or still_moving(timeline, script, *STREAMS)
        or not begun
        or why
    ):
        return Unobserved(
            reason=why or "the run was over before the upload could be complete, or the upload was disturbed"
        )
    return Broken(
        reason=f"{show(seen - healed)} after the end nothing moves, and the {missing[0] if missing else 'last'} recording is not complete",
        margin=Margin(healed + script.plan.limits.catch_up - seen),
        evidence=(came, begun[-1]),
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


RULES: Final[tuple[Rule, ...]] = (
    recording_stops_at_the_end,
    the_upload_page_comes,
    closing_early_is_held_up,
    success_is_the_truth,
    a_failed_upload_can_be_retried,
    an_overdue_upload_is_told,
    there_is_no_way_back_in,
    the_upload_needs_no_hand,
    the_phone_is_to_be_stopped,
)
