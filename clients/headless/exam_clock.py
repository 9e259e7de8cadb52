"""Exam time as a client knows it: from the `exam-time` header of replies, by halving the round trip.

Laws: the computer's own clock never matters, only differences of it; of all samples the one with the least uncertainty counts, and an
old one loses trust as clocks drift apart; a sample that contradicts what is known wins, because the service's clock is the exam's.
`now` is the client's own clock, ms. Used by every part of the client that waits for a moment of the exam.
"""

from __future__ import annotations

from typing import Final, NamedTuple

# Quartz clocks differ by less than 100 ppm; a sample that is an hour old may be off by 360 ms more than when it was taken.
DRIFT_PPM: Final = 100


class Sample(NamedTuple):
    """Exam time minus own time, the uncertainty of it, and when it was taken; ms."""

    offset: int
    error: int
    at: int


class ExamClock:
    """What time it is in the exam; None until a reply has said so."""

    def __init__(self) -> None:
        self._best: Sample | None = None

    @property
    def known(self) -> bool:
        """A reply has told the exam's time."""
        return self._best is not None

    def heard(self, exam_ms: int, sent: int, received: int) -> None:
        """A reply that was asked for at `sent` and came at `received` says `exam_ms`."""
        # The service's time was taken somewhere between the two; its whole milliseconds add half of one.
        sample = Sample(exam_ms - (sent + received) // 2, (received - sent + 1) // 2, received)
        best = self._best
        if best is None or sample.error <= self._error(best, received) or self._contradicts(sample, best):
            self._best = sample

    def exam(self, now: int) -> int:
        """The exam time at `now`, ms relative to T0. Raises `LookupError` before the first reply."""
        return now + self._sample().offset

    def surely(self, now: int) -> int:
        """The exam time that has been reached at `now` whatever the uncertainty: for doors that open."""
        best = self._sample()
        return now + best.offset - self._error(best, now)

    def when(self, exam_ms: int) -> int:
        """The own time at which that exam time is reached."""
        return exam_ms - self._sample().offset

    def error(self, now: int) -> int:
        """How far off `exam` may be, ms."""
        return self._error(self._sample(), now)

    def _sample(self) -> Sample:
        if self._best is None:
            raise LookupError("no reply has told the exam's time yet")
        return self._best

    @staticmethod
    def _error(sample: Sample, now: int) -> int:
        return sample.error + (now - sample.at) * DRIFT_PPM // 1_000_000

    def _contradicts(self, sample: Sample, best: Sample) -> bool:
        return abs(sample.offset - best.offset) > sample.error + self._error(best, sample.at) + 1
