"""Timelines to judge: the ideal interview of a scenario, and the small surgery by which a test spoils it in one respect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from harness.core.events import Data, Event, ProcessChanged, Recorded, Source, Viewed, Watched
from harness.core.footage import Footage
from harness.core.plan import Plan
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.verdict import Verdict
from harness.core.view import Role, Stream, View
from harness.rules.catalogue import rule_of
from harness.session.exams import load_exam
from harness.simulation.model import expected

D = TypeVar("D", bound=Data)
PLAN = load_exam("heshan-2022").at_scale()


class Film:
    """A timeline with its script; each method gives another one."""

    def __init__(self, script: Script, events: tuple[Event, ...]) -> None:
        self.script = script
        self.events = events

    @property
    def plan(self) -> Plan:
        return self.script.plan

    def timeline(self) -> Timeline:
        return Timeline(self.events)

    def judged(self, requirement: str) -> Verdict:
        return rule_of(requirement).judge(self.timeline(), self.script)

    def edited(self, edit: Callable[[Event], Event | None]) -> Film:
        """Each event as `edit` makes it; None takes it out."""
        return Film(self.script, tuple(new for event in self.events if (new := edit(event)) is not None))

    def changed(self, kind: type[D], edit: Callable[[Event, D], Event | None], **fields: Any) -> Film:
        """The events of one type with these field values, edited."""

        def one(event: Event) -> Event | None:
            data = event.data
            if not isinstance(data, kind) or any(getattr(data, name) != value for name, value in fields.items()):
                return event
            return edit(event, data)

        return self.edited(one)

    def without(self, kind: type[Data], where: Callable[[Any], bool] | None = None, **fields: Any) -> Film:
        """No such events."""
        return self.changed(
            kind, lambda event, data: event if where is not None and not where(data) else None, **fields
        )

    def moved(self, kind: type[Data], by: int, **fields: Any) -> Film:
        """Such events so much later."""
        return self.changed(kind, lambda event, _: _later(event, by), **fields)

    def plus(self, at_ms: int, data: Data, *, until_ms: int | None = None, source: Source = "harness") -> Film:
        """One more event, noted last."""
        seq = max(event.seq for event in self.events) + 1
        return Film(self.script, (*self.events, Event(seq, at_ms, source, data, until_ms)))

    def views(
        self, edit: Callable[[View], View], role: Role = Role.LAPTOP, after: int = -(10**9), before: int = 10**9
    ) -> Film:
        """The views of a role in `[after, before)`, edited."""
        return self.changed(
            Viewed,
            lambda event, data: (
                replace(event, data=replace(data, view=edit(data.view))) if after <= event.at_ms < before else event
            ),
            role=role,
        )

    def frozen(self, at_ms: int, role: Role = Role.LAPTOP) -> Film:
        """From then on the role shows nothing new."""
        return self.changed(Viewed, lambda event, _: event if event.at_ms < at_ms else None, role=role)

    def footage(self, stream: Stream, **fields: Any) -> Film:
        """What that stream's recording shows, with other field values."""

        def edit(event: Event, data: Recorded) -> Event:
            footage: Footage = replace(data.footage, **fields)
            return replace(event, data=replace(data, footage=footage))

        return self.changed(Recorded, edit, stream=stream)

    def until(self, at_ms: int) -> Film:
        """The run was broken off at that time: what came later is not there, what lasted is cut."""

        def cut(event: Event) -> Event | None:
            if event.at_ms >= at_ms:
                return None
            return event if event.until_ms is None else replace(event, until_ms=min(event.until_ms, at_ms))

        return self.edited(cut)

    def prolonged(self, by: int) -> Film:
        """The run went on for so much longer, and everybody watched."""
        film = self.changed(Watched, lambda event, _: replace(event, until_ms=event.end_ms + by))
        return film.without(ProcessChanged, change="closed")

    def unwatched(self, *what: str) -> Film:
        """Nobody watched these (without any: nothing)."""
        return self.without(Watched, lambda data: not what or data.what in what)


def _later(event: Event, by: int) -> Event:
    return replace(event, at_ms=event.at_ms + by, until_ms=None if event.until_ms is None else event.until_ms + by)


def film(script: Script) -> Film:
    """The ideal interview of a script."""
    return Film(script, expected(script).events)
