"""Two interviews of one script side by side: which presses belong together, how late one side may be, and when the two part.

Laws: a delay is excused by the plan's own limits alone: `reaction`, after a trouble `stall` and `catch_up` as well, and by how late the press
before it was; the two part at the first press that met another page, or that could go either way and did. Pure. Called by `comparison`
and `outcomes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, cast

import msgspec

from harness.core.events import Operation, ProcessChanged, Served
from harness.core.script import Action, Do, Script
from harness.core.view import ROLES, RUNNING, Act, Page, Role
from harness.fuzz.stays import FOREVER, Course, Press, Troubles

# A request takes 10 ms there and back, an exam clock learnt from it may be off by half of that, and a device's list is looked at each
# 200 ms by some; a press so near to what decides it may meet either side.
RACE_MS: Final = 250


DECIDED: Final[dict[Page, frozenset[Act]]] = {
    Page.LOGIN: frozenset({Act.LOGIN}),
    Page.BIND: frozenset({Act.PROCEED}),
    Page.ATTACHMENTS: frozenset({Act.OPEN, Act.PROCEED}),
    Page.LOBBY: frozenset({Act.ENTER}),
    Page.DEVICES: frozenset({Act.WAIT, Act.HELP, Act.START, Act.FINISH}),
    Page.WAITING: frozenset({Act.START, Act.FINISH, Act.HELP}),
    **dict.fromkeys(RUNNING, frozenset({Act.START, Act.FINISH, Act.HELP, Act.ENTER, Act.LOGIN})),
    Page.UPLOAD: frozenset({Act.ENTER, Act.START, Act.FINISH, Act.CLOSE, Act.LOGIN}),
    Page.DONE: frozenset({Act.ENTER, Act.START, Act.FINISH, Act.LOGIN}),
    Page.PAIR: frozenset({Act.STOP}),
    Page.FILMING: frozenset({Act.STOP}),
}
"""On which page of the model's the notice decides whether a press is taken."""

# Taken or not, these lead nowhere else, so that the two interviews stay the same.
_HARMLESS: Final = frozenset(
    {
        Act.CHOOSE,
        Act.REFRESH,
        Act.REFRESH_DEVICES,
        Act.RETRY,
        Act.FETCH_QUESTION,
        Act.LEAVE,
        Act.RETURN,
        Act.HELP,
    }
)
# A client that was closed may be gone or not; the binding code may stand on a page of its own.
_LEADING: Final = frozenset({Act.CLOSE, Act.SHOW_CODE})


