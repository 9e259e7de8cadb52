"""The rule about a second laptop of the same candidate (notice, section two: 不得多屏登录)."""

from __future__ import annotations

from typing import Final

from harness.core.events import Event, Operation, Served, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Page, Role, View
from harness.rules.facts import dead, doubt, error_of, horizon, refusals, seen_throughout, view_of, views
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

OUTSIDE: Final = (Page.CHECK, Page.LOGIN)
SECOND: Final = Role.RIVAL_LAPTOP


@rule("LOGIN-7", Need.LAPTOP, Need.SERVICE)
def a_second_login_is_refused(timeline: Timeline, script: Script) -> Verdict:
    """A second laptop whose login the service refuses stays outside and says why within the plan's reaction; the first goes on undisturbed.

    Undisturbed: the first never shows check or login again, and gets further, with the service's consent, after the second had tried.
    """
    tried = [
        event
        for event in refusals(timeline, Operation.LOGIN, "second-session")
        if timeline.intent(Act.LOGIN, SECOND, before=event.at_ms + event.error_ms + 1) is not None
    ]
    if not tried:
        return Unobserved(reason="no second laptop was refused while the first one's session lived")
    return every([_refused(timeline, script, tried[0]), _undisturbed(timeline, tried[0])], "")


def _refused(timeline: Timeline, script: Script, refusal: Event) -> Verdict:
    reaction = script.plan.limits.reaction
    due = refusal.at_ms + reaction
    last = horizon(timeline, SECOND)
    inside = timeline.first(
        Viewed, lambda data: data.role == SECOND and data.view.page not in OUTSIDE, after=refusal.at_ms
    )
    if inside is not None:
        return Broken(
            reason=f"the second login was refused, and page {view_of(inside).page} came there all the same",
            evidence=(refusal, inside),
        )
    before = timeline.view_at(SECOND, refusal.at_ms - 1)
    if before is not None and _says(view_of(before)):
        return Unobserved(reason="the sentence stood there before the refusal", evidence=(before,))
    told = timeline.shown(SECOND, _says, after=refusal.at_ms)
    if told is not None and told.at_ms <= due + error_of(refusal, told):
        return Kept(
            reason=f"the second laptop was refused at {show_moment(refusal.at_ms)} and said why",
            margin=Margin(reaction - max(0, told.at_ms - refusal.at_ms)),
            evidence=(refusal, told),
        )
    why = doubt(timeline, SECOND, refusal.at_ms, due)
    if why is not None or last is None or last < due:
        return Unobserved(reason=why or "the second laptop was switched off before it had to say why")
    return Broken(
        reason=f"the second login was refused, and in {show(reaction)} nothing there said why",
        margin=Margin(-reaction if told is None else due - told.at_ms),
        evidence=(refusal,),
    )


def _says(view: View) -> bool:
    return bool(view.alert(AlertCode.SECOND_SESSION))


def _undisturbed(timeline: Timeline, refusal: Event) -> Verdict:
    """Up to the first one's end: the run's, or its being killed."""
    standing = timeline.view_at(Role.LAPTOP, refusal.at_ms)
    if standing is None or view_of(standing).page in OUTSIDE:
        return Unobserved(reason="the first laptop was not in when the second one tried")
    kills = [start for start, _ in dead(timeline, Role.LAPTOP) if start > refusal.at_ms]
    until = min([*kills, horizon(timeline, Role.LAPTOP) or refusal.at_ms])
    shown = views(timeline, Role.LAPTOP, refusal.at_ms, until)
    out = next((event for event in shown if view_of(event).page in OUTSIDE), None)
    if out is not None:
        return Broken(
            reason=f"after the second laptop had tried, the first was back on page {view_of(out).page}",
            evidence=(refusal, out),
        )
    if not seen_throughout(timeline, Role.LAPTOP, refusal.at_ms, until):
        return Unobserved(reason="nobody watched the first laptop")
    further = next((event for event in shown if view_of(event).page != view_of(standing).page), None)
    granted = timeline.first(
        Served,
        lambda data: data.status < 400 and data.operation in (Operation.BINDING, Operation.READ, Operation.ENTRY),
        after=refusal.at_ms,
        before=until,
    )
    if further is None or granted is None:
        return Unobserved(reason="the first laptop got no further after the second one had tried")
    return Kept(
        reason=f"the first laptop went on to page {view_of(further).page}", evidence=(refusal, further, granted)
    )
