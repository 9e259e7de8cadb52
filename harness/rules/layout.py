"""Rules about what stands where on the lesson's page (notice, section seven): the countdown's place, and that every part is there and alive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from harness.core.events import DeviceChanged, Enrolled, Event, Intent, PreviewSeen
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Page, Rect, Role, View
from harness.rules.countdowns import shown_countdowns
from harness.rules.course import left
from harness.rules.facts import (
    GLANCE_MS,
    doubt,
    error_of,
    horizon,
    lesson_begins,
    read,
    squashed,
    stranded,
    view_of,
    visible,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

SUBPIXEL: Final = 0.5  # CSS px: browsers round layout to device pixels
PREVIEWS: Final = 3  # so many looks at the live picture at least: fewer say little of "live"


class _Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """The lesson's page while the lesson ran: from `from_ms`, at most `error_ms` later, to `to_ms`; `press` began it."""

    from_ms: int
    error_ms: int
    to_ms: int
    press: Event


def _lesson(timeline: Timeline, script: Script) -> _Lesson | str:
    """The lesson as it was seen, or why there is none to judge. The last step of a display, and a change of page, are left out at its end."""
    begun = lesson_begins(timeline, script)
    if begun is None:
        return "the lesson did not begin"
    at, error, press = begun
    standing = timeline.view_at(Role.LAPTOP, at)
    if standing is not None and view_of(standing).page not in (Page.WAITING, Page.PREPARATION, Page.LESSON):
        return "the lesson began by its plan, while the candidate had stayed on the device page or was not in the interview"
    gone = left(timeline, Page.LESSON)
    ends = min(
        at + script.plan.spans.lesson - GLANCE_MS,
        horizon(timeline, Role.LAPTOP) or at,
        at + script.plan.spans.lesson if gone is None else gone.at_ms,
    )
    lost = stranded(timeline, Role.LAPTOP, script.plan.limits.catch_up)
    ends = min([ends, *(max(at, since) for since, until in lost if until > at)])
    finish = timeline.first(Intent, after=at, before=ends, role=Role.LAPTOP, act=Act.FINISH)
    ends = ends if finish is None else finish.at_ms
    if ends - at - error < script.plan.limits.reaction + GLANCE_MS:
        return "the lesson's page stood for a moment only"
    return _Lesson(from_ms=at, error_ms=error, to_ms=ends, press=press)


# -- ANS-7 ---------------------------------------------------------------------------------------------------------------


@rule("ANS-7", Need.LAPTOP, Need.WINDOW)
def the_countdown_stands_at_the_upper_right(timeline: Timeline, script: Script) -> Verdict:
    """Within the plan's reaction to the lesson's start its countdown is on show and runs, not before, and as long as the lesson runs its centre
    is in the right and in the upper half of the window, all of it inside, so that nobody has to scroll.

    A place that is off for less than a glance, as while a page is laid out, is not judged. How exact the countdown is, is ANS-17's to judge.
    """
    lesson = _lesson(timeline, script)
    if isinstance(lesson, str):
        return Unobserved(reason=lesson)
    looks = [_starts_with_it(timeline, script, lesson), _stands_right(timeline, script, lesson)]
    return every(looks, "the lesson's page showed nothing")


def _starts_with_it(timeline: Timeline, script: Script, lesson: _Lesson) -> Verdict:
    whole, limits = script.plan.spans.lesson, script.plan.limits
    shown = shown_countdowns(timeline, Page.LESSON)
    early = [
        event
        for event, countdown in shown
        if event.at_ms + event.error_ms < lesson.from_ms
        and countdown.remaining_ms < whole - countdown.resolution_ms - limits.countdown
    ]
    if early:
        return Broken(
            reason=f"the lesson's countdown ran at {show_moment(early[0].at_ms)}, before the lesson began",
            margin=Margin(early[0].at_ms - lesson.from_ms),
            evidence=(early[0], lesson.press),
        )
    first = next((event for event, _ in shown if event.at_ms >= lesson.from_ms - event.error_ms), None)
    standing = timeline.view_at(Role.LAPTOP, lesson.from_ms)
    if standing is not None and view_of(standing).countdown(Page.LESSON.value) is not None:
        first = standing
    due = lesson.from_ms + lesson.error_ms + limits.reaction
    if first is None or first.at_ms - first.error_ms > due:
        why = doubt(timeline, Role.LAPTOP, lesson.from_ms, min(due, lesson.to_ms), network=False)
        if why is not None:
            return Unobserved(reason=why)
        return Broken(
            reason=f"the lesson began at {show_moment(lesson.from_ms)}, and in {show(limits.reaction)} no countdown was on show",
            margin=Margin(-limits.reaction if first is None else due - first.at_ms),
            evidence=(lesson.press,),
        )
    runs = next((event for event, each in shown if event.at_ms >= lesson.from_ms and each.remaining_ms < whole), None)
    if runs is None:
        return Unobserved(reason="the countdown was not seen to run", evidence=(first,))
    return Kept(
        reason=f"on show at {show_moment(first.at_ms)}, with the lesson's start",
        margin=Margin(max(0, due - first.at_ms)),
        evidence=(first, runs),
    )


