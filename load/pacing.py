"""When things are due, and how late they were: absolute schedules, the exam's clock, and percentiles. Pure.

Laws: slice k of a live recording is due at its start + k · slice, whatever became of the slices before: a late one neither moves the
next nor is made up for by hurrying. Lateness is measured from when a thing was due, never from when it was begun (else a slow service
would hide its own delay: coordinated omission). All times are exam ms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec


class Slice(msgspec.Struct, frozen=True):
    """The recording up to `end` (bytes) may be sent from `due_ms` on."""

    due_ms: int
    end: int


def recorded(from_ms: int, until_ms: int, kbps: int) -> int:
    """How many bytes a recorder of that many kbit/s has made in between."""
    return max(0, until_ms - from_ms) * kbps // 8


def slices(started_ms: int, ended_ms: int, slice_ms: int, kbps: int) -> tuple[Slice, ...]:
    """The slices of a live recording, the last one at its end. Slice k is due at start + k · slice_ms, k from 1."""
    dues = [*range(started_ms + slice_ms, ended_ms, slice_ms), ended_ms]
    return tuple(Slice(due, recorded(started_ms, due, kbps)) for due in dues)


class ExamClock:
    """Maps this machine's monotonic ms to exam ms, from what the replies' `Exam-Time` says.

    The reply that was quickest decides: the service stamped it somewhere between sending and receiving, so half of that is the error.
    """

    def __init__(self) -> None:
        self._offset: int | None = None
        self.error_ms = 0

    @property
    def known(self) -> bool:
        """A reply was heard."""
        return self._offset is not None

    def learn(self, sent: int, received: int, exam_ms: int) -> None:
        """A reply with that exam time, to a request sent and received at these moments of the machine's clock."""
        error = (received - sent + 1) // 2
        if self._offset is None or error < self.error_ms:
            self._offset = exam_ms - (sent + received) // 2
            self.error_ms = error

    def exam(self, machine_ms: int) -> int:
        """Exam time of a machine's moment."""
        return machine_ms + (self._offset or 0)

    def machine(self, exam_ms: int) -> int:
        """The machine's moment of an exam time."""
        return exam_ms - (self._offset or 0)


def percentile(values: Sequence[int], percent: int) -> int:
    """Of sorted values, by nearest rank: the smallest that so many percent do not exceed. 0 for none."""
    return values[max(0, math.ceil(len(values) * percent / 100) - 1)] if values else 0
