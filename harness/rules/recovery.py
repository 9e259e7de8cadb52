"""The rule about outages that begin at any moment: nothing is lost and nothing is stuck (notice, section seven, note seven).

An outage is whatever keeps requests from being answered as usual: no network, a half-open or slow one, a service that fails them or is
restarted. What was to happen meanwhile is looked at once it is over. Whether stages went on during it is NET-1's to judge, whether the
recordings have gaps over it NET-2's, and an upload that an outage over the end kept back NET-3's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from harness.core.events import DeviceChanged, Disturbed, Event, Finished, Intent, Offered, Operation
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import ROLES, RUNNING, Act, Page, Role, Stream, View
from harness.rules.course import BEFORE_ENTRY, at_the_door, changes
from harness.rules.facts import (
    GLANCE_MS,
    OUTAGES,
    dead,
    doubt,
    ending,
    entered,
    error_of,
    horizon,
    over,
    read,
    view_before,
    view_of,
    views,
)
from harness.rules.media import OF, Window, arrivals, still_moving
from harness.rules.rule import Need, rule
from harness.rules.weigh import either, every

Effect = Callable[[View, View, dict[str, str]], bool]
AFTER_THE_END: Final = (Page.UPLOAD, Page.DONE)


def _turned(before: View, after: View, _args: dict[str, str]) -> bool:
    return after.page != before.page


def _opened(before: View, after: View, args: dict[str, str]) -> bool:
    return _turned(before, after, args) or any(each.opened for each in after.attachments if each.id == args.get("id"))


def _marked(before: View, after: View, args: dict[str, str]) -> bool:
    return _turned(before, after, args) or any(each.read for each in after.attachments if each.id == args.get("id"))


# What each press that needs the service leads to. 【开始】 and 【结束考试】 need none: they are NET-1's.
EFFECTS: Final[dict[Role, dict[Act, Effect]]] = {
    Role.LAPTOP: {
        Act.LOGIN: _turned,
        Act.PROCEED: _turned,
        Act.OPEN: _opened,
        Act.READ: _marked,
        Act.ENTER: _turned,
    },
    Role.PHONE: {Act.SCAN: _turned, Act.TYPE_CODE: _turned, Act.STOP: _turned},
}


@rule("NET-4", Need.LAPTOP, Need.PHONE, Need.SERVICE, Need.NETWORK)
def an_outage_at_any_moment_wedges_nothing(timeline: Timeline, script: Script) -> Verdict:
    """At most `limits.stall` + `limits.catch_up` after an outage: what was pressed in it has taken effect or can be pressed again, what became
    due in it is on show, and an upload that it stopped moves again. The interview then ends, and everything is held.
    """
    looks = [look for role in ROLES for look in _role(timeline, script, role)]
    found = either(looks, "nothing was pressed, due or being uploaded when an outage began")
    return every([found, _whole(timeline)], "") if isinstance(found, Kept) else found


def _role(timeline: Timeline, script: Script, role: Role) -> Iterator[Verdict]:
    spans = troubles(timeline, script, role)
    for number, (start, end) in enumerate(spans):
        settled = end + script.plan.limits.stall + script.plan.limits.catch_up
        following = spans[number + 1][0] if number + 1 < len(spans) else None
        look = _Look(timeline, script, role, (start, end), settled, following)
        yield from look.presses()
        if role is Role.LAPTOP:
            yield from look.stages()
            yield from look.doors()
        yield from look.uploads()


def troubles(timeline: Timeline, script: Script, role: Role) -> list[Window]:
    """The spans in which the role's requests were disturbed, or the script had the service fail or stall them, merged and in order."""
    spans = [
        (event.at_ms, event.end_ms)
        for event in timeline.of(Disturbed, lambda data: data.role in (None, role) and data.kind in OUTAGES)
    ] + [
        (each.from_ms, each.until_ms)
        for each in script.misbehaviour
        if each.kind in ("fail", "stall") and each.from_ms > script.begins and each.until_ms < script.ends
    ]
    merged: list[Window] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


