"""What many rules ask of recordings and of their way to the service: is all of it held, where are its gaps, after which break did it go on.

Marks alone say what was recorded when; what a client claims of its own recordings decides nothing. Called by the rules of this package alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from harness.core.events import (
    Arrived,
    DeviceChanged,
    Disturbed,
    Event,
    Intent,
    Offered,
    Operation,
    PatchBegan,
    Recorded,
)
from harness.core.footage import Footage, Gap
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Page, Role, Stream, View
from harness.rules.facts import RESTART, dead, error_of, horizon, lost, outages, read, view_of, views

OF: Final[dict[Role, tuple[Stream, ...]]] = {
    Role.LAPTOP: (Stream.CAMERA, Stream.SCREEN),
    Role.PHONE: (Stream.EVIDENCE,),
}

# Everything that an upload asks of the service.
UPLOADS: Final = (Operation.UPLOAD_CREATE, Operation.UPLOAD_PATCH, Operation.UPLOAD_HEAD, Operation.FINISH)

Window = tuple[int, int]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the service holds of one stream, and the event that says so."""

    event: Event
    recorded: Recorded

    @property
    def footage(self) -> Footage:
        """What it shows."""
        return self.recorded.footage

    @property
    def first_ms(self) -> int | None:
        """Its first mark."""
        return self.footage.first_ms

    @property
    def last_ms(self) -> int | None:
        """Its last mark."""
        return self.footage.last_ms

    @property
    def complete(self) -> bool:
        """Its declared length is held, with the declared SHA-256."""
        return self.recorded.intact and self.recorded.declared == self.recorded.length


def held(timeline: Timeline, stream: Stream) -> Held | None:
    """What the service held of a stream when it was looked at last."""
    events = timeline.of(Recorded, stream=stream)
    return Held(event=events[-1], recorded=read(Recorded, events[-1])) if events else None


def frame_ms(script: Script) -> int:
    """The time between two pictures: no first or last mark is known better."""
    return 1_000 // script.plan.media.frames_per_second


def arrivals(timeline: Timeline, *streams: Stream) -> list[Event]:
    """The arrivals of these streams' bytes, in order of time."""
    return timeline.of(Arrived, lambda data: data.stream in streams)


def excused(timeline: Timeline, script: Script, role: Role) -> list[Window]:
    """When a role could not record: its client was killed or away, or a device that it recorded was pulled out until it was back."""
    recorded = _recorded_devices(timeline, script, role)
    # Only a phone puts an app to sleep that is left; a laptop whose window is left records on.
    away = _between(timeline, role) if role.device is Role.PHONE else []
    return [*dead(timeline, role), *away, *pulled_out(timeline, recorded)]


def pulled_out(timeline: Timeline, devices: Collection[str]) -> list[Window]:
    """When each of these devices was pulled out until it was back (10⁹: it never was)."""
    spans: list[Window] = []
    gone: dict[str, int] = {}
    for event in timeline.of(DeviceChanged, lambda data: data.device in devices):
        data = read(DeviceChanged, event)
        if data.change == "unplugged":
            gone[data.device] = event.at_ms
        elif data.change == "plugged" and data.device in gone:
            spans.append((gone.pop(data.device), event.at_ms))
    return [*spans, *((since, 10**9) for since in gone.values())]


def _recorded_devices(timeline: Timeline, script: Script, role: Role) -> set[str]:
    """The devices of a role that are in its recordings, or were chosen to be."""
    presses = timeline.of(Intent, role=role, act=Act.CHOOSE, status="done")
    chosen = {read(Intent, press).args.get("id", "") for press in presses}
    numbers: set[int] = set()
    for stream in OF[role]:
        found = held(timeline, stream)
        if found is not None:
            numbers.update(span.device for span in found.footage.seen)
            numbers.update(span.device for span in found.footage.heard)
    return chosen | {spec.id for spec in script.devices if spec.role == role and spec.number in numbers}


