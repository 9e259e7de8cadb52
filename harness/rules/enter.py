"""Rules about entering the interview (notice, section five). What is recorded from then on is judged in `live.py`."""

from __future__ import annotations

from harness.core.events import Event, Intent, Operation, Served, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import Act, AlertCode, Page, Role, View
from harness.rules.facts import (
    bound,
    doubt,
    entered,
    error_of,
    faulty,
    login,
    out_at,
    read,
    view_before,
    view_of,
    views,
)
from harness.rules.rule import Need, rule


def _active(view: View) -> bool:
    return view.enabled(Act.ENTER)


def _lobby(view: View) -> bool:
    return view.page == Page.LOBBY


def _ready(timeline: Timeline, script: Script, at_ms: int) -> str | None:
    """What the candidate had not done by then of what entry needs; None: all of it."""
    for what, event in (("logged in", login(timeline)), ("bound a phone", bound(timeline))):
        if event is None or event.at_ms > at_ms:
            return f"the candidate had not {what}"
    read_ids = {
        read(Intent, event).args.get("id")
        for event in timeline.of(Intent, before=at_ms + 1, role=Role.LAPTOP, act=Act.READ, status="done")
    }
    missing = [item.id for item in script.plan.attachments if item.id not in read_ids]
    return f"the candidate had not read {missing[0]!r}" if missing else None


def _push_lost(script: Script) -> bool:
    due = script.plan.windows.entry_opens
    return any(
        each.kind == "lose-push" and each.reason in ("", "entry-opened") and each.from_ms <= due < each.until_ms
        for each in script.misbehaviour
    )


@rule("ENTER-1", Need.LAPTOP)
def not_active_before(timeline: Timeline, script: Script) -> Verdict:
    """Before T-15 【进入考试】 is not active, and after it it is: a button that never wakes keeps nothing."""
    due = script.plan.windows.entry_opens
    early = timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and _active(data.view), before=due)
    if early is not None:
        if due - early.at_ms <= early.error_ms:
            return Unobserved(
                reason="active before the window by less than the error of measurement", evidence=(early,)
            )
        return Broken(
            reason=f"active at {show_moment(early.at_ms)}, {show(due - early.at_ms)} before entry opens",
            margin=Margin(early.at_ms - due),
            evidence=(early,),
        )
    lobby = timeline.shown(Role.LAPTOP, _lobby, before=due)
    if lobby is None:
        return Unobserved(reason="the lobby's page was not on show before entry opened")
    if not timeline.watched(Role.LAPTOP, lobby.at_ms, due):
        return Unobserved(reason="nobody watched the lobby's page until entry opened")
    active = timeline.shown(Role.LAPTOP, _active, after=due)
    if active is None:
        return Unobserved(reason="the button never became active, so that its being inactive shows nothing")
    return Kept(
        reason=f"inactive from {show_moment(lobby.at_ms)} until {show_moment(active.at_ms)}",
        margin=Margin(active.at_ms - due),
        evidence=(lobby, active),
    )


@rule("ENTER-2", Need.LAPTOP, Need.SERVICE)
def active_by_itself(timeline: Timeline, script: Script) -> Verdict:
    """With all else done 【进入考试】 becomes active at T-15 without the candidate doing anything, at most `limits.reaction` late.

    A push that the service lost is ENTER-3's, a button that was active before ENTER-1's.
    """
    due, limit = script.plan.windows.entry_opens, script.plan.limits.reaction
    lobby = timeline.shown(Role.LAPTOP, _lobby, before=due)
    if lobby is None:
        return Unobserved(reason="the candidate was not on the lobby's page before entry opened")
    undone = _ready(timeline, script, due)
    if undone is not None or _push_lost(script):
        return Unobserved(reason=undone or "the push was lost")
    standing = timeline.view_at(Role.LAPTOP, due - 1)
    if standing is None or not _lobby(view_of(standing)) or _active(view_of(standing)):
        return Unobserved(reason="the lobby's page with an inactive button was not on show when entry opened")
    active = timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and _active(data.view), after=due)
    until = due + limit if active is None else min(active.at_ms, due + limit)
    if timeline.intent(Act.REFRESH, after=due, before=until) is not None:
        return Unobserved(reason="the candidate pressed 【刷新】 before it could show by itself")
    away = timeline.intent(Act.SHOW_CODE, after=lobby.at_ms, before=until)
    why = doubt(timeline, Role.LAPTOP, due, until)
    if active is None or why is not None:
        if why is not None or away is not None:
            return Unobserved(reason=why or "the candidate had gone back to the binding code")
        return Broken(
            reason=f"never active by itself after {show_moment(due)}", margin=Margin(-limit), evidence=(lobby,)
        )
    return at_most(
        limit,
        active.at_ms - due,
        what=f"active after {show_moment(due)} by",
        evidence=(active,),
        error_ms=active.error_ms,
    )


