"""Rules about the question (notice, section seven, note two): hidden before T0, shown by itself, fetched where it was lost, gone at the end."""

from __future__ import annotations

from typing import Final

from harness.core.events import Event, Operation, Searched, Served, Viewed
from harness.core.script import Misbehaviour, Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import RUNNING, Act, Page, Role, View
from harness.rules.facts import (
    doubt,
    ending,
    entered,
    error_of,
    faulty,
    first_seen,
    horizon,
    out_at,
    outages,
    over,
    read,
    running,
    seen_throughout,
    squashed,
    view_of,
    views,
)
from harness.rules.rule import Need, rule


def _asked(script: Script) -> str:
    return squashed(script.plan.tracks[script.track].question)


# A client has the question from the service alone, which is watched up to T0, so that the last look need not be at the last instant.
LOOKED_MS: Final = 10_000


def _shows(script: Script, view: View) -> bool:
    """The question can be read: in its own place."""
    return view.question is not None and _asked(script) in squashed(view.question.text)


def _holds(script: Script, view: View) -> bool:
    """The question is anywhere in the page: read or hidden."""
    said = (*view.text, *(alert.text for alert in view.alerts), *(item.text for item in view.attachments))
    present = view.question is not None and (view.question.present or bool(view.question.text))
    return present or _shows(script, view) or _asked(script) in squashed("".join(said))


@rule("ANS-2", Need.LAPTOP, Need.SERVICE)
def the_question_comes_at_t0(timeline: Timeline, script: Script) -> Verdict:
    """In no view, no answer of the service (even where it would give it) and nothing that the client keeps before T0; shown by itself at most
    `limits.reaction` after. A look at what the client keeps says from when to when it looked: it is its own `watched`.

    Who reaches the running stage later sees it then. An outage excuses its lateness; a question that did not load is ANS-10's.
    """
    since = first_seen(timeline, Role.LAPTOP)
    early = timeline.first(Viewed, lambda d: d.role == Role.LAPTOP and _holds(script, d.view), before=0)
    fetched = next(iter(timeline.served(Operation.QUESTION, before=0)), None)
    for event, what in ((early, "in the client's page"), (fetched, "fetched by the client")):
        if event is not None and -event.at_ms > event.error_ms:
            return Broken(
                reason=f"the question was {what} at {show_moment(event.at_ms)}, {show(-event.at_ms)} before T0",
                margin=Margin(event.at_ms),
                evidence=(event,),
            )
    looks = [e for e in timeline.of(Searched, before=0, role=Role.LAPTOP) if e.end_ms < -e.error_ms]
    kept = next((e for e in looks if read(Searched, e).found), None)
    if kept is not None:
        return Broken(
            reason=f"at {show_moment(kept.end_ms)} the question was in the client's {read(Searched, kept).found[0]}",
            margin=Margin(kept.end_ms),
            evidence=(kept,),
        )
    if early is not None or fetched is not None:
        return Unobserved(reason="the question came before T0 by less than the error of measurement")
    if since is None or since >= 0 or not seen_throughout(timeline, Role.LAPTOP, since, 0):
        return Unobserved(reason="nobody watched the laptop up to T0")
    if not timeline.watched("service", since, 0):
        return Unobserved(reason="nobody watched the service up to T0")
    if not looks or looks[-1].at_ms < -LOOKED_MS:
        return Unobserved(reason=f"nobody looked at what the client keeps in the {show(LOOKED_MS)} before T0")
    return _by_itself(timeline, script)


