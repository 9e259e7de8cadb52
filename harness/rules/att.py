"""Rules about reading the exam's attachments (notice, section four)."""

from __future__ import annotations

from itertools import pairwise

from harness.core.events import Event, Operation, Served, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, AttachmentShown, Page, Role, View
from harness.rules.facts import (
    GLANCE_MS,
    dead,
    doubt,
    error_of,
    faulty,
    first_seen,
    horizon,
    pressed_on,
    read,
    squashed,
    turned_to,
    view_of,
    views,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every


def _listed(view: View, title: str) -> bool:
    return any(squashed(title) in squashed(item.title) for item in view.attachments)


def _item(view: View, script: Script, identifier: str) -> AttachmentShown | None:
    """The file of that id as the page shows it: by its id, or by its title."""
    titles = {each.id: squashed(each.title) for each in script.plan.attachments}
    title = titles.get(identifier, identifier)
    return next((i for i in view.attachments if i.id == identifier or title in squashed(i.title)), None)


@rule("ATT-1", Need.LAPTOP)
def every_attachment_is_listed(timeline: Timeline, script: Script) -> Verdict:
    """The attachments' page lists every file of the plan by its title."""
    came = turned_to(timeline, Page.ATTACHMENTS)
    if came is None:
        return Unobserved(reason="the attachments' page did not come")
    titles = [item.title for item in script.plan.attachments]
    page = [e for e in views(timeline, Role.LAPTOP, came.at_ms) if view_of(e).page == Page.ATTACHMENTS]
    whole = next((e for e in page if all(_listed(view_of(e), title) for title in titles)), None)
    if whole is not None:
        return Kept(
            reason=f"{len(titles)} of {len(titles)} files are listed",
            margin=Margin(script.plan.limits.reaction - (whole.at_ms - came.at_ms)),
            evidence=(whole,),
        )
    left = next((e for e in views(timeline, Role.LAPTOP, came.at_ms) if view_of(e).page != Page.ATTACHMENTS), None)
    until = came.at_ms + script.plan.limits.reaction
    looked = until if left is None else min(until, left.at_ms)
    best = max(page, key=lambda e: sum(_listed(view_of(e), title) for title in titles))
    missing = [title for title in titles if not _listed(view_of(best), title)]
    why = doubt(timeline, Role.LAPTOP, came.at_ms, looked)
    if why is not None or (looked < until and len(missing) == len(titles)) or faulty(script, Operation.EXAM):
        return Unobserved(reason=why or "the page did not stand long enough", evidence=(came,))
    return Broken(
        reason=f"{len(titles) - len(missing)} of {len(titles)} files are listed; 《{missing[0]}》 is not",
        margin=Margin(-len(missing), "count"),
        evidence=(best,),
    )


@rule("ATT-2", Need.LAPTOP)
def read_comes_after_open(timeline: Timeline, script: Script) -> Verdict:
    """【已阅】 takes no effect for a file that was not opened, and does for one that was.

    Only a press can tell: a button that stands there may still refuse.
    """
    looks: list[Verdict] = []
    for item in script.plan.attachments:
        opened = next(iter(pressed_on(timeline, Act.OPEN, item.id)), None)
        until = None if opened is None else opened.at_ms
        tried = next(iter(pressed_on(timeline, Act.READ, item.id)), None)
        if tried is not None and (until is None or tried.at_ms < until):
            looks.append(_read_unopened(timeline, script, item.id, tried, until))
    return every(looks, "no file was marked as read before it was opened")


def _read_unopened(timeline: Timeline, script: Script, identifier: str, tried: Event, until: int | None) -> Verdict:
    def is_read(view: View) -> bool:
        item = _item(view, script, identifier)
        return item is not None and item.read

    marked = timeline.shown(Role.LAPTOP, is_read, after=tried.at_ms, before=until)
    if marked is not None:
        return Broken(reason=f"{identifier!r} was taken as read and had not been opened", evidence=(tried, marked))
    later = None if until is None else timeline.shown(Role.LAPTOP, is_read, after=until)
    if later is None:
        return Unobserved(reason=f"{identifier!r} was never read, so that refusing it shows nothing", evidence=(tried,))
    return Kept(
        reason=f"{identifier!r} could be marked as read only after it was opened",
        margin=Margin(later.at_ms - tried.at_ms),
        evidence=(tried, later),
    )


@rule("ATT-3", Need.LAPTOP, Need.SERVICE)
def all_are_read_first(timeline: Timeline, script: Script) -> Verdict:
    """【下一步】 stays closed while a file lacks the candidate's 【已阅】, and opens when none does.

    What was read is counted by the candidate's presses, not by the marks on the page; that a press was one is the service's to say, which
    was told of each file.
    """
    came = turned_to(timeline, Page.ATTACHMENTS)
    if came is None:
        return Unobserved(reason="the attachments' page did not come")
    presses = [_first_read(timeline, item.id) for item in script.plan.attachments]
    given = [press for press in presses if press is not None]
    # The press that came last closes the time in which the next step had to stay closed; without it, that time is not over.
    last = max(given, key=lambda press: press.at_ms) if len(given) == len(presses) else None
    until = last.at_ms if last is not None else 10**9
    opened = next((e for e in views(timeline, Role.LAPTOP, came.at_ms) if _open(view_of(e))), None)
    if opened is not None and opened.at_ms < until - opened.error_ms:
        return Broken(
            reason=f"the next step was open at {show_moment(opened.at_ms)} with "
            f"{sum(press is None or press.at_ms > opened.at_ms for press in presses)} file(s) not 已阅",
            margin=Margin(opened.at_ms - (horizon(timeline, Role.LAPTOP) or opened.at_ms if last is None else until)),
            evidence=(opened,),
        )
    if last is None or opened is None:
        return Unobserved(reason="not every file was marked as read, or the next step never opened")
    if not timeline.watched(Role.LAPTOP, came.at_ms, last.at_ms):
        return Unobserved(reason="nobody watched the page until the last 【已阅】")
    told = {read(Served, event).subject for event in timeline.served(Operation.READ)}
    untold = [item.id for item in script.plan.attachments if item.id not in told]
    if untold:
        return Unobserved(reason=f"the service was never told that {untold[0]!r} was read", evidence=(last,))
    return Kept(
        reason=f"closed until the last 【已阅】 at {show_moment(last.at_ms)}, open at {show_moment(opened.at_ms)}",
        margin=Margin(max(0, opened.at_ms - last.at_ms)),
        evidence=(came, last, opened),
    )


def _first_read(timeline: Timeline, identifier: str) -> Event | None:
    return next(iter(pressed_on(timeline, Act.READ, identifier, "done")), None)


def _open(view: View) -> bool:
    """The next step can be taken, or was."""
    return view.enabled(Act.PROCEED) if view.page == Page.ATTACHMENTS else view.page in (Page.LOBBY, Page.DEVICES)


# -- ATT-4 ---------------------------------------------------------------------------------------------------------------


@rule("ATT-4", Need.LAPTOP, Need.SERVICE)
def what_was_read_stays_read(timeline: Timeline, script: Script) -> Verdict:
    """A file that was 已阅 when the client was killed is so within the plan's reaction of the files' being listed again.

    It was, where the page said so and the service had been told. A later 【已阅】 of the candidate's leaves open what would have been shown.
    """
    looks = []
    for start, end in dead(timeline, Role.LAPTOP):
        before = [event for event in views(timeline, Role.LAPTOP, before=start + 1) if view_of(event).attachments]
        told = {read(Served, event).subject for event in timeline.served(Operation.READ, before=start)}
        if before and end < 10**9:
            marked = [item.id for item in view_of(before[-1]).attachments if item.read]
            looks += [_still_read(timeline, script, each, end) for each in marked if each in told]
    return every(looks, "no client was killed with a file that had been read")


def _still_read(timeline: Timeline, script: Script, identifier: str, back: int) -> Verdict:
    def listed(view: View) -> bool:
        return view.page == Page.ATTACHMENTS and _item(view, script, identifier) is not None

    def is_read(view: View) -> bool:
        item = _item(view, script, identifier)
        return item is not None and item.read

    came = timeline.first(Viewed, lambda data: data.role == Role.LAPTOP and listed(data.view), after=back)
    if came is None:
        return Unobserved(reason="the files were not listed again after the restart")
    again = next((e.at_ms for e in pressed_on(timeline, Act.READ, identifier) if e.at_ms >= back), None)
    reaction = script.plan.limits.reaction
    due = came.at_ms + reaction
    kept = timeline.shown(Role.LAPTOP, is_read, after=came.at_ms, before=again)
    if kept is not None and kept.at_ms <= due + error_of(came, kept):
        return Kept(
            reason=f"{identifier!r} was still read after the client was started again at {show_moment(back)}",
            margin=Margin(reaction - max(0, kept.at_ms - came.at_ms)),
            evidence=(came, kept),
        )
    why = doubt(timeline, Role.LAPTOP, came.at_ms, due)
    if why is not None or (again is not None and again < due):
        return Unobserved(reason=why or "the candidate had marked it as read again")
    return Broken(
        reason=f"{identifier!r} had been read, and was not any more after the client was started again at {show_moment(back)}",
        margin=Margin(-reaction if kept is None else due - kept.at_ms),
        evidence=(came,),
    )


@rule("ATT-5", Need.LAPTOP, Need.SERVICE)
def opening_shows_the_file(timeline: Timeline, script: Script) -> Verdict:
    """A file that is opened shows the plan's text; one that did not load says so, can be opened again, and then shows it."""
    looks = []
    for item in script.plan.attachments:
        presses = pressed_on(timeline, Act.OPEN, item.id, "done")
        # A file that is nowhere listed is ATT-1's to judge.
        if presses and any(_item(view_of(event), script, item.id) for event in views(timeline, Role.LAPTOP)):
            looks.append(_opened(timeline, script, item.id, squashed(item.text), presses))
    return every(looks, "no attachment was opened")


def _opened(timeline: Timeline, script: Script, identifier: str, text: str, presses: list[Event]) -> Verdict:
    def shows(view: View) -> bool:
        item = _item(view, script, identifier)
        return item is not None and text in squashed(item.text)

    first, last = presses[0], presses[-1]
    again = last.at_ms if len(presses) > 1 else 10**9  # who is told nothing may never press again
    loaded = timeline.served(Operation.ATTACHMENT)
    shown = timeline.shown(Role.LAPTOP, shows, after=first.at_ms)
    lost = faulty(script, Operation.ATTACHMENT, from_ms=first.at_ms, to_ms=first.end_ms + script.plan.limits.reaction)
    if lost and (shown is None or shown.at_ms >= again):
        said = timeline.shown(
            Role.LAPTOP, lambda view: view.says(AlertCode.NOT_LOADED), after=first.at_ms, before=again
        )
        if said is None:
            return _unshown(timeline, script, f"{identifier!r} did not load, and nothing said so", first, again)
    if shown is not None and loaded:
        return Kept(
            reason=f"opened {identifier!r} at {show_moment(first.at_ms)}, shown at {show_moment(max(shown.at_ms, first.at_ms))}",
            margin=Margin(script.plan.limits.reaction - max(0, shown.at_ms - last.end_ms)),
            evidence=(first, shown),
        )
    lost_again = faulty(
        script, Operation.ATTACHMENT, from_ms=last.at_ms, to_ms=last.end_ms + script.plan.limits.reaction
    )
    if shown is not None or (lost and len(presses) == 1) or (lost_again and _may_lose(script) >= _tries(presses)):
        return Unobserved(reason=f"{identifier!r} was not loaded from the service after it was opened")
    return _unshown(timeline, script, f"{identifier!r} was opened, and the plan's text was not shown", last, 10**9)


def _may_lose(script: Script) -> int:
    """How many files the service may have been made to lose."""
    return sum(each.count for each in script.misbehaviour if each.operation == Operation.ATTACHMENT)


def _tries(presses: list[Event]) -> int:
    """How often the file was asked for: presses in the same glance may be one try."""
    gaps = [after.at_ms - before.end_ms for before, after in pairwise(presses)]
    return 1 + sum(gap > GLANCE_MS for gap in gaps)


def _unshown(timeline: Timeline, script: Script, reason: str, press: Event, until: int) -> Verdict:
    left = next((e for e in views(timeline, Role.LAPTOP, press.at_ms) if view_of(e).page != Page.ATTACHMENTS), None)
    due = press.end_ms + script.plan.limits.reaction
    looked = min(due, until, due if left is None else left.at_ms)
    why = doubt(timeline, Role.LAPTOP, press.at_ms, looked)
    if why is not None or first_seen(timeline, Role.LAPTOP) is None or looked - press.end_ms < 500 + error_of(press):
        return Unobserved(reason=why or "the candidate did not look for long enough", evidence=(press,))
    return Broken(reason=reason, margin=Margin(press.end_ms - looked), evidence=(press,))