class _Look:
    """One outage of one role: from `start` to `end`; by `settled` all of it must be made up for."""

    def __init__(
        self, timeline: Timeline, script: Script, role: Role, span: Window, settled: int, following: int | None
    ) -> None:
        self._timeline = timeline
        self._script = script
        self._role = role
        self._start, self._end = span
        self._settled = settled
        self._following = following  # when the next outage begins

    def presses(self) -> Iterator[Verdict]:
        """What was pressed in the outage, or just before, has taken effect or can be pressed again."""
        effects = EFFECTS[self._role]
        pressed = self._timeline.of(
            Intent,
            lambda data: data.act in effects,
            after=self._start - GLANCE_MS,
            before=self._end,
            role=self._role,
            status="done",
        )
        for press in pressed:
            before = view_before(self._timeline, self._role, press)
            if before is None:
                continue
            data, shown = read(Intent, press), view_of(before)
            effect = effects[data.act]

            def through(view: View, data: Intent = data, shown: View = shown, effect: Effect = effect) -> bool:
                return view.enabled(data.act) or effect(shown, view, data.args)

            closes = self._script.plan.windows.entry_closes if data.act in (Act.LOGIN, Act.ENTER) else None
            yield self._seen(
                through,
                what=f"what was pressed at {show_moment(press.at_ms)} ({data.act}, on page {shown.page})",
                since=press.end_ms,
                closes=closes,
                evidence=(press,),
            )

    def stages(self) -> Iterator[Verdict]:
        """A change of stage that was due in the outage has come."""
        for turn in changes(self._timeline, self._script):
            if not self._start <= turn.due_ms < self._end or turn.stood is None or turn.stood.at_ms >= turn.due_ms:
                continue
            left = turn.seen
            if left is not None and left.at_ms <= self._settled:
                yield Kept(
                    reason=f"page {turn.page}, due to be left at {show_moment(turn.due_ms)}, was left at "
                    f"{show_moment(left.at_ms)}",
                    margin=Margin(self._settled - left.at_ms),
                    evidence=(left,),
                )
            else:
                yield self._missing(f"page {turn.page}, due to be left at {show_moment(turn.due_ms)}, was not", ())

    def doors(self) -> Iterator[Verdict]:
        """The question, the entry's opening and the phone's binding, where they came in the outage, are on show."""
        timeline, entry = self._timeline, entered(self._timeline)
        opens = self._script.plan.windows.entry_opens
        if self._start <= 0 < self._end and entry is not None and entry.at_ms < 0:
            running = [e for e in views(timeline, Role.LAPTOP, 0) if view_of(e).page in RUNNING]
            back = timeline.view_at(Role.LAPTOP, self._end)
            over = back is not None and view_of(back).page in AFTER_THE_END  # there it must not be on show any more
            before = timeline.view_at(Role.LAPTOP, -1)
            waited = before is not None and view_of(before).page is Page.WAITING
            # On the page for the devices it is due once they are confirmed, whenever that is.
            if running and not over and (waited or running[0].at_ms < self._end):
                pressed = timeline.intent(Act.FETCH_QUESTION, after=0) is not None
                yield self._seen(
                    lambda view: _has_question(view) or (not pressed and view.enabled(Act.FETCH_QUESTION)),
                    what="the question, due at T0",
                    since=running[0].at_ms,
                )
        if self._start <= opens < self._end and _ready_to_enter(timeline, self._end):
            yield self._seen(
                lambda view: view.enabled(Act.ENTER) or view.page not in BEFORE_ENTRY,
                what="the entry, which opened meanwhile",
                closes=self._script.plan.windows.entry_closes,
            )
        outside = at_the_door(timeline, self._settled - self._script.plan.limits.reaction)
        for bound in timeline.served(Operation.PHONE_BIND, after=self._start, before=self._end)[: 0 if outside else 1]:
            yield self._seen(_knows_the_phone, what="the phone, which was bound meanwhile", evidence=(bound,))

    def uploads(self) -> Iterator[Verdict]:
        """An upload that moved when the outage began moves again after it."""
        over_it = ending(self._timeline, self._script)
        if self._role is Role.LAPTOP and over_it is not None and self._start < over_it.at_ms < self._end:
            return  # NET-3's
        for stream in OF[self._role]:
            came = arrivals(self._timeline, stream)
            after = [event for event in came if event.at_ms >= self._start]
            lately = self._start - self._script.plan.limits.upload_lag
            if not any(lately <= event.at_ms < self._start for event in came):
                continue  # it had not begun, or had stopped for another reason
            complete = _complete(self._timeline, stream)
            if after and (complete or after[-1].at_ms >= self._end):
                yield Kept(
                    reason=f"the {stream} upload went on after the outage that began at {show_moment(self._start)}",
                    evidence=(after[-1],),
                )
            elif not complete:
                yield self._stopped(stream)

    def _stopped(self, stream: Stream) -> Verdict:
        seen = horizon(self._timeline, "service")
        if seen is None or seen < self._settled or still_moving(self._timeline, self._script, stream):
            return Unobserved(reason="the run was over before the upload could have gone on")
        pulled = self._timeline.first(DeviceChanged, role=self._role, change="unplugged")
        if dead(self._timeline, self._role) or pulled is not None or self._following is not None:
            return Unobserved(
                reason="the client did not run all the time, a device was pulled out, or another outage followed"
            )
        return Broken(
            reason=f"the {stream} upload moved until the outage at {show_moment(self._start)}, and never again",
            margin=Margin(self._end - seen),
        )

    def _seen(
        self,
        what_holds: Callable[[View], bool],
        *,
        what: str,
        since: int | None = None,
        closes: int | None = None,
        evidence: tuple[Event, ...] = (),
    ) -> Verdict:
        """Whether that held of a view that stood once the outage was over, by `settled`."""
        begin = max(self._end, self._end if since is None else since)
        event = self._timeline.shown(self._role, what_holds, after=begin)
        at_ms = None if event is None else max(event.at_ms, begin)
        if event is not None and at_ms is not None and at_ms <= self._settled + error_of(event):
            return Kept(
                reason=f"after the outage until {show_moment(self._end)}: {what}, by {show_moment(at_ms)}",
                margin=Margin(max(0, self._settled - at_ms)),
                evidence=(*evidence, event),
            )
        if closes is not None and self._settled > closes:
            return Unobserved(reason="the time for it was over before the outage could be made up for")
        return self._missing(f"{what}: nothing came of it", evidence)

    def _missing(self, what: str, evidence: tuple[Event, ...]) -> Verdict:
        if self._following is not None and self._following < self._settled:
            return Unobserved(reason="the next outage began too soon for this one to be made up for")
        why = doubt(self._timeline, self._role, self._end + 1, self._settled)
        if why is not None:
            return Unobserved(reason=why)
        return Broken(
            reason=f"the outage from {show_moment(self._start)} was over at {show_moment(self._end)}; by "
            f"{show_moment(self._settled)} {what}",
            margin=Margin(self._end - self._settled),
            evidence=evidence,
        )


