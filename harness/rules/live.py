"""Rules about what is recorded and uploaded from the entry on (notice, section five)."""

from __future__ import annotations

from itertools import pairwise

from harness.core.events import Offered, Operation
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import Act, Role, Stream
from harness.rules.facts import dead, ending, entered, error_of, faulty, horizon, out_at, outages, plugged
from harness.rules.media import UPLOADS, Window, arrivals, frame_ms, held, pulled_out
from harness.rules.rule import Need, rule


@rule("ENTER-6", Need.SERVICE, Need.RECORDINGS)
def the_screen_is_recorded_from_entry(timeline: Timeline, script: Script) -> Verdict:
    """The first picture of the screen is from at most `limits.recording_start` after the entry, before the candidate pressed anything else."""
    entry = entered(timeline)
    if entry is None:
        return Unobserved(reason="nobody entered")
    limit = script.plan.limits.recording_start
    screens = [spec for spec in script.devices if spec.role is Role.LAPTOP and spec.kind == "screen"]
    if not all(any(plugged(timeline, spec, at) for spec in screens) for at in (entry.at_ms, entry.at_ms + limit)):
        return Unobserved(reason="there was no screen to record at the entry", evidence=(entry,))
    found = held(timeline, Stream.SCREEN)
    if found is None or found.first_ms is None:
        return _no_screen(timeline, script)
    went_on = timeline.intent(Act.WAIT, after=entry.at_ms)
    if went_on is not None and went_on.at_ms < found.first_ms <= entry.at_ms + limit:
        return Unobserved(reason="the candidate had gone on before the first picture", evidence=(entry, went_on))
    due = entry.at_ms + limit
    late = found.first_ms > due
    if late and any(start <= due and end > entry.at_ms for start, end in dead(timeline, Role.LAPTOP)):
        return Unobserved(reason="the client did not run all the time", evidence=(entry,))
    if late and (faulty(script, Operation.ENTRY) or out_at(timeline, Role.LAPTOP, entry.at_ms, due)):
        return Unobserved(reason="the service's answer may not have reached the client", evidence=(entry,))
    return at_most(
        limit,
        max(0, found.first_ms - entry.at_ms),
        what="from the entry to the first picture of the screen",
        evidence=(entry, found.event),
        error_ms=error_of(entry, found.event) + frame_ms(script),
    )


def _no_screen(timeline: Timeline, script: Script) -> Verdict:
    entry, end, seen = entered(timeline), ending(timeline, script), horizon(timeline, "service")
    if entry is None or end is None or seen is None or seen < end.latest_ms:
        return Unobserved(reason="the service holds no pictures of the screen, and the interview did not end")
    begun = timeline.first(Offered, stream=Stream.SCREEN)
    watched = timeline.watched("service", entry.at_ms, seen)
    if begun is not None or not watched or outages(timeline, Role.LAPTOP) or faulty(script, *UPLOADS):
        return Unobserved(reason="the service holds no pictures of the screen")
    return Broken(
        reason=f"entered at {show_moment(entry.at_ms)}, and no recording of the screen ever reached the service",
        margin=Margin(entry.at_ms - seen),
        evidence=(entry,),
    )


@rule("ENTER-7", Need.SERVICE, Need.RECORDINGS)
def the_screen_is_uploaded_live(timeline: Timeline, script: Script) -> Verdict:
    """While the screen is recorded its bytes keep coming: the held part lags by no more than `limits.upload_lag`.

    What is judged: nothing newer than the last arrived byte can be held, so the time since the last arrival is a lower bound of the lag,
    and no such time may be above the bound, from the first picture to the last; and once the bound has passed after the last picture, all
    bytes must be there. While no picture was recorded none can lag (how long that may be is ANS-14's). Outages are left out, with
    `limits.catch_up` after each, and so is the time in which the client did not run, or there was no screen.
    """
    found, limit = held(timeline, Stream.SCREEN), script.plan.limits.upload_lag
    if entered(timeline) is None or found is None or found.first_ms is None or found.last_ms is None:
        return Unobserved(reason="the service holds no pictures of the screen")
    if faulty(script, *UPLOADS):
        return Unobserved(reason="the service was made to fail uploads")
    first, last, catch_up = found.first_ms, found.last_ms, script.plan.limits.catch_up
    screens = {spec.id for spec in script.devices if spec.role is Role.LAPTOP and spec.kind == "screen"}
    without = (*outages(timeline, Role.LAPTOP), *dead(timeline, Role.LAPTOP), *pulled_out(timeline, screens))
    left_out: list[Window] = [(start, end + catch_up) for start, end in without]
    came = arrivals(timeline, Stream.SCREEN)
    if not came:
        return Unobserved(reason="nobody saw the bytes arrive")
    seen = horizon(timeline, "service")
    if seen is None or not timeline.watched("service", first, min(seen, last + limit)):
        return Unobserved(reason="nobody watched the service while the screen was recorded")
    times = [first, *(event.end_ms for event in came if first < event.end_ms < last), last]
    gaps = [(before.to_ms, after.from_ms) for before, after in pairwise(found.footage.seen)]
    lag, since = max((_silence(a, b, left_out, gaps), a) for a, b in pairwise(times))
    tail = max(came[-1].end_ms - last, 0)
    if not any(start <= came[-1].end_ms and end >= last for start, end in left_out) and tail > lag:
        lag, since = tail, last
    error = error_of(came[-1], found.event) + frame_ms(script)
    if lag <= limit:
        if not found.complete:
            return Unobserved(reason="the last bytes had not arrived when the run was over")
        return Kept(
            reason=f"never longer than {show(lag)} without newer bytes, at most {show(limit)} asked",
            margin=Margin(limit - lag),
            evidence=(found.event, came[-1]),
        )
    if lag - limit <= error:
        return Unobserved(reason=f"{show(lag)} without newer bytes is beyond the bound by less than the error")
    return Broken(
        reason=f"from {show_moment(since)} on the upload lagged by {show(lag)} or more, at most {show(limit)} asked",
        margin=Margin(limit - lag),
        evidence=(found.event,),
    )


def _silence(begins: int, ends: int, left_out: list[Window], gaps: list[Window]) -> int:
    """The longest time since `begins` at any moment up to `ends` that is not left out, ms; gaps don't count."""

    def silent(until: int) -> int:
        return until - begins - sum(max(0, min(end, until) - max(start, begins)) for start, end in gaps)

    moments = [ends, *(start - 1 for start, _ in left_out if begins < start <= ends)]
    return max((silent(at) for at in moments if not any(start <= at <= end for start, end in left_out)), default=0)
