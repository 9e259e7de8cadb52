"""Rules about the upload after the end: closed too early, confirmed, failed, overdue, left alone (notice, section eight)."""

from __future__ import annotations

from typing import Final

from harness.core.events import Event, Finished, Intent, ProcessChanged, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Role, Stream, View
from harness.rules.facts import (
    doubt,
    ending,
    error_of,
    faulty,
    horizon,
    lost,
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
    UPLOADS,
    arrivals,
    claims_success,
    excused,
    held,
    still_moving,
    success,
    unlooked,
)
from harness.rules.rule import Need, rule

STREAMS: Final = OF[Role.LAPTOP]


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
    insisted = timeline.intent(Act.CLOSE, after=press.at_ms + 1)  # who was told may insist
    told = until if insisted is None else min(until, insisted.at_ms - 1)
    closed = timeline.of(ProcessChanged, after=press.at_ms, before=told + 1, role=Role.LAPTOP)
    # One that was killed did not close itself; what it would have done, nobody saw.
    ended = next((e for e in closed if read(ProcessChanged, e).change not in ("started", "killed")), None)
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
    presses = timeline.of(Intent, after=failure.at_ms, role=Role.LAPTOP, act=Act.RETRY)
    if not presses:
        return Unobserved(
            reason="the upload had failed, and the candidate did not press 【重新上传】", evidence=(failure,)
        )
    retry = presses[-1]  # an earlier one may have come while the service still failed
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
        lambda view: any(item.state == "failed" for item in view.upload.values()) and not claims_success(view),
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
    claimed = timeline.shown(Role.LAPTOP, claims_success, after=came.at_ms, before=until)
    if claimed is not None:
        return Unobserved(
            reason="the page called it uploaded while it failed: its own requirement judges that", evidence=(claimed,)
        )
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
        return _thrown_away(timeline, script, shown, missing[0])
    return Kept(
        reason=f"told at {show_moment(shown.at_ms)} to call the desk, and everything came afterwards",
        margin=Margin(limit - max(0, shown.at_ms - deadline)),
        evidence=(shown,),
    )


def _thrown_away(timeline: Timeline, script: Script, told: Event, missing: Stream) -> Verdict:
    """Told in time, and a recording is not held: broken where the network had been back for long enough."""
    back = max([told.at_ms, *(stop for _, stop in outages(timeline, Role.LAPTOP))])
    seen = horizon(timeline, "service") or told.at_ms
    # Who says that all is well has nothing more to send; who does not may still be at it.
    content = timeline.shown(Role.LAPTOP, claims_success, after=told.at_ms)
    due = max(back, told.at_ms if content is None else content.at_ms)
    due += script.plan.limits.catch_up if content is None else script.plan.limits.reaction
    why = doubt(timeline, Role.LAPTOP, back + 1, due)
    disturbed = faulty(script, *UPLOADS) or lost(timeline, missing) or unlooked(timeline, *STREAMS)
    if seen < due or why is not None or disturbed or still_moving(timeline, script, *STREAMS):
        return Unobserved(
            reason=why or f"told in time; the {missing} recording had not come by the end of the run", evidence=(told,)
        )
    return Broken(
        reason=f"told in time; but {show(seen - back)} after the network was back the {missing} recording is not complete",
        margin=Margin(due - seen),
        evidence=(told,),
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
