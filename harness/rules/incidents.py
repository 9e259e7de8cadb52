"""Rules about what happens at the laptop between entry and end and is reported: leaving the window; and when a report has to be there.

A report counts by the exam time that it claims and by when it arrived. Nothing in the notice says how soon a client online must report; the
requirements name an outage as the latest excuse, so each report is given the time that the plan gives an upload after one (`limits.catch_up`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.core.events import Event, Intent, Operation, Reported, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Page, Role
from harness.rules.course import BEFORE_ENTRY
from harness.rules.facts import (
    dead,
    ending,
    entered,
    error_of,
    faulty,
    outages,
    read,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

NEVER: Final = 10**9


def arrives_by(timeline: Timeline, script: Script, since: int) -> int:
    """When a report of what happened then has to be there: in any case once the network, and the client itself, are back."""
    due = since + script.plan.limits.catch_up
    for start, end in sorted([*outages(timeline, Role.LAPTOP), *dead(timeline, Role.LAPTOP)]):
        if start <= due:
            due = max(due, end + script.plan.limits.catch_up)
    return due


def unseen(timeline: Timeline, script: Script, since: int, due: int) -> str | None:
    """Why it proves nothing that no report of what happened then was seen."""
    if faulty(script, Operation.REPORT, from_ms=since, to_ms=due):
        return "the service was made to fail reports"
    if not timeline.watched("service", since, due):
        return "the run was over before the report had to be there, or nobody watched the service"
    return None


# -- switching away ----------------------------------------------------------------------------------------------------


@rule("ENTER-8", Need.LAPTOP, Need.SERVICE)
def switching_away_is_reported(timeline: Timeline, script: Script) -> Verdict:
    """Each time the candidate leaves the window between entry and end, a report of its own claims that time, ± `limits.report`, and has arrived
    after an outage at the latest. That the candidate came back need not be reported.
    """
    entry, end = entered(timeline), ending(timeline, script)
    if entry is None:
        return Unobserved(reason="nobody entered")
    until = NEVER if end is None else end.at_ms
    # What the candidate does while the answer is on its way, the client can't know to be in the interview.
    inside = timeline.shown(Role.LAPTOP, lambda view: view.page not in BEFORE_ENTRY, after=entry.at_ms)
    left = timeline.of(Intent, after=entry.at_ms, before=until, role=Role.LAPTOP, act=Act.LEAVE, status="done")
    left = [event for event in left if inside is not None and (event.at_ms, event.seq) > (inside.at_ms, inside.seq)]
    if end is None:  # nobody began the lesson: what the client takes for the end is judged elsewhere, and is its own
        left = [event for event in left if not _is_over(timeline, event)]
    reports = timeline.of(Reported, role=Role.LAPTOP, what="focus-lost")
    looks: list[Verdict] = []
    for event in left:
        found = _report_of(event, reports, script)
        if found is not None:
            reports.remove(found)
        looks.append(_told_in_time(timeline, script, event, found, reports))
    return every(looks, "the candidate did not leave the window between entry and end")


def _is_over(timeline: Timeline, event: Event) -> bool:
    """The laptop showed the pages that follow the interview."""
    shown = timeline.view_at(Role.LAPTOP, event.at_ms)
    return shown is not None and read(Viewed, shown).view.page in (Page.UPLOAD, Page.DONE)


def _off_by(left: Event, report: Event) -> int:
    """How far the claimed time is from the leaving (which took until the client had applied it), ms."""
    claimed, error = read(Reported, report).claimed_ms, left.error_ms + report.error_ms
    return max(0, left.at_ms - error - claimed, claimed - left.end_ms - error)


def _report_of(left: Event, reports: Sequence[Event], script: Script) -> Event | None:
    fitting = [each for each in reports if _off_by(left, each) <= script.plan.limits.report]
    return min(fitting, key=lambda each: _off_by(left, each), default=None)


def _told_in_time(
    timeline: Timeline, script: Script, left: Event, found: Event | None, others: Sequence[Event]
) -> Verdict:
    limit, due = script.plan.limits.report, arrives_by(timeline, script, left.end_ms)
    if found is not None and found.at_ms <= due + error_of(left, found):
        return Kept(
            reason=f"left at {show_moment(left.at_ms)}, reported as {show_moment(read(Reported, found).claimed_ms)}",
            margin=Margin(limit - _off_by(left, found)),
            evidence=(left, found),
        )
    why = unseen(timeline, script, left.at_ms, due)
    if why is not None:
        return Unobserved(reason=why, evidence=(left,))
    later = next((each for each in others if each.at_ms >= left.at_ms), None)
    if found is not None:
        how, by = f"the report arrived only at {show_moment(found.at_ms)}", found.at_ms - due
    elif later is not None:
        how = f"the report says {show_moment(read(Reported, later).claimed_ms)}, ± {show(limit)} asked"
        by = _off_by(left, later) - limit
    else:
        how, by = f"by {show_moment(due)} no report of it had come", due - left.end_ms
    return Broken(
        reason=f"the candidate left the window at {show_moment(left.at_ms)}, and {how}",
        margin=Margin(-by),
        evidence=(left,) if (found or later) is None else (left, found or later),  # type: ignore[arg-type]  # not None here
    )
