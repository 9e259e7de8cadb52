"""Rules about getting the devices ready (notice, section one)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

from msgspec.structs import replace

from harness.core.events import Event, Intent, Operation, ProcessChanged, Served, Viewed
from harness.core.script import SIGHTLESS, Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Page, Role, View
from harness.rules.apparatus import QUIET, Kind, Stand, dead, spoken, stands
from harness.rules.facts import (
    GLANCE_MS,
    NO_NETWORK,
    RESTART,
    doubt,
    error_of,
    first_seen,
    offline,
    outages,
    view_of,
    views,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

CHECKED: Final[tuple[Literal["camera", "microphone", "recording"], ...]] = ("camera", "microphone", "recording")


@rule("PREP-1", Need.LAPTOP, Need.SERVICE)
def devices_are_checked_first(timeline: Timeline, script: Script) -> Verdict:
    """Before the face picture is taken each of camera, microphone and recording was reported, working or not.

    Whether a report is true is another requirement's question. Without a face picture there is no "before".
    """
    picture = timeline.first(Served, operation=Operation.LOGIN)
    if picture is None:
        return Unobserved(reason="no face picture was sent")
    press = timeline.intent(Act.LOGIN, before=picture.at_ms + 1)
    taken = picture.at_ms if press is None else press.at_ms
    reported: dict[str, Event] = {}
    for event in views(timeline, Role.LAPTOP, before=taken + 1):
        for what, check in view_of(event).checks.items():
            if check.state != "checking":
                reported.setdefault(what, event)
    missing = [what for what in CHECKED if what not in reported]
    if not missing:
        return Kept(
            reason=f"camera, microphone and recording were reported before the face picture at {show_moment(taken)}",
            margin=Margin(taken - max(event.at_ms for event in reported.values())),
            evidence=(reported["recording"], picture),
        )
    since = first_seen(timeline, Role.LAPTOP)
    if since is None or not timeline.watched(Role.LAPTOP, since, taken):
        return Unobserved(reason="nobody watched the laptop up to the face picture")
    return Broken(
        reason=f"the face picture was taken at {show_moment(taken)} and {' and '.join(missing)} had not been reported",
        evidence=(picture,),
    )


# -- PREP-2, PREP-3: none at all -----------------------------------------------------------------------------------------


@rule("PREP-2", Need.LAPTOP, Need.DEVICES)
def a_missing_camera_is_told(timeline: Timeline, script: Script) -> Verdict:
    """Without any camera the client says so with a reason within the plan's reaction, and 【下一步】 leads nowhere that does not say it."""
    return _missing(timeline, script, "camera", AlertCode.NO_CAMERA)


@rule("PREP-3", Need.LAPTOP, Need.DEVICES)
def a_missing_microphone_is_told(timeline: Timeline, script: Script) -> Verdict:
    """Without any microphone the client says so with a reason within the plan's reaction, and 【下一步】 leads nowhere that does not say it."""
    return _missing(timeline, script, "microphone", AlertCode.NO_MICROPHONE)


def _missing(timeline: Timeline, script: Script, kind: Kind, code: AlertCode) -> Verdict:
    """Each time that the laptop had no such device on the first page. A client that says it always says nothing."""

    def says(view: View) -> bool:
        check = view.checks.get(kind)
        return bool(view.alert(code)) or (check is not None and check.state == "failed" and bool(check.reason))

    if all(says(view_of(event)) for event in views(timeline, Role.LAPTOP)):
        return Unobserved(reason=f"it was said all the time that there is no {kind}")
    looks = []
    for stand in stands(timeline, script, kind):
        page = timeline.view_at(Role.LAPTOP, stand.from_ms)
        if stand.present or stand.lasted_ms < script.plan.limits.reaction:
            continue
        if page is not None and view_of(page).page in (Page.CHECK, Page.LOGIN):
            looks.append(_without(timeline, script, kind, stand, says))
    return every(looks, f"the laptop was never without a {kind} while its devices were checked")


