"""Rules about confirming the devices (notice, section six)."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.events import DeviceChanged, Event, Intent, Viewed
from harness.core.footage import Heard, Seen
from harness.core.script import DeviceSpec, Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import RUNNING, Act, Page, Role, Stream, View
from harness.rules.facts import doubt, error_of, read, turned_to, view_before, view_of, views
from harness.rules.media import Held, frame_ms, held
from harness.rules.rule import Need, rule
from harness.rules.weigh import every


def _choosable(script: Script) -> list[DeviceSpec]:
    return [s for s in script.devices if s.role == Role.LAPTOP and s.kind in ("camera", "microphone")]


def _shown(view: View, spec: DeviceSpec) -> bool:
    return any(item.id == spec.id or item.label == spec.label for item in view.devices)


def _page_views(timeline: Timeline, since: Event) -> list[Event]:
    """The views of the device page from `since` on, until it is left for the first time."""
    found = []
    for event in views(timeline, Role.LAPTOP, since.at_ms):
        if event.seq < since.seq:
            continue  # of the same millisecond, and before it
        if view_of(event).page != Page.DEVICES:
            break
        found.append(event)
    return found


def _left(timeline: Timeline, since: Event) -> int | None:
    later = (event for event in views(timeline, Role.LAPTOP, since.at_ms) if event.seq > since.seq)
    return next((event.at_ms for event in later if view_of(event).page != Page.DEVICES), None)


@rule("DEV-1", Need.LAPTOP, Need.DEVICES)
def every_device_is_listed(timeline: Timeline, script: Script) -> Verdict:
    """The device page lists every camera and microphone that was plugged in when it came and stayed so."""
    came = turned_to(timeline, Page.DEVICES)
    if came is None:
        return Unobserved(reason="the device page did not come")
    left = _left(timeline, came)
    changed = {read(DeviceChanged, e).device: read(DeviceChanged, e).change for e in _plugs(timeline, None, came.at_ms)}
    restless = {read(DeviceChanged, e).device for e in _plugs(timeline, came.at_ms, None if left is None else left + 1)}
    present = [
        spec
        for spec in _choosable(script)
        if changed.get(spec.id, "plugged" if spec.plugged else "unplugged") == "plugged" and spec.id not in restless
    ]
    if not present:
        return Unobserved(reason="no camera or microphone was plugged in")
    page = _page_views(timeline, came)
    whole = next((e for e in page if all(_shown(view_of(e), spec) for spec in present)), None)
    if whole is not None:
        return Kept(
            reason=f"all {len(present)} cameras and microphones are listed",
            margin=Margin(script.plan.limits.reaction - (whole.at_ms - came.at_ms)),
            evidence=(whole,),
        )
    due = came.at_ms + script.plan.limits.reaction
    looked = due if left is None else min(due, left)
    last = page[-1]
    missing = next(spec for spec in present if not _shown(view_of(last), spec))
    why = doubt(timeline, Role.LAPTOP, came.at_ms, looked, network=False)
    # A list that has come is whole or it is not; one that is still empty may only be on its way.
    if why is not None or (looked < due and not view_of(last).devices):
        return Unobserved(reason=why or "the page did not stand long enough", evidence=(came,))
    return Broken(
        reason=f"{missing.id} ({missing.label}) is plugged in and not listed",
        margin=Margin(came.at_ms - looked),
        evidence=(last,),
    )


def _plugs(timeline: Timeline, after: int | None, before: int | None) -> list[Event]:
    return timeline.of(
        DeviceChanged,
        lambda data: data.change in ("plugged", "unplugged"),
        after=after,
        before=before,
        role=Role.LAPTOP,
    )


def _listing(timeline: Timeline, script: Script, change: str) -> Verdict:
    """After `change` and 【刷新设备】 the list shows the device, or no longer does."""
    specs = {spec.id: spec for spec in _choosable(script)}
    wanted, word = change == "plugged", "listed" if change == "plugged" else "gone from the list"
    for event in _plugs(timeline, None, None):
        data = read(DeviceChanged, event)
        before = timeline.view_at(Role.LAPTOP, event.at_ms)
        if data.change != change or data.device not in specs or before is None:
            continue
        spec = specs[data.device]
        if view_of(before).page != Page.DEVICES:
            continue
        presses = timeline.of(
            Intent, after=event.at_ms, before=_left(timeline, event), role=Role.LAPTOP, act=Act.REFRESH_DEVICES
        )
        earlier = timeline.view_at(Role.LAPTOP, event.at_ms - 1)
        if not presses or earlier is None or _shown(view_of(earlier), spec) == wanted:
            continue
        return _after_refresh(timeline, script, spec, wanted, word, event, presses)
    return Unobserved(reason=f"no device was {change} on the device page and 【刷新设备】 pressed after it")


def _after_refresh(
    timeline: Timeline, script: Script, spec: DeviceSpec, wanted: bool, word: str, event: Event, presses: list[Event]
) -> Verdict:
    press, limit = presses[0], script.plan.limits.reaction
    left = _left(timeline, press)
    right = timeline.shown(
        Role.LAPTOP,
        lambda view: view.page == Page.DEVICES and _shown(view, spec) == wanted,
        after=press.at_ms,
        before=left,
    )
    if right is not None:
        return Kept(
            reason=f"{spec.id} is {word} after 【刷新设备】 at {show_moment(press.at_ms)}",
            margin=Margin(limit - max(0, right.at_ms - press.end_ms)),
            evidence=(event, press, right),
        )
    looked = press.end_ms + limit if left is None else min(press.end_ms + limit, left)
    why = doubt(timeline, Role.LAPTOP, press.at_ms, looked, network=False)
    # Who refreshed a second time has seen what the first one did.
    if why is not None or (looked < press.end_ms + limit and len(presses) < 2):
        return Unobserved(reason=why or "the page was left too soon after 【刷新设备】", evidence=(press,))
    return Broken(
        reason=f"【刷新设备】 was pressed {len(presses)} time(s), and {spec.id} was not {word} {show(looked - press.end_ms)} later",
        margin=Margin(press.end_ms - looked),
        evidence=(event, press),
    )


@rule("DEV-2", Need.LAPTOP, Need.DEVICES)
def a_new_device_is_listed(timeline: Timeline, script: Script) -> Verdict:
    """A camera or microphone plugged in while the device page stands is listed after 【刷新设备】."""
    return _listing(timeline, script, "plugged")


@rule("DEV-3", Need.LAPTOP, Need.DEVICES)
def a_pulled_device_is_gone(timeline: Timeline, script: Script) -> Verdict:
    """A camera or microphone pulled out while the device page stands is no longer listed after 【刷新设备】."""
    return _listing(timeline, script, "unplugged")


def _chosen(timeline: Timeline, script: Script, kind: str) -> tuple[DeviceSpec, Event, Event] | Unobserved:
    """The other device of that kind which the candidate chose before 【进入待考】, the choice, and that press."""
    wait = timeline.intent(Act.WAIT)
    specs = {spec.id: spec for spec in _choosable(script) if spec.kind == kind}
    choices = timeline.of(
        Intent, lambda data: data.args.get("id") in specs, role=Role.LAPTOP, act=Act.CHOOSE, status="done"
    )
    before = [event for event in choices if wait is not None and event.at_ms <= wait.at_ms]
    if wait is None or not before:
        return Unobserved(reason=f"no {kind} was chosen before 【进入待考】")
    spec = specs[read(Intent, before[-1]).args["id"]]
    view = view_before(timeline, Role.LAPTOP, before[0])
    shown = [item for item in view_of(view).devices if item.kind == kind and item.chosen] if view is not None else []
    if any(item.id == spec.id or item.label == spec.label for item in shown):
        return Unobserved(reason=f"{spec.id} was chosen already")
    if len(choices) > len(before) or any(
        read(DeviceChanged, e).device == spec.id for e in _plugs(timeline, wait.at_ms, None)
    ):
        return Unobserved(reason=f"the {kind} was changed again later")
    return spec, before[-1], wait


def _recorded_from(
    script: Script, spec: DeviceSpec, wait: Event, choice: Event, found: Held, spans: Sequence[Seen | Heard]
) -> Verdict:
    """From 【进入待考】 on (and the plan's time to open a device) no other device of that kind is in the recording, and this one is."""
    kinds = {each.number: each for each in script.devices if each.kind == spec.kind}
    since = max(wait.end_ms, choice.end_ms) + script.plan.limits.recording_start
    error = error_of(wait, found.event) + frame_ms(script)
    own = [span for span in spans if span.device == spec.number and span.to_ms > since]
    others = [
        span for span in spans if span.device in kinds and span.device != spec.number and span.to_ms > since + error
    ]
    if others:
        return Broken(
            reason=f"{spec.id} was chosen, and {kinds[others[-1].device].id} is recorded until {show_moment(others[-1].to_ms)}",
            margin=Margin(since - others[-1].to_ms),
            evidence=(choice, wait, found.event),
        )
    if not own:
        return Unobserved(reason=f"neither {spec.id} nor another {spec.kind} is in the recording")
    length = sum(span.to_ms - max(span.from_ms, since) for span in own)
    return Kept(
        reason=f"{spec.id} was chosen and is recorded for {show(length)}, no other {spec.kind}",
        margin=Margin(length),
        evidence=(choice, wait, found.event),
    )


@rule("DEV-4", Need.LAPTOP, Need.RECORDINGS)
def the_chosen_camera_is_recorded(timeline: Timeline, script: Script) -> Verdict:
    """Another camera was chosen: from 【进入待考】 on the camera recording shows that one."""
    choice, found = _chosen(timeline, script, "camera"), held(timeline, Stream.CAMERA)
    if isinstance(choice, Unobserved):
        return choice
    if found is None:
        return Unobserved(reason="the service holds no camera recording")
    spec, chose, wait = choice
    return _recorded_from(script, spec, wait, chose, found, found.footage.seen)


@rule("DEV-5", Need.LAPTOP, Need.RECORDINGS)
def the_chosen_microphone_is_recorded(timeline: Timeline, script: Script) -> Verdict:
    """Another microphone was chosen: from 【进入待考】 on the camera recording sounds of that one."""
    choice, found = _chosen(timeline, script, "microphone"), held(timeline, Stream.CAMERA)
    if isinstance(choice, Unobserved):
        return choice
    if found is None:
        return Unobserved(reason="the service holds no camera recording")
    spec, chose, wait = choice
    return _recorded_from(script, spec, wait, chose, found, found.footage.heard)


@rule("DEV-6", Need.LAPTOP)
def waiting_leads_on(timeline: Timeline, script: Script) -> Verdict:
    """【进入待考】 leads to the countdown's page before T0, and to the running stage after it. Close to T0 either is right."""
    looks = [
        _leads_on(timeline, script, press)
        for press in timeline.of(Intent, role=Role.LAPTOP, act=Act.WAIT, status="done")
    ]
    return every(looks, "the candidate did not press 【进入待考】")


def _leads_on(timeline: Timeline, script: Script, press: Event) -> Verdict:
    before, limit = view_before(timeline, Role.LAPTOP, press), script.plan.limits.reaction
    if before is None or view_of(before).page != Page.DEVICES:
        return Unobserved(reason="the candidate was not on the device page")
    if press.at_ms < 0 <= press.end_ms + limit:
        wanted: tuple[Page, ...] = (Page.WAITING, *RUNNING)
    else:
        wanted = (Page.WAITING,) if press.at_ms < 0 else RUNNING
    until = press.end_ms + limit
    came = timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and data.view.page in wanted, after=press.at_ms)
    if came is not None and came.at_ms <= until + error_of(came):
        return Kept(
            reason=f"【进入待考】 at {show_moment(press.at_ms)} led to page {view_of(came).page}",
            margin=Margin(limit - max(0, came.at_ms - press.end_ms)),
            evidence=(press, came),
        )
    why = doubt(timeline, Role.LAPTOP, press.at_ms, until)
    if why is not None:
        return Unobserved(reason=why, evidence=(press,))
    stands = timeline.view_at(Role.LAPTOP, until)
    page = "nothing" if stands is None else f"page {view_of(stands).page}"
    return Broken(
        reason=f"【进入待考】 was pressed at {show_moment(press.at_ms)}, and {show(limit)} later {page} stood there",
        margin=Margin(-limit),
        evidence=(press,) if stands is None else (press, stands),
    )
