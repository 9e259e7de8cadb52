"""The exam day of every candidate: what each of them does when. Arrivals are `load.shapes`'; the steps between them are filled in here. Pure.

Laws: the same plan, number and seed give the same day; each step of a candidate comes after the one before, and so early in its window that
a service which keeps its limits can still serve it. All times are exam ms.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import numpy as np

from harness.core.errors import VivaError
from harness.core.plan import Plan, Track
from harness.core.view import Stage
from load.shapes import day

# Before login opens the pages are opened and consent is given: two requests each, which a service on one core answers some hundred of a second.
LEAD_MS: Final = 2_500
LEAD_PER_CANDIDATE_MS: Final = 20
OPENING: Final = (0.2, 0.8)  # of that lead; the first fifth is left to whoever starts the users
# Clients ask for the question at T0 by clocks set over the network: they differ by so much.
CLOCK_SPREAD_MS: Final = 100


class Boundary(msgspec.Struct, frozen=True):
    """A change of stage that the client reports."""

    at_ms: int
    stage: Stage
    kind: Literal["started", "ended", "early-end"]


class Timetable(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate's day."""

    number: int
    track: Track
    opens: int  # the page is opened, consent given
    login: int
    bind: int  # evidence is recorded from here
    read: int
    entry: int  # camera and screen are recorded from here
    question: int
    boundaries: tuple[Boundary, ...]
    ends: int  # camera and screen stop
    stops_phone: int


def lead_ms(candidates: int) -> int:
    """How long before login opens the day begins."""
    return LEAD_MS + candidates * LEAD_PER_CANDIDATE_MS


def timetables(plan: Plan, candidates: int, art_share: float, seed: int) -> tuple[Timetable, ...]:
    """So many candidates. Raises `VivaError` on what can't be."""
    if candidates < 1:
        raise VivaError(f"--candidates is {candidates}; rehearse with at least one")
    draw = np.random.default_rng(seed)
    drawn = day(plan, candidates, draw, art_share=art_share)
    opening = plan.windows.login_opens - lead_ms(candidates) * draw.uniform(*OPENING, candidates)
    question = draw.integers(1, CLOCK_SPREAD_MS, candidates, endpoint=True)
    windows = plan.windows
    last_entry = max(int(windows.entry_opens), windows.entry_closes - plan.limits.reaction)
    found = []
    for number in range(candidates):
        login, bind = int(drawn.login[number]), int(drawn.bind[number])
        entry = max(bind + 1, min(int(drawn.enter[number]), last_entry))
        track: Track = "art" if drawn.art[number] else "ordinary"
        ends = int(drawn.end[number])
        found.append(
            Timetable(
                number=number,
                track=track,
                opens=int(opening[number]),
                login=login,
                bind=bind,
                read=(bind + entry) // 2,
                entry=entry,
                question=max(0, entry) + int(question[number]),
                boundaries=_boundaries(plan, track, entry, int(drawn.start[number]), ends),
                ends=ends,
                stops_phone=int(drawn.stop[number]),
            )
        )
    return tuple(found)


def _boundaries(plan: Plan, track: Track, entry: int, starts: int, ends: int) -> tuple[Boundary, ...]:
    lesson_over = starts + plan.spans.lesson
    skill_over = lesson_over + plan.spans.skill_test
    found = [
        Boundary(max(0, entry), Stage.PREPARATION, "started"),
        Boundary(int(plan.preparation_ends), Stage.PREPARATION, "ended"),
        Boundary(starts, Stage.LESSON, "started"),
    ]
    if track == "ordinary":
        return (*found, Boundary(ends, Stage.LESSON, "ended" if ends >= lesson_over else "early-end"))
    return (
        *found,
        Boundary(lesson_over, Stage.LESSON, "ended"),
        Boundary(lesson_over, Stage.SKILL_TEST, "started"),
        Boundary(skill_over, Stage.SKILL_TEST, "ended"),
        Boundary(skill_over, Stage.PRESENTATION, "started"),
        Boundary(ends, Stage.PRESENTATION, "early-end" if ends < skill_over + plan.spans.presentation else "ended"),
    )
