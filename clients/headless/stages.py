"""Which stage of the interview runs at which exam time: pure, from the plan that the service gave and what the candidate did.

Laws: the end of preparation is the same for everyone, however late they entered; the lesson begins when the candidate begins it; in art
the skill test begins when the lesson's whole length is over, even where the lesson was ended early. All times exam ms.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from harness.protocol.exam_api import ExamInfo
from harness.protocol.vocabulary import Page, Stage

LAST: dict[str, Stage] = {"ordinary": Stage.LESSON, "art": Stage.PRESENTATION}


class Course(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the candidate decided so far: kept by the client, survives it."""

    lesson_started: int | None = None
    lesson_ended: int | None = None  # art: 【结束考试】 in the lesson
    finished: int | None = None  # 【结束考试】 that ended the interview


class Boundary(NamedTuple):
    """A stage begins or ends."""

    stage: Stage
    kind: Literal["started", "ended", "early-end"]
    at: int

    @property
    def name(self) -> str:
        """What it is known by in the list of those already reported."""
        return f"{self.stage}:{'started' if self.kind == 'started' else 'ended'}"


class Schedule:
    """The stages of one candidate's interview. Subclass it to build a client that keeps time wrongly."""

    def __init__(self, exam: ExamInfo) -> None:
        self.art = exam.track == "art"
        self.spans = exam.spans

    def preparation_ends(self) -> int:
        """The end of preparation, for everyone."""
        return self.spans["preparation"]

    def lesson_started(self, course: Course) -> int | None:
        """When the lesson began or, where the plan ends the wait for the candidate, will begin."""
        if course.lesson_started is not None:
            return course.lesson_started
        limit = self.spans.get("lesson_start")
        return None if not limit else self.preparation_ends() + limit

    def lesson_ends(self, start: int) -> int:
        """The end of a lesson that began at `start`."""
        return start + self.spans["lesson"]

    def skill_test_ends(self, lesson_start: int) -> int:
        """The end of the skill test: it begins when the lesson's whole length is over."""
        return self.lesson_ends(lesson_start) + self.spans["skill_test"]

    def presentation_ends(self, lesson_start: int) -> int:
        """The end of the presentation, if 【结束考试】 does not end it before."""
        return self.skill_test_ends(lesson_start) + self.spans["presentation"]

    def spans_of(self, course: Course) -> list[tuple[Stage, int, int]]:
        """The stages known so far, each with its start and its end by the plan."""
        spans = [(Stage.PREPARATION, 0, self.preparation_ends())]
        start = self.lesson_started(course)
        if start is not None:
            spans.append((Stage.LESSON, start, self.lesson_ends(start)))
            if self.art:
                spans.append((Stage.SKILL_TEST, self.lesson_ends(start), self.skill_test_ends(start)))
                spans.append((Stage.PRESENTATION, self.skill_test_ends(start), self.presentation_ends(start)))
        return spans

    def end(self, course: Course) -> int | None:
        """When the interview is over; None while that is open."""
        start = self.lesson_started(course)
        planned = None if start is None else self.presentation_ends(start) if self.art else self.lesson_ends(start)
        if course.finished is None:
            return planned
        return course.finished if planned is None else min(planned, course.finished)

    def page_at(self, exam: int, course: Course) -> Page:
        """The page that the interview shows at that time, once the candidate has left the device page."""
        end = self.end(course)
        if end is not None and exam >= end:
            return Page.UPLOAD
        if exam < 0:
            return Page.WAITING
        for stage, start, until in reversed(self.spans_of(course)):
            if exam >= start:
                over = stage is Stage.PREPARATION and exam >= until
                return Page.LESSON if over else Page(stage.value)
        return Page.PREPARATION

    def boundaries(self, exam: int, course: Course) -> list[Boundary]:
        """Every beginning and end of a stage at or before `exam`, in order, with its exam time."""
        end = self.end(course)
        found: list[Boundary] = []
        for stage, start, until in self.spans_of(course):
            if start > exam or (end is not None and start > end):
                break
            found.append(Boundary(stage, "started", start))
            early = course.lesson_ended if stage is Stage.LESSON else None
            if course.finished is not None and course.finished < until:
                early = course.finished if early is None else min(early, course.finished)
            if early is not None and early <= exam:
                found.append(Boundary(stage, "early-end", early))
            elif until <= exam:
                found.append(Boundary(stage, "ended", until))
        # On the lesson's page, which was not begun.
        waiting = bool(found) and (found[-1].stage, found[-1].kind) == (Stage.PREPARATION, "ended")
        if course.finished is not None and waiting and course.finished <= exam:
            found.append(Boundary(Stage.LESSON, "early-end", course.finished))
        return found