def _by_itself(timeline: Timeline, script: Script) -> Verdict:
    limit = script.plan.limits.reaction
    waiting = timeline.view_at(Role.LAPTOP, -1)
    came = running(timeline)
    if waiting is not None and view_of(waiting).page == Page.WAITING:
        due = 0
    elif came is not None:
        due = max(0, came.at_ms)
    else:
        return Unobserved(reason="the candidate did not come to the running stage")
    shown = timeline.first(Viewed, lambda d: d.role == Role.LAPTOP and _shows(script, d.view), after=0)
    until = due + limit if shown is None else min(shown.at_ms, due + limit)
    if timeline.intent(Act.FETCH_QUESTION, after=due, before=until) is not None:
        return Unobserved(reason="the candidate pressed 【获取题目】 before it could show by itself")
    in_time = shown is not None and shown.at_ms <= due + limit
    if not in_time and faulty(script, Operation.QUESTION, from_ms=due, to_ms=due + limit):
        return Unobserved(reason="the service was made to fail the question")
    why = None if in_time else doubt(timeline, Role.LAPTOP, due, due + limit)
    if why is not None:
        return Unobserved(reason=why)
    if shown is None:
        return Broken(
            reason=f"{show(limit)} after {show_moment(due)} the question was not shown", margin=Margin(-limit)
        )
    return at_most(
        limit,
        shown.at_ms - due,
        what=f"not before T0, and shown after {show_moment(due)} by",
        evidence=(shown,),
        error_ms=error_of(shown),
    )


def _lost(script: Script) -> list[Misbehaviour]:
    """What the script does to the question: a reply that fails, is empty, or stalls beyond what a client waits for."""
    stall = script.plan.limits.stall
    return [
        each
        for each in script.misbehaviour
        if each.operation == Operation.QUESTION
        and each.until_ms > 0
        and (each.kind in ("fail", "lose") or (each.kind == "stall" and each.delay_ms > stall))
    ]


@rule("ANS-10", Need.LAPTOP, Need.SERVICE)
def a_lost_question_is_fetched(timeline: Timeline, script: Script) -> Verdict:
    """A question that did not load at T0 is fetched by 【获取题目】, or by the client itself before that."""
    entry, limit = entered(timeline), script.plan.limits.reaction
    tries = [e for e in timeline.of(Served, operation=Operation.QUESTION) if e.at_ms >= 0]
    lost = _lost(script)
    hit = [e for e in tries if any(each.from_ms <= e.at_ms < each.until_ms for each in lost)]
    cut = out_at(timeline, Role.LAPTOP, 0, limit)
    if entry is None or not (hit or (cut and not lost)):
        return Unobserved(reason="the question was not lost on its way")
    press = timeline.intent(Act.FETCH_QUESTION, after=0)
    missing = timeline.shown(
        Role.LAPTOP,
        lambda view: view.page in RUNNING and not _shows(script, view),
        after=hit[0].at_ms if hit else limit,
    )
    shown = timeline.first(
        Viewed, lambda d: d.role == Role.LAPTOP and _shows(script, d.view), after=hit[0].at_ms if hit else 0
    )
    if shown is not None and (len(tries) > 1 or not hit) and (missing is not None or hit):
        how = "by 【获取题目】" if press is not None and press.at_ms <= shown.at_ms else "by the client itself"
        return Kept(
            reason=f"lost at first, and fetched {how}: shown at {show_moment(shown.at_ms)}",
            margin=Margin((horizon(timeline, Role.LAPTOP) or shown.at_ms) - shown.at_ms),
            evidence=tuple(event for event in (hit[0] if hit else None, press, shown) if event is not None),
        )
    if shown is not None:
        return Unobserved(reason="the question was shown and had not been lost", evidence=(shown,))
    return _not_fetched(timeline, script, hit, lost, press)