def _between(timeline: Timeline, role: Role) -> list[Window]:
    """The times from leaving the app to coming back."""
    spans, since = [], None
    for event in timeline.of(Intent, lambda data: data.role == role and data.act in (Act.LEAVE, Act.RETURN)):
        if read(Intent, event).act == Act.LEAVE:
            since = event.at_ms if since is None else since
        elif since is not None:
            spans.append((since, event.end_ms))
            since = None
    return spans if since is None else [*spans, (since, 10**9)]


def overlaps(gap: Gap, windows: Sequence[Window]) -> bool:
    """The gap touches one of these windows."""
    return any(start <= gap.to_ms and end >= gap.from_ms for start, end in windows)


def gapless(
    stream: Stream,
    found: Held,
    gaps: Sequence[Gap],
    script: Script,
    excuses: Sequence[Window],
    elsewhere: Sequence[Window] = (),
) -> Verdict:
    """No gap above `limits.recording_gap`, but where recording was not possible. A gap is known to one picture at each end.

    A longer gap in one of the windows `elsewhere` is another requirement's to judge: it is no pass here.
    """
    bound, error = script.plan.limits.recording_gap, frame_ms(script) + found.event.error_ms
    own = [gap for gap in gaps if not overlaps(gap, excuses)]
    others = [gap for gap in own if gap.length > bound and overlaps(gap, elsewhere)]
    longest = max((gap for gap in own if gap not in others), key=lambda gap: gap.length, default=None)
    length = 0 if longest is None else longest.length
    if longest is not None and length - bound > error:
        return Broken(
            reason=f"the {stream} recording has a gap of {show(length)} from {show_moment(longest.from_ms)}, "
            f"at most {show(bound)} asked",
            margin=Margin(bound - length),
            evidence=(found.event,),
        )
    if others:
        return Unobserved(reason=f"a gap of {show(others[0].length)} in an outage: another requirement judges it")
    if length > bound:
        return Unobserved(reason=f"a gap of {show(length)} is beyond the bound by less than two pictures' time")
    return Kept(
        reason=f"the longest gap of the {stream} recording is {show(length)}, at most {show(bound)} asked",
        margin=Margin(bound - length),
        evidence=(found.event,),
    )


# -- is it all there ---------------------------------------------------------------------------------------------------


def unlooked(timeline: Timeline, *streams: Stream) -> bool:
    """Bytes of one of these streams arrived, and nobody looked at what is held of it: nothing can be said to be missing."""
    return any(arrivals(timeline, stream) and held(timeline, stream) is None for stream in streams)


def claims_success(view: View) -> bool:
    """The page says that everything is uploaded."""
    return view.page == Page.DONE or view.says(AlertCode.UPLOAD_DONE)


def still_moving(timeline: Timeline, script: Script, *streams: Stream) -> bool:
    """Bytes of these streams still arrived within the last stall before the service was last watched."""
    seen = horizon(timeline, "service")
    found = arrivals(timeline, *streams)
    return seen is None or bool(found and found[-1].end_ms > seen - script.plan.limits.stall)


def success(timeline: Timeline, role: Role) -> Verdict:
    """Success is shown by a role only when every byte of its recordings has arrived; the page must have turned to it."""
    shown = _turned_to_success(timeline, role)
    if shown is None:
        return Unobserved(reason=f"the {role} showed no success")
    recordings = [found for stream in OF[role] if (found := held(timeline, stream)) is not None]
    # What the service loses afterwards, and is sent again, is no matter of this success.
    until = min((event.at_ms for event in lost(timeline, *OF[role])), default=10**9)
    came = [event for event in arrivals(timeline, *OF[role]) if event.at_ms < until]
    last = max(came, key=lambda event: event.end_ms, default=None)
    if last is not None and shown.at_ms < last.at_ms - error_of(shown, last):
        return Broken(
            reason=f"success was shown at {show_moment(shown.at_ms)}, and bytes still arrived at {show_moment(last.at_ms)}",
            margin=Margin(shown.at_ms - last.at_ms),
            evidence=(shown, last),
        )
    if until < 10**9:
        return Unobserved(
            reason="the service lost one of the recordings afterwards: what it held of them can't be seen"
        )
    short = next((each for each in recordings if each.recorded.declared is not None and not each.complete), None)
    if short is not None:
        data = short.recorded
        return Broken(
            reason=f"success was shown, and of the {data.stream} recording {data.length} of {data.declared} bytes are held"
            + ("" if data.length != data.declared else ", and not those that were declared"),
            margin=Margin(data.length - (data.declared or 0), "bytes"),
            evidence=(shown, short.event),
        )
    if last is None:
        return _nothing_held(timeline, role, shown)
    if not recordings:
        return Unobserved(reason="nobody looked at what the service holds")
    if any(each.recorded.declared is None for each in recordings):
        return Unobserved(reason="a recording was never declared finished, so that nobody can tell whether all is held")
    if shown.at_ms < last.end_ms - error_of(shown, last):
        return Unobserved(reason="success was shown while the last bytes were being stored", evidence=(shown, last))
    return Kept(
        reason=f"the last bytes were held at {show_moment(last.end_ms)}, success was shown at {show_moment(shown.at_ms)}",
        margin=Margin(shown.at_ms - last.end_ms),
        evidence=(last, shown),
    )