@rule("ENTER-3", Need.LAPTOP)
def a_lost_push_is_made_up_for(timeline: Timeline, script: Script) -> Verdict:
    """The push was lost: active by itself or after 【刷新】; and 【刷新】 leaves an active button active."""
    due, limit = script.plan.windows.entry_opens, script.plan.limits.reaction
    spoilt = _spoilt_by_refresh(timeline, script)
    if spoilt is not None:
        return spoilt
    if not _push_lost(script):
        return Unobserved(reason="the push was not lost")
    standing = timeline.view_at(Role.LAPTOP, due - 1)
    if standing is None or not _lobby(view_of(standing)) or _active(view_of(standing)):
        return Unobserved(reason="the lobby's page with an inactive button was not on show when entry opened")
    press = timeline.intent(Act.REFRESH, after=due)
    active = timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and _active(data.view), after=due)
    if active is not None and (press is None or active.at_ms <= press.end_ms + limit + error_of(press, active)):
        how = "by itself" if press is None or active.at_ms < press.at_ms else "after 【刷新】"
        return Kept(
            reason=f"the push was lost, and the button became active {how} at {show_moment(active.at_ms)}",
            margin=Margin(limit if press is None else limit - max(0, active.at_ms - press.end_ms)),
            evidence=(active,),
        )
    if press is None:
        return Unobserved(reason="the button had not become active by itself, and 【刷新】 was not pressed")
    why = doubt(timeline, Role.LAPTOP, press.at_ms, press.end_ms + limit) or _ready(timeline, script, due)
    if why is not None or faulty(script, Operation.SESSION, Operation.EXAM):
        return Unobserved(reason=why or "the service was made to fail")
    return Broken(
        reason=f"【刷新】 was pressed at {show_moment(press.at_ms)}, and {show(limit)} later the button was not active",
        margin=Margin(-limit),
        evidence=(press,),
    )


def _spoilt_by_refresh(timeline: Timeline, script: Script) -> Broken | None:
    """【刷新】 made an active button inactive, and not for a moment only."""
    window = script.plan.windows
    for press in timeline.of(Intent, after=window.entry_opens, role=Role.LAPTOP, act=Act.REFRESH, status="done"):
        before, until = view_before(timeline, Role.LAPTOP, press), press.end_ms + script.plan.limits.reaction
        after = timeline.view_at(Role.LAPTOP, until)
        if before is None or after is None or not _active(view_of(before)) or until >= window.entry_closes:
            continue
        if (
            _lobby(view_of(after))
            and not _active(view_of(after))
            and not doubt(timeline, Role.LAPTOP, press.at_ms, until)
        ):
            return Broken(
                reason=f"【刷新】 at {show_moment(press.at_ms)} made the active button inactive",
                evidence=(press, after),
            )
    return None