def _not_fetched(
    timeline: Timeline, script: Script, hit: list[Event], lost: list[Misbehaviour], press: Event | None
) -> Verdict:
    """The question never came: by the press or, where the button could not be pressed, in the time of a catch-up."""
    limits = script.plan.limits
    over_at = [each.until_ms for each in lost if each.count > len(hit)]
    healed = max([hit[-1].at_ms if hit else 0, *over_at, *(end for _, end in outages(timeline, Role.LAPTOP))])
    presses = [e for e in ([press] if press is not None else []) if e.at_ms >= healed]
    if presses:
        since, until = presses[0].at_ms, presses[0].end_ms + limits.reaction
        what = "【获取题目】 was pressed, and the question was still not shown"
    else:
        since, until = healed, healed + limits.catch_up
        what = "the question was lost, and neither the client nor a button fetched it"
        if timeline.shown(Role.LAPTOP, lambda view: view.enabled(Act.FETCH_QUESTION), after=since) is not None:
            return Unobserved(reason="the question was lost, and the candidate did not press 【获取题目】")
    end = ending(timeline, script)
    if end is not None and end.at_ms <= until:
        return Unobserved(reason="the interview was over before the question could be fetched")
    why = doubt(timeline, Role.LAPTOP, since, until)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(reason=f"{what} {show(until - since)} later", margin=Margin(since - until), evidence=tuple(presses))


@rule("PRIV-1", Need.LAPTOP, Need.SERVICE)
def the_question_is_gone_at_the_end(timeline: Timeline, script: Script) -> Verdict:
    """On the pages after the end the question is in no view, the service gives it no more, and `limits.reaction` later the client keeps it
    nowhere, retained recordings apart. It must have been on show before. A look at what the client keeps is its own `watched`.
    """
    end, came = ending(timeline, script), over(timeline)
    if end is None or came is None:
        return Unobserved(reason="the interview did not come to its end")
    shown = timeline.first(Viewed, lambda d: d.role == Role.LAPTOP and _shows(script, d.view), before=came.at_ms)
    if shown is None:
        return Unobserved(reason="the question had not been shown, so that its absence shows nothing")
    # Views of one instant are told apart by their order.
    seen = [e for e in views(timeline, Role.LAPTOP, came.at_ms) if (e.at_ms, e.seq) >= (came.at_ms, came.seq)]
    still = next((e for e in seen if _holds(script, view_of(e))), None)
    fetched = next(iter(timeline.served(Operation.QUESTION, after=max(end.latest_ms, came.at_ms) + 1)), None)
    if still is not None or fetched is not None:
        event = still or fetched
        assert event is not None
        # How long it was to be had: a page on which it stays is no matter of a moment's lateness.
        gone = next((e.at_ms for e in seen if e.at_ms > event.at_ms and not _holds(script, view_of(e))), None)
        until = gone or horizon(timeline, Role.LAPTOP) or event.at_ms
        return Broken(
            reason=f"the interview was over, and the question was to be had at {show_moment(event.at_ms)}",
            margin=Margin(came.at_ms - max(until, event.at_ms)),
            evidence=(event,),
        )
    looks = timeline.of(Searched, after=came.at_ms, role=Role.LAPTOP)
    late = came.at_ms + script.plan.limits.reaction
    kept = next((e for e in looks if e.at_ms > late and read(Searched, e).found), None)
    if kept is not None:
        return Broken(
            reason=f"the interview was over at {show_moment(came.at_ms)}, and at {show_moment(kept.end_ms)} the question was still in the "
            f"client's {read(Searched, kept).found[0]}",
            margin=Margin(came.at_ms - kept.end_ms),
            evidence=(came, kept),
        )
    until = horizon(timeline, Role.LAPTOP) or came.at_ms
    if until <= came.at_ms or not seen_throughout(timeline, Role.LAPTOP, came.at_ms, until):
        return Unobserved(reason="nobody watched the laptop after the end")
    if not looks or read(Searched, looks[-1]).found:
        return Unobserved(
            reason=f"nobody looked at what the client keeps {show(script.plan.limits.reaction)} after the end"
        )
    return Kept(
        reason=f"on no page from {show_moment(came.at_ms)} to {show_moment(until)}, and kept nowhere at {show_moment(looks[-1].at_ms)}",
        margin=Margin(until - came.at_ms),
        evidence=(shown, came, looks[-1]),
    )