def _stands_right(timeline: Timeline, script: Script, lesson: _Lesson) -> Verdict:
    due = lesson.from_ms + lesson.error_ms + script.plan.limits.reaction
    shown = [(e, c) for e, c in shown_countdowns(timeline, Page.LESSON) if lesson.from_ms <= e.at_ms <= lesson.to_ms]
    placed = [(event, c.rect, view_of(event).viewport) for event, c in shown]
    known = [(event, rect, window) for event, rect, window in placed if rect is not None and window is not None]
    if not known or len(known) < len(placed):
        return Unobserved(reason="nothing says where the countdown stood in the window")

    def astray(view: View) -> bool:
        countdown = view.countdown(Page.LESSON.value)
        return view.page == Page.LESSON and countdown is not None and _off(countdown.rect, view.viewport) is not None

    def missing(view: View) -> bool:
        return view.page == Page.LESSON and view.countdown(Page.LESSON.value) is None

    for what, where in ((astray, ""), (missing, "not on show")):
        spans = timeline.standing(Role.LAPTOP, what, lesson.from_ms if what is astray else due, lesson.to_ms)
        longest = max(spans, key=lambda span: span[1] - span[0], default=None)
        if longest is None or longest[1] - longest[0] < GLANCE_MS:
            continue
        why = doubt(timeline, Role.LAPTOP, *longest, network=False)
        event = timeline.view_at(Role.LAPTOP, longest[0])
        if why is not None or event is None:
            return Unobserved(reason=why or "the view is not known")
        countdown = view_of(event).countdown(Page.LESSON.value)
        off = where if countdown is None else _off(countdown.rect, view_of(event).viewport) or where
        return Broken(
            reason=f"from {show_moment(longest[0])} on, for {show(longest[1] - longest[0])}, the lesson's countdown was {off}",
            margin=Margin(longest[0] - longest[1]),
            evidence=(event,),
        )
    event, rect, window = min(known, key=lambda each: _room(each[1], each[2]))
    return Kept(
        reason=f"always at the upper right, {len(known)} times looked at; nearest to the middle with its centre at "
        f"{rect.x + rect.width / 2 - window.x:.0f}, {rect.y + rect.height / 2 - window.y:.0f} of {window.width:.0f} × {window.height:.0f}",
        margin=Margin(max(0, round(_room(rect, window))), "percent"),
        evidence=(event,),
    )


def _off(rect: Rect | None, window: Rect | None) -> str | None:
    """How a place is not at the upper right of the window, all of it inside; None: it is, or nobody knows."""
    if rect is None or window is None:
        return None
    right, bottom = rect.x + rect.width, rect.y + rect.height
    if rect.width <= 0 or rect.height <= 0:
        return "of no size"
    if (
        rect.x < window.x - SUBPIXEL
        or rect.y < window.y - SUBPIXEL
        or right > window.x + window.width + SUBPIXEL
        or bottom > window.y + window.height + SUBPIXEL
    ):
        return "not inside the window, where nobody sees all of it without scrolling"
    across, down = _centre(rect, window)
    places = [
        name for name, is_there in (("the left half", across <= 0.5), ("the lower half", down >= 0.5)) if is_there
    ]
    return f"in {' and '.join(places)} of the window" if places else None


def _centre(rect: Rect, window: Rect) -> tuple[float, float]:
    """Where the centre lies, as parts of the window."""
    return (
        (rect.x + rect.width / 2 - window.x) / window.width,
        (rect.y + rect.height / 2 - window.y) / window.height,
    )


def _room(rect: Rect, window: Rect) -> float:
    """How far the centre is from the middle of the window, in percent of it, in the direction where it is nearer."""
    across, down = _centre(rect, window)
    return 100 * min(across - 0.5, 0.5 - down)


# -- ANS-9 ---------------------------------------------------------------------------------------------------------------