def decided(press: Press) -> bool:
    """Whether the notice decides if that press is taken."""
    return press.page is not None and press.intent.act in DECIDED.get(press.page, ())


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence with both sides; `topic` is what shrinking holds on to."""

    topic: str
    at_ms: int
    sentence: str


class Pairing:
    """The model's side and the client's, what excuses a delay, and from when on (`until`) they are different interviews."""

    def __init__(self, script: Script, model: Course, seen: Course) -> None:
        self.plan = script.plan
        self.model = model
        self.seen = seen
        self.troubles = Troubles(script, model.timeline)
        self.pairs, self.missing, self.extra = _paired(model.presses, seen.presses)
        self._lateness = [(model.at_ms, seen.at_ms - model.at_ms) for model, seen in self.pairs]
        self._moments = self._decisive()
        self.until = min(model.ends, seen.ends, self._parted(script))

    # -- how late ------------------------------------------------------------------------------------------------------

    def carried(self, at_ms: int) -> int:
        """How late the last press up to that moment was: what it led to may be as late."""
        return max(0, self._last_lateness(at_ms))

    def allowed(self, at_ms: int) -> int:
        """How late what is due then may be."""
        return self.troubles.allowed(at_ms) + self.carried(at_ms)

    def early(self, at_ms: int) -> int:
        """How long before the model a client may change: the error of its clock, what a press was earlier, and what the service held up."""
        return int(self.plan.limits.countdown) + max(0, -self._last_lateness(at_ms)) + self.troubles.missed(at_ms)

    def comparable(self, at_ms: int) -> bool:
        """What is due then must have come before the two interviews part."""
        return at_ms + self.allowed(at_ms) < self.until

    def _last_lateness(self, at_ms: int) -> int:
        return next((late for at, late in reversed(self._lateness) if at <= at_ms), 0)

    # -- where the two part ----------------------------------------------------------------------------------------------

    def contested(self, at_ms: int) -> bool:
        """So near to what decides that it may go either way."""
        return any(abs(at_ms - moment) <= RACE_MS for moment in self._moments)

    def _decisive(self) -> list[int]:
        """When something is decided in the model: its windows, and every change of page."""
        windows = self.plan.windows
        moments = [int(getattr(windows, name)) for name in windows.__struct_fields__]
        moments += [0, int(self.plan.preparation_ends)]
        return moments + [edge for stays in self.model.stays.values() for stay in stays for edge in stay[1:]]

    def _parted(self, script: Script) -> int:
        """When the first press met another page, or went the other way where it may, or was left out by a candidate whose patience a
        client may just have missed; or a restart left open what comes.
        """
        impatient = {_wish(step.action) for t in script.threads for step in t.steps if step.patience is not None}
        parted = [
            FOREVER,
            *(press.at_ms for press in self.missing if (press.intent.role, press.intent.act) in impatient),
        ]
        for role in ROLES:
            killed = self.model.timeline.of(ProcessChanged, role=role, change="killed")
            parted += [event.at_ms for event in killed if role is Role.PHONE or not self._both_in(event.at_ms)]
        for model, seen in self.pairs:
            if model.page is not seen.page or self._went_another_way(model, seen):
                parted.append(min(model.at_ms, seen.at_ms))
        parted += [*self._raced(), *self._merged(script)]
        return min([*parted, *(press.at_ms for press in self.extra)])

    def _raced(self) -> Iterator[int]:
        """Requests that reached the service as their window opened or closed, or that a trouble held up until it had, and were answered
        in two ways.
        """
        windows = self.plan.windows
        for operation in (Operation.LOGIN, Operation.ENTRY):
            for edge in (windows.login_opens, windows.entry_opens, windows.entry_closes):
                since = int(edge) - RACE_MS
                while self.troubles.troubled(since) and since + self.allowed(since) > edge:
                    since -= RACE_MS
                model, seen = (_answered(side, operation, since, int(edge)) for side in (self.model, self.seen))
                if [answer for _, answer in model] != [answer for _, answer in seen]:
                    yield min(at_ms for at_ms, _ in (*model, *seen))

    def _merged(self, script: Script) -> Iterator[int]:
        """A file that the service loses so many times was asked for again so soon that both may be one request, or two."""
        if not any(each.kind == "lose" and each.operation == Operation.ATTACHMENT for each in script.misbehaviour):
            return
        opened = [press for press in self.model.presses if press.intent.act is Act.OPEN]
        for before, after in pairwise(opened):
            if after.intent.args == before.intent.args and after.at_ms - before.at_ms <= RACE_MS:
                yield after.at_ms

    def _both_in(self, at_ms: int) -> bool:
        """Both clients had heard by then that they were let in."""
        entries = (next(iter(side.timeline.served(Operation.ENTRY)), None) for side in (self.model, self.seen))
        return all(entry is not None and entry.at_ms < at_ms - RACE_MS for entry in entries)

    def _went_another_way(self, model: Press, seen: Press) -> bool:
        """Taken on one side and not on the other where that is open, or leading where each client may lead."""
        if model.intent.act in _LEADING and "done" in (model.intent.status, seen.intent.status):
            return True
        contested = self.contested(model.at_ms) or self.contested(seen.at_ms)
        if model.intent.act is Act.STOP and contested:
            return True  # the phone may ask first, as long as it has not heard of the end
        if model.intent.status == seen.intent.status or model.intent.act in _HARMLESS:
            return False
        return not decided(model) or contested

    def entered_by(self, at_ms: int) -> bool:
        """The model's candidate had entered before then."""
        entry = next(iter(self.model.timeline.served(Operation.ENTRY)), None)
        return entry is not None and entry.at_ms < at_ms


def _paired(model: list[Press], seen: list[Press]) -> tuple[list[tuple[Press, Press]], list[Press], list[Press]]:
    """Presses of both sides that belong together: the n-th of each kind; then those that only the model has, and only the client."""
    waiting: dict[tuple[str, ...], list[Press]] = {}
    for press in seen:
        waiting.setdefault(_kind(press), []).append(press)
    pairs, missing = [], []
    for press in model:
        others = waiting.get(_kind(press))
        if others:
            pairs.append((press, others.pop(0)))
        else:
            missing.append(press)
    return pairs, missing, [press for others in waiting.values() for press in others]


def _answered(side: Course, operation: Operation, since: int, edge: int) -> list[tuple[int, str]]:
    """When the service heard such requests from then on until just after the edge, and why it refused them; empty: it didn't."""
    events = side.timeline.of(Served, after=since, before=edge + RACE_MS + 1, operation=operation)
    return [(event.at_ms, cast("Served", event.data).problem) for event in events]


def _wish(action: Action) -> tuple[Role, Act] | None:
    return (action.role, action.act) if isinstance(action, Do) else None


def _kind(press: Press) -> tuple[str, ...]:
    """What was done: a code differs from side to side, which doesn't make it another press."""
    given = [f"{name}={'' if name in {'payload', 'code'} else value}" for name, value in press.intent.args.items()]
    return (press.intent.role, press.intent.act, *given)