def _closed_early(timeline: Timeline, script: Script) -> Event | None:
    """The lobby's view in which the button is inactive, inside the window and after it had been active there, and so for `limits.reaction`."""
    window, limit = script.plan.windows, script.plan.limits.reaction
    woke = timeline.shown(Role.LAPTOP, _active, after=window.entry_opens)
    if woke is None:
        return None
    shut = timeline.first(
        Viewed,
        lambda data: data.role == Role.LAPTOP and _lobby(data.view) and not _active(data.view),
        after=woke.at_ms + 1,
        before=window.entry_closes - limit,
    )
    if shut is None or timeline.shown(Role.LAPTOP, _active, after=shut.at_ms, before=shut.at_ms + limit) is not None:
        return None
    return None if doubt(timeline, Role.LAPTOP, shut.at_ms, shut.at_ms + limit) else shut


def _offered(timeline: Timeline, press: Event) -> bool:
    """The lobby stood there, or whatever page the client has the button on."""
    before = view_before(timeline, Role.LAPTOP, press)
    return before is not None and (_lobby(view_of(before)) or Act.ENTER in view_of(before).controls)


@rule("ENTER-4", Need.LAPTOP, Need.SERVICE)
def entering_is_possible(timeline: Timeline, script: Script) -> Verdict:
    """In `[T-15, T+5)` a candidate who has done all else enters: the press is granted and leads on; the service's receipt time decides."""
    window, limit = script.plan.windows, script.plan.limits.reaction
    granted = entered(timeline)
    if granted is not None and window.entry_opens <= granted.at_ms < window.entry_closes:
        gone = timeline.first(
            Viewed,
            lambda data: data.role == Role.LAPTOP and not _lobby(data.view),
            after=granted.at_ms - error_of(granted),
        )
        if gone is not None and timeline.shown(Role.LAPTOP, _lobby, before=granted.at_ms + 1) is not None:
            return Kept(
                reason=f"entered at {show_moment(granted.at_ms)}, and page {view_of(gone).page} came",
                margin=Margin(window.entry_closes - granted.at_ms),
                evidence=(granted, gone),
            )
    press = timeline.first(
        Intent,
        lambda data: data.role == Role.LAPTOP and data.act == Act.ENTER and data.status != "unsupported",
        after=window.entry_opens,
        before=window.entry_closes,
    )
    if press is not None and not _offered(timeline, press):
        return Unobserved(reason="【进入考试】 was pressed where it does not stand", evidence=(press,))
    since, cause = (None, None) if press is None else (press.end_ms, press)
    if press is None:
        # A button that had been active and closed again before its time.
        shut = _closed_early(timeline, script)
        if shut is not None and _ready(timeline, script, shut.at_ms) is None:
            return Broken(
                reason=f"【进入考试】 was active and closed again at {show_moment(shut.at_ms)}, before {show_moment(window.entry_closes)}",
                margin=Margin(shut.at_ms - window.entry_closes),
                evidence=(shut,),
            )
        # The lobby was reached after the opening: the button has to wake there as well.
        came = timeline.shown(Role.LAPTOP, _lobby)
        if came is None or came.at_ms < window.entry_opens:
            return Unobserved(reason="the candidate did not press 【进入考试】 while entry was open")
        if timeline.shown(Role.LAPTOP, _active, after=came.at_ms) is not None:
            return Unobserved(reason="the candidate did not press 【进入考试】")
        since, cause = came.at_ms, came
    assert since is not None
    assert cause is not None
    if since + limit >= window.entry_closes:
        return Unobserved(reason="the press came too close to the closing")
    early = press is not None and press.at_ms < window.entry_opens + limit
    why = _ready(timeline, script, cause.at_ms) or doubt(timeline, Role.LAPTOP, cause.at_ms, since + limit)
    if (
        why is not None
        or early
        or faulty(script, Operation.ENTRY, Operation.READ)
        or not timeline.watched("service", since, since + limit)
    ):
        return Unobserved(reason=why or "whether entry was possible could not be told", evidence=(cause,))
    return Broken(
        reason=f"the candidate wanted to enter at {show_moment(cause.at_ms)}, inside the window, and did not get in",
        margin=Margin(-limit),
        evidence=(cause,),
    )