def _complete(timeline: Timeline, stream: Stream) -> bool:
    """Every upload of the stream was declared finished, and the service held exactly that."""
    begun = {data.upload for data in timeline.data(Offered, stream=stream)}
    done = {data.upload for data in timeline.data(Finished, stream=stream, held=True)}
    return bool(begun) and begun <= done


def _has_question(view: View) -> bool:
    return view.question is not None and bool(view.question.text)


def _knows_the_phone(view: View) -> bool:
    beyond = view.page not in (Page.CHECK, Page.LOGIN, Page.BIND)
    return beyond or (view.binding is not None and view.binding.bound)


def _ready_to_enter(timeline: Timeline, at_ms: int) -> bool:
    """The candidate stands in the lobby with all else done."""
    event = timeline.view_at(Role.LAPTOP, at_ms)
    if event is None or view_of(event).page != Page.LOBBY:
        return False
    view = view_of(event)
    return view.binding is not None and view.binding.bound and all(each.read for each in view.attachments)


def _whole(timeline: Timeline) -> Verdict:
    """The interview came to its end, and all three recordings are held."""
    end = over(timeline)
    if end is None:
        return Unobserved(reason="the interview did not come to its end")
    if not all(_complete(timeline, stream) for stream in Stream):
        return Unobserved(reason="not every recording was held when the run was over")
    return Kept(reason="the interview ended, and everything is held", evidence=(end,))
