"""Which stages an interview has, from when to when: pure, from the plan and what the candidate did.

Laws: preparation ends for everyone at the same time; the lesson begins when the candidate begins it, or when the plan ends the wait; in art the
skill test begins when the lesson's whole length is over. All times exam ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from harness.core.plan import Plan, Track
from harness.core.view import Stage


class Span(NamedTuple):
    """A stage by the plan."""

    stage: Stage
    from_ms: int
    to_ms: int


class Boundary(NamedTuple):
    """A stage began or ended."""

    stage: Stage
    what: Literal["started", "ended", "early-end"]
    at_ms: int


class Course:
    """One candidate's stages; `started`, `lesson_ended` and `finished` are what this candidate decided."""

    __slots__ = ("_art", "_spans", "_wait", "finished", "lesson_ended", "stages", "started")

    def __init__(self, plan: Plan, track: Track) -> None:
        self._spans = plan.spans
        self._art = track == "art"
        wait = plan.spans.lesson_start
        self._wait = None if wait is None else plan.spans.preparation + wait
        self.started: int | None = None
        self.lesson_ended: int | None = None  # art: 【结束考试】 in the lesson
        self.finished: int | None = None
        self.stages: list[Span] = self._stages()  # known so far, by the plan

    def start(self, now: int) -> None:
        """The candidate starts the lesson."""
        self.started = now
        self.stages = self._stages()

    @property
    def lesson_from(self) -> int | None:
        """When the lesson begins; None while that is the candidate's to say."""
        return self.started if self.started is not None else self._wait

    def _stages(self) -> list[Span]:
        spans = self._spans
        found = [Span(Stage.PREPARATION, 0, int(spans.preparation))]
        at = self.lesson_from
        if at is None:
            return found
        lengths = [(Stage.LESSON, spans.lesson)]
        if self._art:
            lengths += [(Stage.SKILL_TEST, spans.skill_test), (Stage.PRESENTATION, spans.presentation)]
        for stage, length in lengths:
            found.append(Span(stage, at, at + length))
            at += length
        return found

    @property
    def ends(self) -> int | None:
        """When the interview is over; None while that is open."""
        planned = self.stages[-1].to_ms if self.lesson_from is not None else None
        if self.finished is None or planned is None:
            return self.finished if planned is None else planned
        return min(planned, self.finished)

    def boundaries(self, now: int) -> Iterator[Boundary]:
        """Every beginning and end of a stage at or before `now`, in order."""
        finished = self.finished
        for span in self.stages:
            if span.from_ms > now or (finished is not None and span.from_ms >= finished):
                break
            yield Boundary(span.stage, "started", span.from_ms)
            early = self.lesson_ended if span.stage is Stage.LESSON else None
            if early is None and finished is not None and finished < span.to_ms:
                early = finished
            if early is not None:
                yield Boundary(span.stage, "early-end", early)
            elif span.to_ms <= now:
                yield Boundary(span.stage, "ended", span.to_ms)
        unstarted = self.lesson_from is None or (finished is not None and finished <= self.lesson_from)
        if finished is not None and finished >= self._spans.preparation and unstarted:
            yield Boundary(Stage.LESSON, "early-end", finished)  # ended on its page, before it was begun
