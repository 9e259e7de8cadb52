"""What a client keeps of the question: found before T0, found late enough after the end, and who has not looked says nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.core.events import Searched
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import QuestionShown, Role
from tests.rules.build import PLAN, Film
from tests.rules.cases import END, QUESTION
from tests.rules.scenarios import ideal

FILM = ideal("ordinary")
HAD = Searched(role=Role.LAPTOP, found=("localStorage draft",))
NONE = Searched(role=Role.LAPTOP)


def looked(*looks: tuple[int, int, Searched]) -> Film:
    """These looks and no others."""
    film = FILM.without(Searched)
    for at, until, data in looks:
        film = film.plus(at, data, until_ms=until, source="laptop")
    return film


@pytest.mark.parametrize(
    ("film", "verdict"),
    [
        (looked((-5_000, -4_900, NONE)), Kept),
        (looked((-5_000, -4_900, NONE), (3_000, 3_100, HAD)), Kept),  # then it is shown
        (looked((-5_000, -4_900, HAD), (-900, -800, NONE)), Broken),
        (looked((-50, 40, HAD), (-900, -800, NONE)), Kept),  # that look ended after T0
        (looked((-50, 40, NONE)), Unobserved),
        (looked((-14_000, -13_900, NONE)), Unobserved),  # too long before
        (looked(), Unobserved),
    ],
)
def test_before_t0_the_question_is_kept_nowhere(film: Film, verdict: type[object]) -> None:
    assert isinstance(film.judged("ANS-2"), verdict)


LATE = END + PLAN.limits.reaction + 500


@pytest.mark.parametrize(
    ("film", "verdict"),
    [
        (looked((LATE, LATE, NONE)), Kept),
        (looked((END - 100, END, HAD), (END + 500, END + 500, NONE)), Kept),
        (looked((END + 500, END + 600, HAD), (LATE, LATE, NONE)), Kept),  # it was being deleted
        (looked((END + 500, END + 600, HAD)), Unobserved),
        (looked((LATE, LATE, HAD)), Broken),
        (looked((LATE, LATE, HAD), (LATE + 100, LATE + 100, NONE)), Broken),
        (looked((END - 100, END - 100, NONE)), Unobserved),
        (looked(), Unobserved),
    ],
)
def test_after_the_end_the_question_is_kept_nowhere(film: Film, verdict: type[object]) -> None:
    assert isinstance(film.judged("PRIV-1"), verdict)


def test_a_question_that_stays_on_the_page_is_broken_by_as_long_as_it_stays() -> None:
    film = FILM.views(lambda view: replace(view, question=QuestionShown(present=True, text=QUESTION)), after=END)
    verdict = film.judged("PRIV-1")
    assert isinstance(verdict, Broken)
    assert verdict.margin is not None
    assert verdict.margin.value < -1_000
