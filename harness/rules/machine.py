"""Rules about the machine that a client finds itself on: its battery, its figures, its displays (notice, sections one and two).

Facts are what the harness gave the machine (`Script.battery`, `Machine`, the displays that it plugged in), never what a client says of it.
"""

from __future__ import annotations

from harness.core.events import DeviceChanged, Event, Intent, Machine, Operation, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Page, Role, View
from harness.rules.facts import (
    GLANCE_MS,
    doubt,
    error_of,
    first_seen,
    horizon,
    login,
    plugged,
    read,
    seen_throughout,
)
from harness.rules.rule import Need, rule

_ARRIVING = (Page.CHECK, Page.LOGIN)


@rule("PREP-4", Need.LAPTOP, Need.SERVICE, Need.POWER)
def a_low_battery_is_warned_about(timeline: Timeline, script: Script) -> Verdict:
    """On a machine whose battery is nearly empty, and not plugged in, the client warns of that before the login is through.

    On one that has a full battery on the mains nothing does, in an interview whose candidate gets in: a warning that always stands
    there warns of nothing. A battery that is low and charging is not judged.
    """
    if script.battery == "charging":
        return Unobserved(reason="the battery was low, and charging")
    return _told(
        timeline, script, AlertCode.LOW_BATTERY, due=script.battery == "low", what="a low battery, and no charger"
    )


@rule("PREP-7", Need.LAPTOP, Need.SERVICE, Need.WINDOW)
def a_system_below_the_minimum_is_reported(timeline: Timeline, script: Script) -> Verdict:
    """On a machine that has less than the plan states the client says so before the login is through; on one that has it nothing does.

    What a machine has is what a client could know of it: browsers round memory down, and tell no more than a few GiB.
    """
    event, asked = timeline.first(Machine, role=Role.LAPTOP), script.plan.system
    if event is None:
        return Unobserved(reason="nothing is known of the machine")
    if not (asked.cores or asked.memory_gib):
        return Unobserved(reason="the exam states no minimum")
    has = read(Machine, event)
    below = asked.cores > has.cores or asked.memory_gib > has.memory_gib
    what = f"{has.cores} threads and {has.memory_gib:g} GiB, where {asked.cores} and {asked.memory_gib:g} GiB are the least"
    return _told(timeline, script, AlertCode.SYSTEM_BELOW_MINIMUM, due=below, what=what)


def _told(timeline: Timeline, script: Script, code: AlertCode, *, due: bool, what: str) -> Verdict:
    """Whether the machine's state was said where it had to be (`due`), and not where there was nothing to say."""
    since, granted = first_seen(timeline, Role.LAPTOP), login(timeline)
    if since is None or not timeline.served(Operation.EXAM):
        return Unobserved(reason="the laptop's client showed nothing, or did not ask the service for the exam")
    until = granted.at_ms if granted is not None else horizon(timeline, Role.LAPTOP) or since
    told = timeline.shown(Role.LAPTOP, lambda view: view.says(code), before=until)
    if not due:
        return _not_told(timeline, told, granted, since, what)
    if told is not None:
        return Kept(
            reason=f"{what}: said at {show_moment(told.at_ms)}, before the login",
            margin=Margin(until - told.at_ms),
            evidence=(told,),
        )
    # As long as a device check may take, and be said; a login that is through leaves no "before".
    limits = script.plan.limits
    looked = until if granted is not None else since + limits.device_check + limits.reaction
    why = doubt(timeline, Role.LAPTOP, since, looked, network=False)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"{what}, and from {show_moment(since)} to {show_moment(looked)} nothing said so",
        margin=Margin(since - looked),
        evidence=() if granted is None else (granted,),
    )


def _not_told(timeline: Timeline, told: Event | None, granted: Event | None, since: int, what: str) -> Verdict:
    if told is not None:
        return Broken(reason=f"it was said although there was none of it ({what})", evidence=(told,))
    inside = None
    if granted is not None:
        inside = timeline.shown(Role.LAPTOP, lambda view: view.page not in _ARRIVING, after=granted.at_ms)
    if granted is None or inside is None:
        return Unobserved(reason="nobody got in, so that nothing shows what the client would have said")
    if not seen_throughout(timeline, Role.LAPTOP, since, granted.at_ms):
        return Unobserved(reason="nobody watched the laptop up to the login")
    return Kept(reason="there was nothing to say, and nothing was said", evidence=(granted, inside))


# -- LOGIN-6 -------------------------------------------------------------------------------------------------------------


