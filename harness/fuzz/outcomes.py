"""What came of two interviews at the service: granted and refused operations, reports with their exam times, and what is held at the end.

Laws: what the model has must have come in time, before the two interviews part; what the client's side alone has must be missing from the
model for good. Problems are compared by their types, the exam times of reports ± the plan's `report`. Pure. Called by `comparison`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from harness.core.events import Event, Finished, Operation, Reported, Served
from harness.core.units import show, show_moment
from harness.core.view import Page, Role, Stream
from harness.fuzz.pairing import RACE_MS, Difference, Pairing
from harness.fuzz.stays import Course

_GATES: Final = (Operation.LOGIN, Operation.PHONE_BIND, Operation.ENTRY)
# An empty code is no code at all to one service, and a wrong one to another.
_SAME_PROBLEM: Final = {"invalid-body": "wrong-code"}
# What was too long on its way, which a disturbance makes it: the model's requests take no time.
_HELD_UP: Final = frozenset({"still-stale"})
_LEFT: Final = frozenset({"focus-lost", "focus-regained"})

_Boundary = tuple[str, str]  # a stage, and which end of it


def differences(pairing: Pairing) -> Iterator[Difference]:
    """Everything that differs at the service."""
    for operation in _GATES:
        yield from _granted(pairing, operation)
        yield from _refused(pairing, operation)
    yield from _read(pairing)
    yield from _boundaries(pairing)
    yield from _leavings(pairing)
    yield from _uploads(pairing)


def _surely_before(pairing: Pairing, at_ms: int) -> bool:
    """What the client did then can't be an effect of the two interviews having parted."""
    return at_ms < pairing.until - pairing.allowed(at_ms)


# -- operations --------------------------------------------------------------------------------------------------------


def _granted(pairing: Pairing, operation: Operation) -> Iterator[Difference]:
    """The first grant of an operation, on both sides or on neither, and in time."""
    model, seen = (next(iter(side.timeline.served(operation)), None) for side in (pairing.model, pairing.seen))
    if model is not None and pairing.comparable(model.at_ms):
        if seen is None or seen.at_ms - model.at_ms > pairing.allowed(model.at_ms):
            yield Difference(
                topic=f"granted {operation}",
                at_ms=model.at_ms,
                sentence=f"The service grants {operation} at {show_moment(model.at_ms)} in the model, and did {_when(seen)}",
            )
    elif seen is not None and model is None and _surely_before(pairing, seen.at_ms):
        yield Difference(
            topic=f"granted {operation}",
            at_ms=seen.at_ms,
            sentence=f"The service granted {operation} at {show_moment(seen.at_ms)}, and never does in the model",
        )


def _when(event: Event | None) -> str:
    return "never" if event is None else f"at {show_moment(event.at_ms)}"


def _refused(pairing: Pairing, operation: Operation) -> Iterator[Difference]:
    """The same reasons on both sides, however often."""
    model, seen = _problems(pairing.model, operation), _problems(pairing.seen, operation)
    for problem, at_ms in model.items():
        if problem not in seen and pairing.comparable(at_ms):
            yield Difference(
                topic=f"refused {operation}",
                at_ms=at_ms,
                sentence=f"The service refuses {operation} as {problem} at {show_moment(at_ms)} in the model, and never did",
            )
    for problem, at_ms in seen.items():
        if problem in _HELD_UP and pairing.troubles.troubled(at_ms):
            continue
        if problem not in model and _surely_before(pairing, at_ms):
            yield Difference(
                topic=f"refused {operation}",
                at_ms=at_ms,
                sentence=f"The service refused {operation} as {problem} at {show_moment(at_ms)}, and does not in the model",
            )


def _problems(side: Course, operation: Operation) -> dict[str, int]:
    """Why the service refused, and when first; that it was made to fail is no reason."""
    found: dict[str, int] = {}
    for event in side.timeline.served(operation, ok=False):
        problem = cast("Served", event.data).problem
        if problem != "unavailable":
            found.setdefault(_SAME_PROBLEM.get(problem, problem), event.at_ms)
    return found


