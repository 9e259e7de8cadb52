"""What differs between the model's interview and the one that was played, where both say what has to be.

The model is one honest client among many, so what is compared is what the notice decides, and each comparison has the plan's own limit:

* *Pages*: well inside each of the model's stays the client stands on the same page. It may come late by `reaction` (`lesson_end` for what
  ends with the lesson), by `stall` + `catch_up` more after a trouble, and as late as the press that led there was; it may leave early by the
  error of its exam clock, `countdown`.
* *Presses*: done or refused alike, where the notice decides it (`DECIDED`), and possible about as early and as late as in the model.
* *The service*: granted logins, bindings and entries, attachments read, and what was refused, by type of problem.
* *Reports*: the same boundaries of stages and the same leaving of the window, with the exam time they had, ± `report`.
* *Uploads*: what the model's service holds whole at the end, this one does.

One-sided, or not compared, because the notice leaves it open: which page a client shows after a restart before entry, and what a phone shows
after one; controls beyond those that the notice names; how often a client asks; whether a press is sent that the service would refuse. A press
within `RACE_MS` of what decides it may go either way: where the two interviews part there, the rest of them is not compared.

Pure. Called by `oracles`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final, cast

import msgspec

from harness.core.events import Finished, Operation, ProcessChanged, Reported, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.view import RUNNING, Act, Page, Role
from harness.fuzz.stays import FOREVER, Course, Press, Stay, Troubles, read

# A request takes 10 ms there and back, an exam clock learnt from it may be off by half of that, and a device's list is looked at each
# 200 ms by some; a press so near to what decides it may meet either side.
RACE_MS: Final = 250

DECIDED: Final[dict[Page, frozenset[Act]]] = {
    Page.CHECK: frozenset(),
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

_GATES: Final = (Operation.LOGIN, Operation.PHONE_BIND, Operation.ENTRY)
# An empty code is no code at all to one service, and a wrong one to another.
_SAME_PROBLEM: Final = {"invalid-body": "wrong-code"}
_LEFT: Final = frozenset({"focus-lost", "focus-regained"})
_ENDS_WITH_THE_LESSON: Final = frozenset({Page.LESSON, Page.PRESENTATION})


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence with both sides; `topic` is what shrinking holds on to."""

    topic: str
    at_ms: int
    sentence: str


def differences(script: Script, expected: Timeline, observed: Timeline) -> list[Difference]:
    """Everything that differs, earliest first."""
    comparison = _Comparison(script, read(expected), read(observed))
    return sorted(comparison.all(), key=lambda each: each.at_ms)


