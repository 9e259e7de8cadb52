"""The timeline of one interview and the questions that rules ask of it. Ordered by (at_ms, seq); immutable; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, Final, TypeVar, cast

from harness.core.events import (
    Data,
    Event,
    Intent,
    Operation,
    ProcessChanged,
    Recorded,
    Reported,
    Served,
    Viewed,
    Watched,
)
from harness.core.view import Act, Role, Stage, Stream, View

D = TypeVar("D", bound=Data)
_AT: Final = attrgetter("at_ms")
_SEQ: Final = attrgetter("seq")


class Timeline:
    """Events in exam time. Queries return events (whose `data` has the type asked for), earliest first."""

    __slots__ = ("_asked", "_by_type", "_ends", "events")

    def __init__(self, events: Iterable[Event]) -> None:
        self.events: tuple[Event, ...] = tuple(sorted(sorted(events, key=_SEQ), key=_AT))  # stable: by (at_ms, seq)
        self._by_type: dict[type[Data], list[Event]] | None = None  # made for the first query: many timelines have none
        self._asked: dict[tuple[Any, ...], list[Event]] = {}
        self._ends: dict[Role, list[tuple[int, int]]] = {}  # when each role's client was killed or died: (at_ms, seq)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def _typed(self) -> dict[type[Data], list[Event]]:
        """The events of each type, in order."""
        if self._by_type is None:
            by_type: dict[type[Data], list[Event]] = defaultdict(list)
            for event in self.events:
                by_type[type(event.data)].append(event)
            self._by_type = by_type
        return self._by_type

    def of(
        self,
        kind: type[D],
        where: Callable[[D], bool] | None = None,
        *,
        after: int | None = None,
        before: int | None = None,
        **fields: Any,
    ) -> list[Event]:
        """Events of one type with these field values, in `[after, before)` of exam time."""
        events = self._of(cast("type[Data]", kind), fields)
        if after is not None or before is not None:
            first = 0 if after is None else bisect_left(events, after, key=_AT)
            events = events[first : len(events) if before is None else bisect_left(events, before, key=_AT)]
        return list(events) if where is None else [event for event in events if where(cast("D", event.data))]

    def _of(self, kind: type[Data], fields: dict[str, Any]) -> list[Event]:
        """The events of one type with these field values: kept, as rules ask for the same again and again."""
        key = (kind, *fields.items())
        found = self._asked.get(key)
        if found is None:
            found = self._typed().get(kind, [])
            for field, value in fields.items():
                get = attrgetter(field)
                found = [event for event in found if get(event.data) == value]
            self._asked[key] = found
        return found

    def first(
        self,
        kind: type[D],
        where: Callable[[D], bool] | None = None,
        *,
        after: int | None = None,
        before: int | None = None,
        **fields: Any,
    ) -> Event | None:
        """The earliest of `of`, or None."""
        return next(iter(self.of(kind, where, after=after, before=before, **fields)), None)

    def data(self, kind: type[D], **fields: Any) -> list[D]:
        """The data alone of the events of one type."""
        return [cast("D", event.data) for event in self.of(kind, **fields)]

    # -- views ---------------------------------------------------------------------------------------------------

    def shown(
        self, role: Role, what: Callable[[View], bool], *, after: int | None = None, before: int | None = None
    ) -> Event | None:
        """The first view of a role, in `[after, before)`, of which `what` holds; the one standing at `after` counts, at its own time."""
        if after is not None:
            standing = self.view_at(role, after)
            if standing is not None and what(cast("Viewed", standing.data).view):
                return standing
        return self.first(Viewed, lambda data: data.role == role and what(data.view), after=after, before=before)

    def view_at(self, role: Role, at_ms: int) -> Event | None:
        """The view that stood at that exam time (the last one at or before it); None while the client did not run."""
        views = self._of(Viewed, {"role": role})
        earlier = bisect_right(views, at_ms, key=_AT)
        return views[earlier - 1] if earlier and self._gone_after(role, views[earlier - 1]) > at_ms else None

    def _gone_after(self, role: Role, view: Event) -> int:
        """When the client that showed that view was killed or died, exam ms; it shows nothing from then on. 10⁹: never."""
        ends = self._ends.get(role)
        if ends is None:
            changes = self.of(ProcessChanged, lambda data: data.change in ("killed", "died"), role=role)
            ends = self._ends[role] = [(event.at_ms, event.seq) for event in changes]
        later = bisect_right(ends, (view.at_ms, view.seq))
        return ends[later][0] if later < len(ends) else 10**9

    def standing(self, role: Role, what: Callable[[View], bool], from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """The spans inside `[from_ms, to_ms)` during which `what` held of the view on show."""
        spans: list[tuple[int, int]] = []
        views = self.of(Viewed, role=role)
        for event, following in zip(views, [*views[1:], None], strict=False):  # without a view nothing follows either
            start = max(from_ms, event.at_ms)
            end = to_ms if following is None else min(to_ms, following.at_ms)
            end = min(end, self._gone_after(role, event))
            if start < end and what(cast("Viewed", event.data).view):
                if spans and spans[-1][1] == start:
                    spans[-1] = (spans[-1][0], end)
                else:
                    spans.append((start, end))
        return spans

    def watched(self, what: str, from_ms: int, to_ms: int) -> bool:
        """Somebody watched without a break over the whole of `[from_ms, to_ms]`."""
        reached = from_ms
        for event in self.of(Watched, what=what):
            if event.at_ms <= reached < event.end_ms:
                reached = event.end_ms
        return reached >= to_ms

    # -- shorthands that many rules need -------------------------------------------------------------------------

    def intent(
        self, act: Act, role: Role = Role.LAPTOP, *, after: int | None = None, before: int | None = None
    ) -> Event | None:
        """The first time the candidate did that and the client took it."""
        return self.first(Intent, after=after, before=before, role=role, act=act, status="done")

    def served(
        self, operation: Operation, *, ok: bool = True, after: int | None = None, before: int | None = None
    ) -> list[Event]:
        """Requests of one operation that the service granted (`ok`) or refused."""
        return self.of(Served, lambda data: (data.status < 400) == ok, after=after, before=before, operation=operation)

    def reported(self, what: str, stage: Stage | None = None) -> Event | None:
        """The first report of that kind (about that stage) that reached the service."""
        return self.first(Reported, lambda data: data.what == what and (stage is None or data.stage == stage))

    def recording(self, stream: Stream) -> Recorded | None:
        """What the service held of a stream when it was looked at last."""
        found = self.of(Recorded, stream=stream)
        return cast("Recorded", found[-1].data) if found else None