def _read(pairing: Pairing) -> Iterator[Difference]:
    """Every attachment that is read in the model was told to the service."""
    told = {cast("Served", event.data).subject for event in pairing.seen.timeline.served(Operation.READ)}
    for event in pairing.model.timeline.served(Operation.READ):
        name = cast("Served", event.data).subject
        if name not in told and pairing.comparable(event.at_ms):
            yield Difference(
                topic="read",
                at_ms=event.at_ms,
                sentence=f"{name} is read at {show_moment(event.at_ms)} in the model, and the service was never told",
            )


# -- reports -----------------------------------------------------------------------------------------------------------


def _boundaries(pairing: Pairing) -> Iterator[Difference]:
    """The beginnings and ends of stages."""
    model, seen = _reported(pairing.model), _reported(pairing.seen)
    for key, (at_ms, due) in model.items():
        if not pairing.comparable(at_ms):
            continue
        if key not in seen:
            yield Difference(
                topic=f"report {key[1]}",
                at_ms=at_ms,
                sentence=f"“{due.stage} {due.what}” is reported at {show_moment(at_ms)} in the model, and never was",
            )
        elif not _agree(pairing, key, due, seen[key][1]):
            told = seen[key][1]
            yield Difference(
                topic=f"report {key[1]}",
                at_ms=at_ms,
                sentence=f"“{due.stage} {due.what}” is reported with {show_moment(due.claimed_ms)} in the model, and was as "
                f"“{told.what}” with {show_moment(told.claimed_ms)}",
            )
    for key, (at_ms, told) in seen.items():
        if key not in model and _surely_before(pairing, at_ms):
            yield Difference(
                topic=f"report {key[1]}",
                at_ms=at_ms,
                sentence=f"“{told.stage} {told.what}” was reported at {show_moment(at_ms)}, and is not in the model",
            )


def _reported(side: Course) -> dict[_Boundary, tuple[int, Reported]]:
    """The first report of each boundary: when the service heard it, and what it said."""
    found: dict[_Boundary, tuple[int, Reported]] = {}
    for event in side.timeline.of(Reported):
        data = cast("Reported", event.data)
        if data.stage is not None:
            found.setdefault((data.stage, "started" if data.what == "started" else "ended"), (event.at_ms, data))
    return found


def _agree(pairing: Pairing, key: _Boundary, due: Reported, told: Reported) -> bool:
    if key == ("preparation", "started") and not pairing.entered_by(-RACE_MS):
        return True  # who came late may say T0 or the entry: both are said by honest clients
    report = pairing.plan.limits.report
    off = told.claimed_ms - due.claimed_ms
    return told.what == due.what and -report <= off <= report + pairing.carried(due.claimed_ms)


def _leavings(pairing: Pairing) -> Iterator[Difference]:
    """Leaving the window and coming back, between entry and end; near either it is open what is told."""
    report = pairing.plan.limits.report
    told = [cast("Reported", event.data) for event in _left(pairing.seen)]
    for event in _left(pairing.model):
        due = cast("Reported", event.data)
        if not pairing.comparable(event.at_ms) or pairing.contested(due.claimed_ms):
            continue
        if not any(each.what == due.what and abs(each.claimed_ms - due.claimed_ms) <= report for each in told):
            yield Difference(
                topic=f"report {due.what}",
                at_ms=event.at_ms,
                sentence=f"“{due.what}” is reported with {show_moment(due.claimed_ms)} in the model, and was not within "
                f"{show(report)} of that",
            )


def _left(side: Course) -> list[Event]:
    return side.timeline.of(Reported, lambda data: data.what in _LEFT and data.role == Role.LAPTOP)


# -- uploads -----------------------------------------------------------------------------------------------------------


def _uploads(pairing: Pairing) -> Iterator[Difference]:
    """Each stream that the model's service holds whole where the interview came to its end: before that a restart may have cut it in two."""
    held = {cast("Finished", event.data).stream for event in pairing.seen.timeline.of(Finished, held=True)}
    last: dict[str, int] = {}
    for event in pairing.model.timeline.of(Finished, held=True):
        last[cast("Finished", event.data).stream] = event.at_ms
    for stream, at_ms in last.items():
        done = any(stay.page is Page.DONE and stay.to_ms > at_ms for stay in pairing.model.stays[Stream(stream).role])
        if done and stream not in held and pairing.comparable(at_ms):
            yield Difference(
                topic=f"upload {stream}",
                at_ms=at_ms,
                sentence=f"The service holds {stream} whole at {show_moment(at_ms)} in the model, and never did",
            )