def _without(timeline: Timeline, script: Script, kind: Kind, stand: Stand, says: Callable[[View], bool]) -> Verdict:
    reaction = script.plan.limits.reaction
    due, since = stand.from_ms + reaction, show_moment(stand.from_ms)
    told = timeline.shown(Role.LAPTOP, says, after=stand.from_ms, before=stand.to_ms)
    late = error_of(told)
    why = doubt(timeline, Role.LAPTOP, stand.from_ms, min(due, stand.to_ms), network=False)
    if why is not None or (told is None and stand.to_ms < due):
        return Unobserved(reason=why or f"the {kind} was back before the client had to say that it was missing")
    before = timeline.view_at(Role.LAPTOP, stand.from_ms)
    if told is None and before is not None and view_of(before).page != Page.CHECK:
        return Unobserved(reason=f"the devices were not being checked while there was no {kind}", evidence=(before,))
    if told is None or told.at_ms > due + late:
        return Broken(
            reason=f"from {since} on there was no {kind}, and in {show(reaction)} nothing said so with a reason",
            margin=Margin(due - (stand.to_ms if told is None else told.at_ms)),
            evidence=(*views(timeline, Role.LAPTOP, before=due + 1)[-1:],),
        )
    works = _states(timeline, kind, "working", due + late, stand.to_ms)
    unsaid = timeline.standing(
        Role.LAPTOP, lambda view: view.page != Page.CHECK and not says(view), due + late, stand.to_ms
    )
    if works:
        return Broken(reason=f"without any {kind}, the {kind} was called working", margin=Margin(due - works[-1][1]))
    gone_on = next((span for span in unsaid if span[1] - span[0] >= GLANCE_MS), None)
    if gone_on is not None:
        event = timeline.view_at(Role.LAPTOP, gone_on[0])
        page = view_of(event).page if event is not None else ""
        return Broken(
            reason=f"without any {kind} the client went on to page {page} as if all were well",
            evidence=(told, *((event,) if event is not None else ())),
        )
    tried = timeline.first(
        Intent, lambda data: data.status != "unsupported", after=stand.from_ms, before=stand.to_ms, act=Act.PROCEED
    )
    if tried is None or tried.end_ms + GLANCE_MS > stand.to_ms:
        return Unobserved(reason=f"the candidate did not try to go on without a {kind}", evidence=(told,))
    return Kept(
        reason=f"without any {kind} from {since} on, it was said with a reason, and the client did not go on as if all were well",
        margin=Margin(reaction - max(0, told.at_ms - stand.from_ms)),
        evidence=(told, tried),
    )