@rule("ENTER-5", Need.LAPTOP, Need.SERVICE)
def too_late_is_told(timeline: Timeline, script: Script) -> Verdict:
    """From T+5 nobody enters for the first time, even where the service would let them, and the page says why.

    Where the button can still be pressed, the reason may wait for the press.
    """
    closes, limit = script.plan.windows.entry_closes, script.plan.limits.reaction
    granted = entered(timeline)
    if granted is not None and granted.at_ms < closes:
        return Unobserved(reason="the candidate had entered in time")
    press = timeline.first(Intent, after=closes, role=Role.LAPTOP, act=Act.ENTER)
    if granted is not None:
        taken = timeline.intent(Act.ENTER, after=closes)
        in_time = timeline.intent(Act.ENTER, after=script.plan.windows.entry_opens, before=closes)
        if taken is None or in_time or granted.at_ms < taken.at_ms or granted.at_ms - closes <= granted.error_ms:
            return Unobserved(reason="entry was asked for before it closed, and received after", evidence=(granted,))
        return Broken(  # no margin: a press is noted before it is made and the service has its own clock, whatever we were late by
            reason=f"entered at {show_moment(granted.at_ms)}, {show(granted.at_ms - closes)} after entry closed",
            evidence=(taken, granted),
        )
    undone = _ready(timeline, script, closes)
    if undone is not None:
        return Unobserved(reason=f"{undone}, so that there was no entry to be refused")
    lobby = timeline.view_at(Role.LAPTOP, closes)
    if lobby is None or not _lobby(view_of(lobby)):
        lobby = timeline.shown(Role.LAPTOP, _lobby, after=closes)
    if lobby is None:
        return Unobserved(reason="the candidate was not at the entry when it closed")
    return _told_why(timeline, script, lobby, press, max(closes, lobby.at_ms), limit)


def _told_why(timeline: Timeline, script: Script, lobby: Event, press: Event | None, since: int, limit: int) -> Verdict:
    def says(view: View) -> bool:
        return bool(view.alert(AlertCode.TOO_LATE))

    closes = script.plan.windows.entry_closes
    early = timeline.shown(Role.LAPTOP, says, before=closes)
    if early is not None and closes - early.at_ms > early.error_ms:
        return Unobserved(reason="the reason stood there before entry closed", evidence=(early,))
    told = timeline.shown(Role.LAPTOP, says, after=closes)
    running = next((e for e in views(timeline, Role.LAPTOP, closes) if not _outside(view_of(e))), None)
    if running is not None and not out_at(timeline, Role.LAPTOP, closes, running.at_ms):
        return Broken(
            reason=f"after entry had closed page {view_of(running).page} came",
            margin=Margin(closes - running.at_ms),
            evidence=(running,),
        )
    asked = since if press is None else press.end_ms
    if told is not None and told.at_ms <= asked + limit + error_of(told, press):
        refused = [e for e in timeline.served(Operation.ENTRY, ok=False) if read(Served, e).problem == "too-late"]
        return Kept(
            reason=f"not entered, and from {show_moment(told.at_ms)} on the reason stood there",
            margin=Margin(asked + limit - told.at_ms),
            evidence=(lobby, told, *refused[:1]),
        )
    stands = timeline.view_at(Role.LAPTOP, asked + limit)
    if press is None and stands is not None and _active(view_of(stands)):
        return Unobserved(reason="the button could still be pressed, and was not")
    why = doubt(timeline, Role.LAPTOP, since, asked + limit)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason=f"entry closed at {show_moment(closes)}, and by {show_moment(asked + limit)} no reason was shown",
        margin=Margin(-limit),
        evidence=(lobby,) if press is None else (lobby, press),
    )


def _outside(view: View) -> bool:
    return view.page in (Page.CHECK, Page.LOGIN, Page.BIND, Page.ATTACHMENTS, Page.LOBBY, Page.UPLOAD, Page.DONE)