def _nothing_held(timeline: Timeline, role: Role, shown: Event) -> Verdict:
    seen = horizon(timeline, "service")
    if seen is None or seen < shown.at_ms:
        return Unobserved(reason="nobody watched the service")
    recorded = any(read(DeviceChanged, e).change == "opened" for e in timeline.of(DeviceChanged, role=role))
    if not recorded:
        return Unobserved(reason="success was shown and nothing had been recorded")
    return Broken(reason="success was shown, and the service holds nothing", evidence=(shown,))


def _turned_to_success(timeline: Timeline, role: Role) -> Event | None:
    """The first view that claims success after one that did not."""
    other = False
    for event in views(timeline, role):
        if not claims_success(view_of(event)):
            other = True
        elif other:
            return event
    return None


# -- breaks of uploads -------------------------------------------------------------------------------------------------


class Resumption(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that had been broken off and the first PATCH after it: where it was to start, and where it did."""

    upload: str
    stream: Stream
    patch: Event
    given: Event  # the last offset that reached the client
    doubtful: bool  # an offset was given into a network that was out: whether it arrived is not known

    @property
    def right(self) -> bool:
        """It starts where the service said."""
        return read(PatchBegan, self.patch).offset == read(Offered, self.given).offset


def resumptions(timeline: Timeline, role: Role) -> list[Resumption]:
    """Every first PATCH after a break of a role's uploads.

    A break: a PATCH whose reply did not reach the client, or an outage since the PATCH before (or the creation). What the service gave
    in the moment before it was killed may not have been written down.
    """
    spans = outages(timeline, role)
    kills = [event.at_ms for event in timeline.of(Disturbed, lambda data: data.kind == RESTART)]
    found = []
    events = [e for e in timeline if isinstance(e.data, PatchBegan | Offered) and e.data.stream in OF[role]]
    uploads = dict.fromkeys(e.data.upload for e in events if isinstance(e.data, PatchBegan | Offered))
    for upload in uploads:
        given: Event | None = None
        since: int | None = None  # of the PATCH before, or of the creation
        open_patch, broken, doubtful = False, False, False
        for event in events:
            data = event.data
            if not isinstance(data, PatchBegan | Offered) or data.upload != upload:
                continue
            since = event.at_ms if since is None else since
            if isinstance(data, Offered):
                lost = not data.delivered or any(start <= event.at_ms <= end for start, end in spans)
                broken = broken or not data.delivered or (open_patch and data.reply_to != "patch")
                doubtful = doubtful or (data.delivered and lost)
                open_patch = open_patch and data.reply_to != "patch"
                if data.delivered and not lost:
                    given, doubtful = event, False
                continue
            broken = broken or open_patch
            if given is not None:
                broken = broken or any(start < event.at_ms and end > since for start, end in spans)
                doubtful = doubtful or any(given.at_ms <= at_ms <= event.at_ms for at_ms in kills)
                if broken:
                    found.append(
                        Resumption(upload=upload, stream=data.stream, patch=event, given=given, doubtful=doubtful)
                    )
            since, broken, open_patch = event.at_ms, False, True
    return found