def _states(timeline: Timeline, kind: Kind, state: str, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    """The spans in which the check called that kind of device so."""

    def is_called(view: View) -> bool:
        check = view.checks.get(kind)
        return check is not None and check.state == state

    return timeline.standing(Role.LAPTOP, is_called, from_ms, to_ms)


# -- PREP-5 --------------------------------------------------------------------------------------------------------------


@rule("PREP-5", Need.LAPTOP, Need.NETWORK, Need.SERVICE)
def an_unreachable_service_is_told(timeline: Timeline, script: Script) -> Verdict:
    """A client that starts without a network says so, asks again, and is back to normal within the plan's catch-up, by itself.

    It may take a whole stalled request to notice. What the candidate presses meanwhile leaves open what would have happened by itself.
    """
    started = timeline.of(ProcessChanged, role=Role.LAPTOP, change="started")
    looks = [
        _unreached(timeline, script, event, end)
        for event in started
        for start, end in outages(timeline, Role.LAPTOP, (*NO_NETWORK, RESTART))
        if start <= event.at_ms < end
    ]
    return every(looks, "the laptop's network was there when its client was started")


def _unreached(timeline: Timeline, script: Script, started: Event, back: int) -> Verdict:
    limits = script.plan.limits
    due, recovers = started.at_ms + limits.stall + limits.reaction, back + limits.catch_up
    told = timeline.shown(Role.LAPTOP, offline, after=started.at_ms, before=back)
    if told is None or told.at_ms > due + error_of(told):
        why = doubt(timeline, Role.LAPTOP, first_seen(timeline, Role.LAPTOP) or started.at_ms, due, network=False)
        if why is not None or back < due:
            return Unobserved(reason=why or "the network was back before the client had to say that it was gone")
        return Broken(
            reason=f"started without a network at {show_moment(started.at_ms)}, and in {show(due - started.at_ms)} nothing said so",
            margin=Margin(due - (back if told is None else told.at_ms)),
            evidence=(started,),
        )
    pressed = timeline.first(Intent, after=told.at_ms, before=recovers, role=Role.LAPTOP)
    until = recovers if pressed is None else pressed.at_ms
    asked = timeline.first(Served, lambda data: data.role == Role.LAPTOP, after=back, before=until + 1)
    well = timeline.first(
        Viewed, lambda data: data.role == Role.LAPTOP and not offline(data.view), after=back, before=until + 1
    )
    if asked is not None and well is not None:
        return Kept(
            reason=f"said that the service can't be reached, asked again {show(asked.at_ms - back)} after it could, and was well",
            margin=Margin(recovers - max(asked.at_ms, well.at_ms)),
            evidence=(told, asked, well),
        )
    if pressed is not None:
        return Unobserved(
            reason="the candidate had pressed something before it recovered by itself", evidence=(pressed,)
        )
    why = doubt(timeline, Role.LAPTOP, back + error_of(told) + 1, recovers)
    if why is not None or not timeline.watched("service", back, recovers):
        return Unobserved(reason=why or "nobody watched the service")
    what = "asked the service nothing" if asked is None else "still said that it can't be reached"
    return Broken(
        reason=f"the network was back at {show_moment(back)}, and in {show(limits.catch_up)} the client {what}",
        margin=Margin(-limits.catch_up),
        evidence=(told,),
    )


# -- PREP-6 --------------------------------------------------------------------------------------------------------------


@rule("PREP-6", Need.LAPTOP, Need.DEVICES)
def the_check_tells_the_truth(timeline: Timeline, script: Script) -> Verdict:
    """A hanging, a black camera and a dead microphone are not called working; a dim room and a quiet one are not called broken.

    A client is given the plan's span to look at a device (the catalogue's three seconds) and its reaction to say so. Only a device that
    stood there alone, and was being checked for longer than that, is judged; each of the five has to be.
    """
    limits = script.plan.limits
    long_enough = limits.device_check + limits.reaction
    cameras, microphones = (
        [each for each in _checked(timeline, script, kind) if each.lasted_ms > long_enough]
        for kind in ("camera", "microphone")
    )
    silences = [each for each in microphones if dead(each) and _heard(timeline, each, limits.reaction)]
    quiet = [each for each in microphones if each.scene == QUIET and not spoken(timeline, each)]
    looks = [
        *(
            every(
                [_truth(timeline, script, "camera", each) for each in cameras if each.scene == scene],
                f"no camera showed {scene!r} for long enough",
            )
            for scene in sorted((*SIGHTLESS, "lights-out"))
        ),
        every(
            [_truth(timeline, script, "microphone", each) for each in silences], "no microphone was silent under speech"
        ),
        every([_truth(timeline, script, "microphone", each) for each in quiet], "no microphone stood in a quiet room"),
    ]
    return every(looks, "no device was checked")


def _checked(timeline: Timeline, script: Script, kind: Kind) -> Iterator[Stand]:
    """How the devices stood, each up to when the check last spoke of that kind: a client that has gone on checks nothing."""
    for stand in stands(timeline, script, kind):
        spans = timeline.standing(Role.LAPTOP, lambda view: kind in view.checks, stand.from_ms, stand.to_ms)
        if spans:
            yield replace(stand, to_ms=spans[-1][1])


def _heard(timeline: Timeline, stand: Stand, reaction: int) -> bool:
    """Somebody spoke before that microphone, and long enough before it went for the client to say that it heard nothing."""
    return any(stand.from_ms <= start and end + reaction <= stand.to_ms for start, end in spoken(timeline, stand))


def _truth(timeline: Timeline, script: Script, kind: Kind, stand: Stand) -> Verdict:
    limits = script.plan.limits
    fails = stand.scene in SIGHTLESS or dead(stand)
    wrong = "working" if fails else "failed"
    due = stand.from_ms + limits.reaction + (limits.device_check if fails else 0)
    what = f"the {kind} before {stand.scene!r}"
    spans = _states(timeline, kind, wrong, stand.from_ms, stand.to_ms)
    error = error_of(timeline.view_at(Role.LAPTOP, stand.from_ms)) + 1
    last = spans[-1][1] if spans else stand.from_ms
    if doubt(timeline, Role.LAPTOP, stand.from_ms, stand.to_ms, network=False) is not None:
        return Unobserved(reason=f"nobody watched {what} being checked")
    if last > due + error:
        shown = timeline.view_at(Role.LAPTOP, last - 1)
        return Broken(
            reason=f"{what} was there from {show_moment(stand.from_ms)} on, and at {show_moment(last)} it was still called {wrong}",
            margin=Margin(due - last),
            evidence=(shown,) if shown is not None else (),
        )
    # A device that fails is not called working by a client that calls some other one so; a device that works is called so itself.
    since = (first_seen(timeline, Role.LAPTOP) or stand.from_ms) if fails else stand.from_ms
    if not _states(timeline, kind, "working", since, stand.to_ms):
        return Unobserved(reason=f"no {kind} was called working up to then")
    checked = timeline.view_at(Role.LAPTOP, due)
    return Kept(
        reason=f"{what} was not called {wrong}",
        margin=Margin(due - max(stand.from_ms, last)),
        evidence=() if checked is None else (checked,),
    )
