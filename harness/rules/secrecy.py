"""Rules about what must not leave a page (notice, section five and note two of section seven): screenshots, and the question's text."""

from __future__ import annotations

from typing import Final

from harness.core.events import Event, Intent, Reported, Yielded
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Role
from harness.rules.facts import (
    GLANCE_MS,
    ending,
    entered,
    error_of,
    outages,
    read,
    squashed,
    view_before,
    view_of,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

WAYS: Final = ("select", "copy", "drag", "print")
# So many characters of the question, one after the other, are a part of it; the stages' and subjects' names on a page are shorter.
PART: Final = 12


@rule("ENTER-9", Need.SERVICE, Need.WINDOW)
def a_screenshot_key_is_blocked_or_reported(timeline: Timeline, script: Script) -> Verdict:
    """A press of the screenshot key between entry and end reaches the service as a report, after an outage at the latest, unless the client was
    seen to block the key. That a page says so is no proof that it did.
    """
    entry, end = entered(timeline), ending(timeline, script)
    if entry is None:
        return Unobserved(reason="the candidate did not enter")
    presses = timeline.of(
        Intent,
        lambda data: data.status != "unsupported",
        after=entry.at_ms,
        before=None if end is None else end.at_ms,
        role=Role.LAPTOP,
        act=Act.SCREENSHOT,
    )
    looks = [_answered(timeline, script, press) for press in presses]
    return every(looks, "the screenshot key was not pressed between entry and end")


def _answered(timeline: Timeline, script: Script, press: Event) -> Verdict:
    if read(Intent, press).status == "refused":
        return Kept(reason=f"the key was blocked at {show_moment(press.at_ms)}", evidence=(press,))
    limits = script.plan.limits
    pressed = [e.at_ms for e in timeline.of(Intent, before=press.at_ms, role=Role.LAPTOP, act=Act.SCREENSHOT)]
    reports = timeline.of(Reported, what="screenshot", role=Role.LAPTOP)
    unasked = [e for e in reports if e.at_ms + e.error_ms < min([press.at_ms, *pressed])]
    if unasked:
        return Unobserved(reason="a screenshot was reported before the key was pressed", evidence=(unasked[0],))
    due = press.end_ms + limits.catch_up
    for start, end in outages(timeline, Role.LAPTOP):
        if start <= due and end >= press.at_ms:
            due = max(due, end + limits.catch_up)
    told = next((e for e in reports if e.at_ms >= press.at_ms - error_of(e, press)), None)
    if told is not None and told.at_ms <= due + error_of(told):
        return Kept(
            reason=f"reported {show(max(0, told.at_ms - press.at_ms))} after the key was pressed",
            margin=Margin(max(0, due - told.at_ms)),
            evidence=(press, told),
        )
    if not timeline.watched("service", press.at_ms, due):
        return Unobserved(reason="nobody watched the service after the key was pressed", evidence=(press,))
    return Broken(
        reason=f"the screenshot key was pressed at {show_moment(press.at_ms)}, and by {show_moment(due)} it was not reported",
        margin=Margin(press.at_ms - due if told is None else due - told.at_ms),
        evidence=(press,),
    )


@rule("ANS-22", Need.LAPTOP, Need.WINDOW)
def the_question_can_t_be_got_out(timeline: Timeline, script: Script) -> Verdict:
    """While the question stands on the page, selecting all, copying, dragging and printing give no part of it.

    A dozen of its characters in a row are a part of it.
    """
    question = squashed(script.plan.tracks[script.track].question)
    tries = [
        (press, seen)
        for press in timeline.of(Intent, role=Role.LAPTOP, act=Act.COPY, status="done")
        if (seen := view_before(timeline, Role.LAPTOP, press)) is not None and _shows(seen, question)
    ]
    looks = [_gave(timeline, question, press, seen) for press, seen in tries]
    return every(looks, "nobody tried to get at the question while it stood on the page")


def _shows(event: Event, question: str) -> bool:
    shown = view_of(event).question
    return shown is not None and question in squashed(shown.text)


def _gave(timeline: Timeline, question: str, press: Event, seen: Event) -> Verdict:
    gave = timeline.of(Yielded, after=press.at_ms, before=press.end_ms + GLANCE_MS + 1, role=Role.LAPTOP)
    for event in gave:
        data = read(Yielded, event)
        if part := _part(squashed(data.text), question):
            return Broken(
                reason=f"the candidate tried to {data.by} the question, and got {part} of its {len(question)} characters in a row",
                margin=Margin(PART - 1 - part, "count"),
                evidence=(seen, event),
            )
    missing = [way for way in WAYS if way not in {read(Yielded, event).by for event in gave}]
    if missing:
        return Unobserved(reason=f"it was not seen what {', '.join(missing)} gave", evidence=(press,))
    return Kept(reason=f"{', '.join(WAYS)}: none gave a part of the question", evidence=(seen, *gave))


def _part(text: str, question: str) -> int:
    """How many characters of the question stand in the text in a row; 0 where they are too few to be a part of it."""
    least = min(PART, len(question))
    best = 0
    for start in range(len(question) - least + 1):
        length = max(least, best + 1)
        while start + length <= len(question) and question[start : start + length] in text:
            best, length = length, length + 1
    return best
