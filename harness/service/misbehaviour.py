"""Scripted misbehaviour: which fault of `harness.core.script.Misbehaviour` strikes now. Each strike is counted, and kept over a restart."""

from __future__ import annotations

from collections.abc import Callable

from harness.core.script import Misbehaviour
from harness.service.registry import Registry
from harness.service.state import Armed


class Faults:
    """The armed faults of all exams."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def arm(self, exam: str, what: Misbehaviour) -> None:
        """Adds a fault to an exam."""
        progress = self._registry.progress[exam]
        progress.armed.append(Armed(what=what, left=what.count))
        self._registry.save_progress(exam, progress)

    def on_operation(self, exam: str, kind: str, operation: str, now: int) -> Misbehaviour | None:
        """fail, stall or lose of that operation: struck and counted."""
        return self._strike(exam, now, lambda fault: fault.kind == kind and fault.operation == operation)

    def refuses_face(self, exam: str, now: int) -> str | None:
        """The reason with which the next face is refused."""
        fault = self._strike(exam, now, lambda fault: fault.kind == "refuse-face")
        return None if fault is None else fault.reason or "mismatch"

    def loses_push(self, exam: str, event: str, now: int) -> bool:
        """A push of that kind is not sent."""
        return self._strike(exam, now, lambda fault: fault.kind == "lose-push" and fault.reason == event) is not None

    def leaks_question(self, exam: str, now: int) -> bool:
        """GET /exam carries the question."""
        return self._strike(exam, now, lambda fault: fault.kind == "leak-question") is not None

    def dropped_guard(self, exam: str, guard: str, now: int) -> bool:
        """The service does not refuse what that guard is for."""
        return self._strike(exam, now, lambda fault: fault.kind == "drop-guard" and fault.reason == guard) is not None

    def _strike(self, exam: str, now: int, matches: Callable[[Misbehaviour], bool]) -> Misbehaviour | None:
        progress = self._registry.progress[exam]
        for armed in progress.armed:
            if armed.left > 0 and armed.what.from_ms <= now < armed.what.until_ms and matches(armed.what):
                armed.left -= 1
                self._registry.save_progress(exam, progress)
                return armed.what
        return None