@rule("LOGIN-6", Need.LAPTOP, Need.SERVICE, Need.WINDOW)
def extended_displays_bar_the_login(timeline: Timeline, script: Script) -> Verdict:
    """While a second display extends the first no login is granted, and a candidate who tries is told that it is for this; once it is gone a
    press of 【人脸登录】 is granted.

    A client may say so before the press, or leave 【人脸登录】 closed: then the page of the login says why.
    """
    spec = next((each for each in script.devices if each.kind == "display"), None)
    since = first_seen(timeline, Role.LAPTOP)
    if spec is None or since is None or not plugged(timeline, spec, since):
        return Unobserved(reason="no second display stood beside the laptop's when its client was started")
    gone = next((at for at in _unplugged(timeline, spec.id) if at >= since), horizon(timeline, Role.LAPTOP) or since)
    granted = next((event for event in timeline.served(Operation.LOGIN, after=since, before=gone)), None)
    if granted is not None:
        return Broken(
            reason=f"logged in at {show_moment(granted.at_ms)}, with a second display beside the first",
            margin=Margin(granted.at_ms - gone),
            evidence=(granted,),
        )
    told = _reason(timeline, script, since, gone)
    return told if not isinstance(told, Event) else _possible_again(timeline, script, told, gone)


def _unplugged(timeline: Timeline, device: str) -> list[int]:
    return [event.at_ms for event in timeline.of(DeviceChanged, device=device, change="unplugged")]


def _reason(timeline: Timeline, script: Script, since: int, gone: int) -> Event | Verdict:
    """The view that says why there is no login while the display is there; a verdict where the candidate tried and it was not said."""

    def says(view: View) -> bool:
        return view.says(AlertCode.EXTENDED_DISPLAY)

    opens, reaction = script.plan.windows.login_opens, script.plan.limits.reaction
    told = timeline.shown(Role.LAPTOP, says, after=since, before=gone)
    press = timeline.first(
        Intent,
        lambda data: data.role == Role.LAPTOP and data.act == Act.LOGIN and data.status != "unsupported",
        after=max(since, opens),
        before=gone,
    )
    # A client that keeps the button closed refuses as long as its page stands there, login being open.
    closed = timeline.standing(Role.LAPTOP, _keeps_shut, max(since, opens), gone)
    shut = next((start for start, end in closed if end - start >= reaction), None)
    tried = press.end_ms if press is not None else shut
    if told is not None:
        late = error_of(told, press)
        if tried is None or told.at_ms <= tried + reaction + late:
            return told
    if tried is None:
        return Unobserved(reason="the candidate did not try to log in while the second display was there")
    due = tried + reaction
    why = doubt(timeline, Role.LAPTOP, tried, min(due, gone), network=False)
    if why is not None or (due > gone and told is None and gone - tried < GLANCE_MS):
        return Unobserved(reason=why or "the second display was gone before the client had to say why it refused")
    return Broken(
        reason=f"refused with a second display beside the first, and in {show(min(due, gone) - tried)} nothing said that this is why",
        margin=Margin(due - (gone if told is None else told.at_ms))
        if told is not None
        else Margin(tried - min(due, gone)),
        evidence=() if press is None else (press,),
    )


def _possible_again(timeline: Timeline, script: Script, told: Event, gone: int) -> Verdict:
    limits = script.plan.limits
    granted = next(iter(timeline.served(Operation.LOGIN, after=gone)), None)
    if granted is not None:
        return Kept(
            reason=f"refused for the second display; it was gone at {show_moment(gone)}, and the login was granted at "
            f"{show_moment(granted.at_ms)}",
            margin=Margin(granted.at_ms - gone),
            evidence=(told, granted),
        )
    opened = gone + limits.reaction
    press = timeline.intent(Act.LOGIN, after=opened)
    if press is not None:
        due = press.end_ms + limits.stall + limits.catch_up
        asked = timeline.first(Served, after=press.at_ms, before=due, operation=Operation.LOGIN)
        why = doubt(timeline, Role.LAPTOP, press.at_ms, min(due, horizon(timeline, Role.LAPTOP) or due))
        if (
            why is not None
            or asked is not None
            or (horizon(timeline, Role.LAPTOP) or 0) < press.end_ms + limits.reaction
        ):
            return Unobserved(reason=why or "the login that followed was refused by the service, or not waited for")
        return Broken(
            reason=f"the second display was gone at {show_moment(gone)}, and 【人脸登录】 came to nothing at {show_moment(press.at_ms)}",
            evidence=(told, press),
        )
    until = horizon(timeline, Role.LAPTOP) or gone
    shut = timeline.standing(Role.LAPTOP, _keeps_shut, opened, until)
    if any(end - start >= limits.reaction for start, end in shut) and not doubt(timeline, Role.LAPTOP, opened, until):
        return Broken(
            reason=f"the second display was gone at {show_moment(gone)}, and 【人脸登录】 could still not be pressed",
            margin=Margin(opened - until),
            evidence=(told,),
        )
    return Unobserved(reason="nobody tried to log in once the second display was gone", evidence=(told,))


def _keeps_shut(view: View) -> bool:
    """The way to the login is closed, with nothing left for the candidate to do: consent was given, and login is open."""
    if view.page == Page.CHECK:
        return not view.enabled(Act.PROCEED)
    waits = view.enabled(Act.CONSENT) or view.says(AlertCode.TOO_EARLY, AlertCode.NO_CAMERA)
    return view.page == Page.LOGIN and not view.enabled(Act.LOGIN) and not waits
