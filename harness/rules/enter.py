"""Rules about entering the interview (notice, section five)."""

from __future__ import annotations

from typing import cast

from harness.core.events import Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import Act, Page, Role
from harness.rules.rule import Need, rule


@rule("ENTER-2", Need.LAPTOP)
def active_by_itself(timeline: Timeline, script: Script) -> Verdict:
    """【进入考试】 becomes active at T-15 without the candidate doing anything, at most `limits.reaction` late."""
    due, limit = script.plan.windows.entry_opens, script.plan.limits.reaction
    lobby = timeline.shown(Role.LAPTOP, lambda view: view.page == Page.LOBBY, before=due)
    if lobby is None:
        return Unobserved(reason="the candidate was not on the lobby's page before entry opened")
    if timeline.intent(Act.REFRESH, after=due, before=due + limit) is not None:
        return Unobserved(reason="the candidate pressed 【刷新】 before it could show by itself")
    if not timeline.watched("laptop", due, due + limit):
        return Unobserved(reason=f"nobody watched the page at {show_moment(due)}")
    active = timeline.shown(Role.LAPTOP, lambda view: view.enabled(Act.ENTER), after=due)
    if active is None:
        return Broken(
            reason=f"never active by itself after {show_moment(due)}", margin=Margin(-limit), evidence=(lobby,)
        )
    late = max(0, active.at_ms - due)
    return at_most(
        limit, late, what=f"active after {show_moment(due)} by", evidence=(active,), error_ms=active.error_ms
    )


@rule("ENTER-1", Need.LAPTOP)
def not_active_before(timeline: Timeline, script: Script) -> Verdict:
    """Before T-15 【进入考试】 is not active, and after it it is: a button that never wakes keeps nothing."""
    due = script.plan.windows.entry_opens
    early = timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and data.view.enabled(Act.ENTER), before=due)
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
    seen = timeline.standing(
        Role.LAPTOP, lambda view: view.page == Page.LOBBY and not view.enabled(Act.ENTER), script.begins, due
    )
    if not seen:
        return Unobserved(reason="the lobby's page was not on show before entry opened")
    active = timeline.shown(Role.LAPTOP, lambda view: view.enabled(Act.ENTER), after=due)
    if active is None:
        return Unobserved(reason="the button never became active, so that its being inactive shows nothing")
    view = cast("Viewed", active.data).view
    return Kept(
        reason=f"inactive until {show_moment(active.at_ms)} on page {view.page}",
        margin=Margin(active.at_ms - due),
        evidence=(active,),
    )


RULES = (not_active_before, active_by_itself)