@rule("ANS-9", Need.LAPTOP, Need.WINDOW)
def the_lesson_s_page_shows_every_part(timeline: Timeline, script: Script) -> Verdict:
    """While the lesson runs its page shows the picture of a camera as it is now (at most `limits.preview` old, mirrored or not), a detail of the
    candidate's own (name or admission number), its countdown, 【结束考试】 and 【求助】.

    What is missing for less than a glance, and while the page asks whether to end, is not judged.
    """
    lesson = _lesson(timeline, script)
    if isinstance(lesson, str):
        return Unobserved(reason=lesson)
    enrolled = timeline.first(Enrolled)
    if enrolled is None:
        return Unobserved(reason="nothing is known of who the candidate is")
    person = read(Enrolled, enrolled)
    details = [squashed(each) for each in (person.name, person.admission_number) if each]

    def shows_person(view: View) -> bool:
        said = visible(view)
        return any(detail in said for detail in details)

    parts: tuple[tuple[str, Callable[[View], bool]], ...] = (
        ("personal details", shows_person),
        ("countdown", lambda view: view.countdown(Page.LESSON.value) is not None),
        ("【结束考试】", lambda view: Act.FINISH.value in view.controls),
        ("【求助】", lambda view: Act.HELP.value in view.controls),
    )
    looks = [_part(timeline, script, lesson, name, there) for name, there in parts]
    return every([*looks, _preview(timeline, script, lesson)], "the lesson's page showed nothing")


def _part(timeline: Timeline, script: Script, lesson: _Lesson, name: str, there: Callable[[View], bool]) -> Verdict:
    since = lesson.from_ms + lesson.error_ms + script.plan.limits.reaction

    def lacks(view: View) -> bool:
        return view.page == Page.LESSON and not view.says(AlertCode.CONFIRM_FINISH) and not there(view)

    def has(view: View) -> bool:
        return view.page == Page.LESSON and there(view)

    spans = timeline.standing(Role.LAPTOP, lacks, since, lesson.to_ms)
    longest = max(spans, key=lambda span: span[1] - span[0], default=(since, since))
    event = timeline.view_at(Role.LAPTOP, longest[0])
    if longest[1] - longest[0] >= GLANCE_MS:
        why = doubt(timeline, Role.LAPTOP, *longest, network=False)
        if why is not None:
            return Unobserved(reason=why)
        return Broken(
            reason=f"from {show_moment(longest[0])} on, for {show(longest[1] - longest[0])}, the lesson's page lacked: {name}",
            margin=Margin(longest[0] - longest[1]),
            evidence=() if event is None else (event,),
        )
    shown = timeline.shown(Role.LAPTOP, has, after=since, before=lesson.to_ms)
    if shown is None:
        return Unobserved(reason="the lesson's page was not seen while the lesson ran")
    return Kept(reason=f"{name} stood there all the time", evidence=(shown,))


def _preview(timeline: Timeline, script: Script, lesson: _Lesson) -> Verdict:
    since, limit = lesson.from_ms + lesson.error_ms + script.plan.limits.reaction, script.plan.limits.preview
    cameras = {spec.number: spec.id for spec in script.devices if spec.role == Role.LAPTOP and spec.kind == "camera"}
    if any(
        read(DeviceChanged, event).device in cameras.values()
        for event in timeline.of(DeviceChanged, before=lesson.to_ms, change="unplugged")
    ):
        return Unobserved(reason="a camera was pulled out before")
    settled = lesson.from_ms + lesson.error_ms + GLANCE_MS
    seen = timeline.of(PreviewSeen, after=settled, before=lesson.to_ms, role=Role.LAPTOP)
    if not seen:
        if not timeline.watched("preview", since, lesson.to_ms) or doubt(
            timeline, Role.LAPTOP, lesson.from_ms, lesson.to_ms, network=False
        ):
            return Unobserved(reason="nobody looked at the live picture of the page")
        return Broken(
            reason=f"from {show_moment(since)} to {show_moment(lesson.to_ms)} no live picture stood on the lesson's page",
            margin=Margin(since - lesson.to_ms),
            evidence=(lesson.press,),
        )
    legible = [(event, read(PreviewSeen, event)) for event in seen if read(PreviewSeen, event).frame_ms is not None]
    if not legible:
        return Unobserved(reason="no mark could be read in the picture on the page", evidence=(seen[0],))
    strange = next((event for event, data in legible if data.device not in cameras), None)
    if strange is not None:
        return Broken(reason="the live picture is not that of a camera of the laptop", evidence=(strange,))
    lags = [(event.at_ms - (data.frame_ms or 0) - error_of(event), event) for event, data in legible]
    lag, event = max(lags, key=lambda each: each[0])
    if lag > limit:
        return Broken(
            reason=f"at {show_moment(event.at_ms)} the live picture was {show(lag)} old, at most {show(limit)} asked",
            margin=Margin(limit - lag),
            evidence=(event,),
        )
    if len({data.frame_ms for _, data in legible}) < PREVIEWS:
        return Unobserved(reason=f"the live picture was seen fewer than {PREVIEWS} times", evidence=(event,))
    return Kept(
        reason=f"every part stood there, and the live picture was at most {show(max(0, lag))} old in {len(legible)} looks",
        margin=Margin(min(limit, limit - lag)),
        evidence=(event, legible[-1][0]),
    )