class _Comparison:
    """One comparison: both sides, what excuses a delay, and from when on the two interviews are different ones."""

    def __init__(self, script: Script, model: Course, seen: Course) -> None:
        self.script = script
        self.plan = script.plan
        self.model = model
        self.seen = seen
        self.troubles = Troubles(script, model.timeline)
        self.moments = self._moments()
        self.pairs, self.missing, self.extra = _paired(model.presses, seen.presses)
        self.lateness = [(model.at_ms, seen.at_ms - model.at_ms) for model, seen in self.pairs]
        self.until = min(model.ends, seen.ends, self._parted())

    def all(self) -> Iterator[Difference]:
        """Every difference."""
        yield from self._presses()
        for role in (Role.LAPTOP, Role.PHONE):
            yield from self._pages(role)
        yield from self._gates()
        yield from self._reads()
        yield from self._boundaries()
        yield from self._leavings()
        yield from self._uploads()

    # -- where the two interviews part -------------------------------------------------------------------------------

    def _moments(self) -> list[int]:
        """When something is decided in the model: its windows, and every change of page."""
        windows = self.plan.windows
        moments = [int(getattr(windows, name)) for name in windows.__struct_fields__] + [0, int(self.plan.preparation_ends)]
        moments += [edge for stays in self.model.stays.values() for stay in stays for edge in (stay.from_ms, stay.to_ms)]
        return sorted(moments)

    def _contested(self, at_ms: int) -> bool:
        """So near to what decides that it may go either way."""
        return any(abs(at_ms - moment) <= RACE_MS for moment in self.moments)

    def _parted(self) -> int:
        """The first press that met another page, or went the other way where that is open: what follows can't be compared."""
        parted = [FOREVER]
        for role in (Role.LAPTOP, Role.PHONE):
            parted += [event.at_ms for event in self.model.timeline.of(ProcessChanged, role=role, change="killed")
                       if role is Role.PHONE or self._outside(event.at_ms)]  # fmt: skip
        for model, seen in self.pairs:
            other_page = model.page is not seen.page
            other_way = model.intent.status != seen.intent.status
            if other_page or (other_way and (self._contested(model.at_ms) or self._contested(seen.at_ms))):
                parted.append(min(model.at_ms, seen.at_ms))
        parted += [press.at_ms for press in self.extra]
        return min(parted)

    def _outside(self, at_ms: int) -> bool:
        """The candidate had not entered by then."""
        entered = next(iter(self.model.timeline.served(Operation.ENTRY)), None)
        return entered is None or entered.at_ms >= at_ms

    def _carried(self, at_ms: int) -> int:
        """How late the last press before that moment was: what it led to may be as late."""
        last = [late for at, late in self.lateness if at <= at_ms]
        return max(0, last[-1]) if last else 0

    def _allowed(self, at_ms: int) -> int:
        return self.troubles.allowed(at_ms) + self._carried(at_ms)

    def _comparable(self, at_ms: int) -> bool:
        """What is due then must have come before the two interviews part."""
        return at_ms + self._allowed(at_ms) < self.until

    # -- presses -----------------------------------------------------------------------------------------------------

    def _presses(self) -> Iterator[Difference]:
        for model, seen in self.pairs:
            if min(model.at_ms, seen.at_ms) >= self.until:
                continue
            what = _said(model)
            decided = model.page is not None and model.intent.act in DECIDED[model.page]
            if decided and model.intent.status != seen.intent.status:
                yield Difference(
                    topic=f"press {model.intent.act}",
                    at_ms=model.at_ms,
                    sentence=f"{what} at {show_moment(model.at_ms)} is {model.intent.status} in the model, and was "
                    f"{seen.intent.status} on page {seen.page} ({seen.intent.reason or 'no reason given'})",
                )
            late = seen.at_ms - model.at_ms
            if self._comparable(model.at_ms) and late > self.troubles.allowed(model.at_ms) + self._carried(model.at_ms - 1):
                yield Difference(
                    topic=f"late {model.intent.act}",
                    at_ms=model.at_ms,
                    sentence=f"{what} is possible at {show_moment(model.at_ms)} in the model, and was only at {show_moment(seen.at_ms)}",
                )
        for press in self.missing:
            if self._comparable(press.at_ms):
                yield Difference(
                    topic=f"late {press.intent.act}",
                    at_ms=press.at_ms,
                    sentence=f"{_said(press)} is possible at {show_moment(press.at_ms)} in the model, and never was",
                )

    # -- pages -------------------------------------------------------------------------------------------------------

    def _pages(self, role: Role) -> Iterator[Difference]:
        stays = self.model.stays[role]
        for before, stay in zip([None, *stays], stays, strict=False):
            if stay.page is None:
                continue
            start = stay.from_ms + self._late(before, stay.from_ms)
            end = min(stay.to_ms - self._early(stay.to_ms), self.until)
            other = next(
                (each for each in self.seen.stays[role] if each.page is not stay.page and each.from_ms < end and each.to_ms > start),
                None,
            )
            if start < end and other is not None:
                yield self._elsewhere(role, stay, other, max(start, other.from_ms))

    def _late(self, before: Stay | None, at_ms: int) -> int:
        if before is not None and before.page in _ENDS_WITH_THE_LESSON:
            extra = self.troubles.allowed(at_ms) - int(self.plan.limits.reaction)
            return int(self.plan.limits.lesson_end) + extra * 0 + self._carried(at_ms)
        return self._allowed(at_ms)

    def _early(self, at_ms: int) -> int:
        """How long before the model a client may leave a page: the error of its clock, and what a press was earlier."""
        last = [late for at, late in self.lateness if at <= at_ms]
        return int(self.plan.limits.countdown) + max(0, -last[-1] if last else 0)

    @staticmethod
    def _elsewhere(role: Role, stay: Stay, other: Stay, at_ms: int) -> Difference:
        where = f"stood on {other.page}" if other.page is not None else "was not there"
        return Difference(
            topic=f"page {stay.page}",
            at_ms=at_ms,
            sentence=f"At {show_moment(at_ms)} the model's {role} stands on {stay.page} (since {show_moment(stay.from_ms)}), and the "
            f"client's {where} (since {show_moment(other.from_ms)})",
        )

    # -- the service -------------------------------------------------------------------------------------------------

    def _gates(self) -> Iterator[Difference]:
        for operation in _GATES:
            granted = [next(iter(side.timeline.served(operation)), None) for side in (self.model, self.seen)]
            model, seen = granted
            if model is not None and self._comparable(model.at_ms):
                late = None if seen is None else seen.at_ms - model.at_ms
                if late is None or late > self._allowed(model.at_ms):
                    found = "never" if seen is None else f"at {show_moment(seen.at_ms)}"
                    yield Difference(
                        topic=f"granted {operation}",
                        at_ms=model.at_ms,
                        sentence=f"The service grants {operation} at {show_moment(model.at_ms)} in the model, and did {found}",
                    )
            if seen is not None and seen.at_ms < self.until - self._allowed(seen.at_ms):
                if model is None or seen.at_ms < model.at_ms - self._early(model.at_ms) - int(self.plan.limits.reaction):
                    due = "never does" if model is None else f"does at {show_moment(model.at_ms)}"
                    yield Difference(
                        topic=f"granted {operation}",
                        at_ms=seen.at_ms,
                        sentence=f"The service granted {operation} at {show_moment(seen.at_ms)}, and in the model {due}",
                    )
            yield from self._refusals(operation)

    def _refusals(self, operation: Operation) -> Iterator[Difference]:
        model, seen = (
            {
                _SAME_PROBLEM.get(problem, problem): event.at_ms
                for event in reversed(side.timeline.served(operation, ok=False))
                if (problem := cast("Served", event.data).problem) != "unavailable"
            }
            for side in (self.model, self.seen)
        )
        for problem, at_ms in model.items():
            if problem not in seen and self._comparable(at_ms):
                yield Difference(
                    topic=f"refused {operation}",
                    at_ms=at_ms,
                    sentence=f"The service refuses {operation} as {problem} at {show_moment(at_ms)} in the model, and never did",
                )
        for problem, at_ms in seen.items():
            if problem not in model and at_ms < self.until - self._allowed(at_ms):
                yield Difference(
                    topic=f"refused {operation}",
                    at_ms=at_ms,
                    sentence=f"The service refused {operation} as {problem} at {show_moment(at_ms)}, and does not in the model",
                )

    def _reads(self) -> Iterator[Difference]:
        seen = {cast("Served", event.data).subject for event in self.seen.timeline.served(Operation.READ)}
        for event in self.model.timeline.served(Operation.READ):
            name = cast("Served", event.data).subject
            if name not in seen and self._comparable(event.at_ms):
                yield Difference(
                    topic="read",
                    at_ms=event.at_ms,
                    sentence=f"{name} is read at {show_moment(event.at_ms)} in the model, and the service was never told",
                )

    # -- reports -----------------------------------------------------------------------------------------------------

    def _boundaries(self) -> Iterator[Difference]:
        model, seen = (
            {
                (data.stage, "started" if data.what == "started" else "ended"): (event.at_ms, data)
                for event in reversed(side.timeline.of(Reported))
                if (data := cast("Reported", event.data)).stage is not None
            }
            for side in (self.model, self.seen)
        )
        for key, (at_ms, due) in model.items():
            if not self._comparable(at_ms):
                continue
            name = f"{due.stage} {due.what}"
            if key not in seen:
                yield Difference(
                    topic=f"report {key[1]}",
                    at_ms=at_ms,
                    sentence=f"“{name}” is reported at {show_moment(at_ms)} in the model, and never was",
                )
                continue
            _, told = seen[key]
            off = told.claimed_ms - due.claimed_ms
            late = self._carried(due.claimed_ms)
            if self._entered_late() and key == ("preparation", "started"):
                continue  # from T0 or from the entry: both are said by honest clients
            if told.what != due.what or not -self.plan.limits.report <= off <= self.plan.limits.report + late:
                yield Difference(
                    topic=f"report {key[1]}",
                    at_ms=at_ms,
                    sentence=f"“{name}” is reported with {show_moment(due.claimed_ms)} in the model, and was as “{told.what}” with "
                    f"{show_moment(told.claimed_ms)}",
                )
        for key, (at_ms, told) in seen.items():
            if key not in model and at_ms < self.until - self._allowed(at_ms):
                yield Difference(
                    topic=f"report {key[1]}",
                    at_ms=at_ms,
                    sentence=f"“{told.stage} {told.what}” was reported at {show_moment(at_ms)}, and is not in the model",
                )

    def _entered_late(self) -> bool:
        entered = next(iter(self.model.timeline.served(Operation.ENTRY)), None)
        return entered is None or entered.at_ms >= -RACE_MS

    def _leavings(self) -> Iterator[Difference]:
        def told(side: Course) -> list[tuple[int, Reported]]:
            found = side.timeline.of(Reported, lambda data: data.what in _LEFT and data.role == Role.LAPTOP)
            return [(event.at_ms, cast("Reported", event.data)) for event in found]

        seen = [report for _, report in told(self.seen)]
        for number, (at_ms, due) in enumerate(told(self.model)):
            if not self._comparable(at_ms) or self._contested(due.claimed_ms):
                return
            matching = [each for each in seen if each.what == due.what and abs(each.claimed_ms - due.claimed_ms) <= self.plan.limits.report]
            if not matching:
                yield Difference(
                    topic=f"report {due.what}",
                    at_ms=at_ms,
                    sentence=f"“{due.what}” of {show_moment(due.claimed_ms)} is reported in the model ({number + 1}.), and was not within "
                    f"{show(self.plan.limits.report)} of that",
                )

    # -- uploads -----------------------------------------------------------------------------------------------------

    def _uploads(self) -> Iterator[Difference]:
        held = {cast("Finished", event.data).stream for event in self.seen.timeline.of(Finished, held=True)}
        finished = sorted(self.model.timeline.of(Finished, held=True), key=lambda event: cast("Finished", event.data).stream)
        for stream, events in groupby(finished, key=lambda event: cast("Finished", event.data).stream):
            last = max(event.at_ms for event in events)
            if stream not in held and self._comparable(last):
                yield Difference(
                    topic=f"upload {stream}",
                    at_ms=last,
                    sentence=f"The service holds {stream} whole at {show_moment(last)} in the model, and never did",
                )


def _said(press: Press) -> str:
    given = "".join(f" {value[:20]!r}" for value in press.intent.args.values())
    return f"“{press.intent.act}{given}” on the {press.intent.role}"


def _paired(model: list[Press], seen: list[Press]) -> tuple[list[tuple[Press, Press]], list[Press], list[Press]]:
    """Presses of both sides that belong together: the n-th of each kind; then those that only the model has, and only the client."""

    def kind(press: Press) -> tuple[str, str, str]:
        shown = {name: "" if name == "payload" or name == "code" else value for name, value in press.intent.args.items()}
        return press.intent.role, press.intent.act, str(shown)

    waiting: dict[tuple[str, str, str], list[Press]] = {}
    for press in seen:
        waiting.setdefault(kind(press), []).append(press)
    pairs, missing = [], []
    for press in model:
        others = waiting.get(kind(press))
        if others:
            pairs.append((press, others.pop(0)))
        else:
            missing.append(press)
    return pairs, missing, [press for others in waiting.values() for press in others]
