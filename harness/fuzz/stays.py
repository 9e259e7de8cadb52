"""Where each client stood and when: a timeline as stays on pages, presses with the page they met, and the troubles that excuse a delay.

Laws: a stay is `[from, to)`; a client that doesn't run stands nowhere (page None); the same page again, after anything else, is another
stay. Pure: reads a timeline and its script. Called by `comparison`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple, cast

from harness.core.events import Disturbed, Event, Intent, ProcessChanged, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.view import ROLES, Page, Role

FOREVER: Final = 10**9
_SLOW: Final = frozenset({"fail", "stall"})  # ways of the service to be late


class Stay(NamedTuple):
    """A client stood on a page; None: it did not run."""

    page: Page | None
    from_ms: int
    to_ms: int


class Press(NamedTuple):
    """What the candidate did, with the page that the client stood on just before."""

    at_ms: int
    intent: Intent
    page: Page | None


class Course(NamedTuple):
    """One side of a comparison, read once."""

    timeline: Timeline
    stays: dict[Role, list[Stay]]
    presses: list[Press]
    ends: int  # the last moment that anybody watched


def read(timeline: Timeline) -> Course:
    """Both clients' stays and the candidate's presses."""
    ends = max((event.at_ms for event in timeline.of(ProcessChanged, change="closed")), default=-FOREVER)
    ends = max([ends, *(event.at_ms for event in timeline.of(Viewed))])
    stays = {role: _stays(timeline, role, ends) for role in ROLES}
    return Course(timeline, stays, [_press(event, stays) for event in timeline.of(Intent)], ends)


def _stays(timeline: Timeline, role: Role, ends: int) -> list[Stay]:
    changes: list[tuple[int, int, Page | None]] = []
    for event in timeline.of(Viewed, role=role):
        changes.append((event.at_ms, event.seq, cast("Viewed", event.data).view.page))
    for event in timeline.of(ProcessChanged, role=role):
        if cast("ProcessChanged", event.data).change in ("killed", "died"):
            changes.append((event.at_ms, event.seq, None))
    stays: list[Stay] = []
    for at, _, page in sorted(changes, key=lambda change: change[:2]):
        if not stays or stays[-1].page is not page:
            if stays:
                stays[-1] = stays[-1]._replace(to_ms=at)
            stays.append(Stay(page, at, ends))
    return [stay for stay in stays if stay.from_ms < stay.to_ms]


def _press(event: Event, stays: dict[Role, list[Stay]]) -> Press:
    intent = cast("Intent", event.data)
    return Press(event.at_ms, intent, standing(stays[intent.role], event.at_ms - 1))


def standing(stays: list[Stay], at_ms: int) -> Page | None:
    """The page that the client stood on at that moment."""
    index = bisect_right(stays, at_ms, key=lambda stay: stay.from_ms) - 1
    return stays[index].page if index >= 0 else None


class Troubles:
    """When something stood in a client's way, and how much later than usual it may be because of that."""

    def __init__(self, script: Script, expected: Timeline) -> None:
        limits = script.plan.limits
        self._reaction = int(limits.reaction)
        # A client may first have to find out that nothing moves, and then has the plan's own time to catch up.
        self._recovery = int(limits.stall + limits.catch_up)
        self._spans = [(event.at_ms, event.end_ms) for event in expected.of(Disturbed)]
        self._spans += [(each.from_ms, each.until_ms) for each in script.misbehaviour if each.kind in _SLOW]
        # A request of the client's may just miss a slow answer that the model's has just met.
        self._edges = [
            edge for each in script.misbehaviour if each.kind in _SLOW for edge in (each.from_ms, each.until_ms)
        ]
        disturbed = self._spans[:]
        self._stranded: list[tuple[int, int]] = []  # started again while nothing may have reached the service
        for event in expected.of(ProcessChanged):
            change = cast("ProcessChanged", event.data).change
            if change == "started" and event.at_ms > script.begins:
                self._spans.append((event.at_ms, event.at_ms))
                ends = [end + self._recovery for start, end in disturbed if start <= event.at_ms < end]
                self._stranded += [(event.at_ms, end) for end in ends]

    def allowed(self, at_ms: int) -> int:
        """How much later than `at_ms` may something show that is due then: the plan's reaction, and longer after a trouble."""
        until = at_ms + self._reaction
        for start, end in sorted(self._spans):
            if start <= until and at_ms < end + self._recovery:
                until = max(until, end + self._recovery + self._reaction)
        return until - at_ms

    def troubled(self, at_ms: int) -> bool:
        """Something stood in the way of what happened then."""
        return self.allowed(at_ms) > self._reaction

    def stranded(self, at_ms: int) -> bool:
        """A client had been started again, and could not ask yet where the interview was."""
        return any(start <= at_ms < end for start, end in self._stranded)

    def missed(self, at_ms: int) -> int:
        """How much earlier than the model at `at_ms` a client may be that was spared a slow answer as those began or ended."""
        met = [at_ms - edge for edge in self._edges if 0 <= at_ms - edge <= self._recovery]
        return max(met, default=0)
