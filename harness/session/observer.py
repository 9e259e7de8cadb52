"""The observer: writes down what is seen during a run, in exam time, and makes the Timeline of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from harness.core.errors import SubjectBabbled, SubjectError, SubjectHung, SubjectMismatch
from harness.core.events import (
    Data,
    Disturbed,
    Enrolled,
    Event,
    Intent,
    Introduced,
    Misconduct,
    ProcessChanged,
    QrRead,
    Source,
    Viewed,
    Watched,
)
from harness.core.platform import Entrant
from harness.core.script import Do, LoseRecording
from harness.core.timeline import Timeline
from harness.core.view import Role, View
from harness.protocol.client import DoResult
from harness.protocol.control import ACTS, Initialized
from harness.session.scanning import scanned

REASON: Final = 300  # characters of a subject's fault that stand in a timeline
NAME: Final = 80  # of its name and version
LONGEST_TEXT: Final = 500  # ... and of what its QR code says
# What stands of a press until its client has answered, and for good where it never does.
UNANSWERED: Final = DoResult("refused", "the client did not answer")


class Observer:
    """One run's notes. `error_ms` is the error of the harness's own view of exam time."""

    def __init__(self, candidate: str, error_ms: int = 0) -> None:
        self._candidate = candidate
        self.error_ms = error_ms
        self._events: list[Event] = []
        self._watching: dict[str, int] = {}
        self._last: dict[Role, View] = {}

    def note(self, at_ms: int, source: Source, data: Data, *, until_ms: int | None = None) -> int:
        """Writes one event down; returns its number, by which `close` can give it an end."""
        number = len(self._events)
        self._events.append(
            Event(
                seq=number,
                at_ms=at_ms,
                until_ms=until_ms,
                error_ms=self.error_ms,
                source=source,
                candidate=self._candidate,
                data=data,
            )
        )
        return number

    def lasted(self, number: int, until_ms: int) -> None:
        """That event was over then."""
        self._events[number] = msgspec.structs.replace(self._events[number], until_ms=until_ms)

    def amend(self, number: int, data: Data) -> None:
        """What is known of that event now."""
        self._events[number] = msgspec.structs.replace(self._events[number], data=data)

    def viewed(self, at_ms: int, role: Role, view: View) -> bool:
        """A view came; written down where it differs from the one before. Returns whether it did."""
        plain, before = msgspec.structs.replace(view, seq=0), self._last.get(role)
        if before == plain:
            return False
        self._last[role] = plain
        self.note(at_ms, "laptop" if role.device is Role.LAPTOP else "phone", Viewed(role=role, view=view))
        if (picture := _qr_code(view)) and picture != _qr_code(before):
            self.note(at_ms, "harness", QrRead(role=role, text=scanned(picture)[:LONGEST_TEXT]))
        return True

    def misbehaved(self, at_ms: int, role: Role, fault: SubjectError) -> None:
        """The client of that role broke the conversation, and is no more."""
        kind: Literal["died", "hung", "babbled", "mismatch"]
        match fault:
            case SubjectHung():
                kind = "hung"
            case SubjectBabbled():
                kind = "babbled"
            case SubjectMismatch():
                kind = "mismatch"
            case _:
                kind = "died"
        reason = str(fault)[:REASON]
        self.note(at_ms, "harness", ProcessChanged(role=role, change="died", reason=reason))
        self.note(at_ms, "harness", Misconduct(role=role, kind=kind, reason=reason))
        self.unwatch(role.value, at_ms)

    def watch(self, what: str, at_ms: int) -> None:
        """From now on that is looked at all the time."""
        self._watching.setdefault(what, at_ms)

    def unwatch(self, what: str, at_ms: int) -> None:
        """No longer: the span is written down."""
        since = self._watching.pop(what, None)
        if since is not None and at_ms > since:
            self.note(since, "harness", msgspec.convert({"type": "watched", "what": what}, Watched), until_ms=at_ms)

    def timeline(self, ended_ms: int, others: Iterable[Event] = ()) -> Timeline:
        """Everything noted here and by others (the service), numbered anew in order of time."""
        for what in list(self._watching):
            self.unwatch(what, ended_ms)
        merged = sorted([*self._events, *others], key=lambda event: (event.at_ms, event.seq))
        return Timeline(msgspec.structs.replace(event, seq=number) for number, event in enumerate(merged))


def _qr_code(view: View | None) -> str:
    """The picture of the QR code, if the view shows one."""
    return "" if view is None or view.binding is None else view.binding.qr_png


def intent_of(action: Do, result: DoResult) -> Intent:
    """What a candidate did, and what became of it."""
    return Intent(
        role=action.role, act=action.act, args=action.args, status=result.status, reason=result.reason[:REASON]
    )


def introduced(role: Role, said: Initialized) -> Introduced:
    """What a client said of itself; names that the protocol does not have are left out."""
    keys = View.__struct_fields__
    return Introduced(
        role=role,
        name=said.name[:NAME],
        version=said.version[:NAME],
        intents=tuple(act for act in ACTS if act in said.intents),
        views=tuple(key for key in keys if key in said.views),
        capture=said.capture,
    )


def enrolled(entrant: Entrant) -> Enrolled:
    """Who the candidate is, as it stands on a timeline."""
    return Enrolled(name=entrant.name, admission_number=entrant.admission_number)


def lost(action: LoseRecording) -> Disturbed:
    """The service has lost a recording, as it stands on a timeline."""
    return Disturbed(kind=f"lost-{action.stream}", role=action.stream.role)
