"""Where the lesson's parts stand, and that they are there: the middle of the window, its edges, a glance, and how old a live picture may be."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.core.events import PreviewSeen, Viewed
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, Alert, AlertCode, Page, Rect, Role, View
from harness.rules.facts import GLANCE_MS, read
from tests.rules.build import PLAN, Film
from tests.rules.cases import counted, unwatched
from tests.rules.scenarios import ideal

FILM = ideal("ordinary")
START = PLAN.preparation_ends + 250
WINDOW = Rect(0, 0, 1280, 720)


def seen_by(at_ms: int) -> Viewed:
    """What the laptop showed then."""
    event = FILM.timeline().view_at(Role.LAPTOP, at_ms)
    assert event is not None
    return read(Viewed, event)


def placed(rect: Rect, film: Film = FILM) -> Film:
    return counted(lambda each: replace(each, rect=rect))(film)


@pytest.mark.parametrize(
    ("rect", "verdict"),
    [
        (Rect(1120, 0, 160, 48), Kept),  # in the very corner
        (Rect(1120.4, -0.4, 160, 48), Kept),  # less than a pixel beyond
        (Rect(1121, 0, 160, 48), Broken),
        (Rect(1120, -1, 160, 48), Broken),
        (Rect(561, 10, 160, 48), Kept),  # its centre one pixel right of the middle
        (Rect(560, 10, 160, 48), Broken),
        (Rect(1000, 335, 160, 48), Kept),  # ... and one above it
        (Rect(1000, 336, 160, 48), Broken),
        (Rect(16, 16, 160, 48), Broken),  # at the upper left
        (Rect(1100, 800, 160, 48), Broken),  # one must scroll
        (Rect(1100, 16, 0, 0), Broken),  # of no size
    ],
)
def test_the_countdown_s_centre_is_right_and_above_the_middle_and_all_of_it_in_the_window(
    rect: Rect, verdict: type[object]
) -> None:
    assert isinstance(placed(rect).judged("ANS-7"), verdict)


@pytest.mark.parametrize(("lasts", "verdict"), [(GLANCE_MS - 1, Kept), (GLANCE_MS, Broken)])
def test_a_page_that_is_laid_out_for_less_than_a_glance_is_not_held_against_it(
    lasts: int, verdict: type[object]
) -> None:
    def astray(view: View) -> View:
        return replace(view, countdowns=tuple(replace(c, rect=Rect(0, 0, 10, 10)) for c in view.countdowns))

    since = START + 2_500
    there = seen_by(since)
    wrong = replace(there, view=astray(there.view))
    film = FILM.changed(
        Viewed, lambda event, _: None if since < event.at_ms < since + lasts else event, role=Role.LAPTOP
    )
    film = film.plus(since, wrong).plus(since + lasts, there)
    assert isinstance(film.judged("ANS-7"), verdict)


def test_a_countdown_that_comes_late_does_not_start_with_the_lesson() -> None:
    late = START + PLAN.limits.reaction + 1
    assert isinstance(FILM.views(lambda view: replace(view, countdowns=()), before=late).judged("ANS-7"), Broken)


def test_a_countdown_that_runs_before_the_lesson_does_not_start_with_it() -> None:
    running = seen_by(START + 2_000).view.countdowns
    film = FILM.views(lambda view: replace(view, countdowns=running), after=PLAN.preparation_ends, before=START)
    assert isinstance(film.judged("ANS-7"), Broken)


# -- ANS-9 ---------------------------------------------------------------------------------------------------------------


def previews(**fields: Any) -> Film:
    return FILM.changed(PreviewSeen, lambda event, data: replace(event, data=replace(data, **fields)))


@pytest.mark.parametrize(
    ("age", "verdict"), [(0, Kept), (PLAN.limits.preview, Kept), (PLAN.limits.preview + 1, Broken)]
)
def test_a_live_picture_is_at_most_so_old(age: int, verdict: type[object]) -> None:
    film = FILM.changed(PreviewSeen, lambda event, data: replace(event, data=replace(data, frame_ms=event.at_ms - age)))
    assert isinstance(film.judged("ANS-9"), verdict)


def test_a_picture_that_stands_still_is_not_live() -> None:
    assert isinstance(previews(frame_ms=START).judged("ANS-9"), Broken)


def test_a_mirrored_picture_is_as_good() -> None:
    assert isinstance(previews(mirrored=True).judged("ANS-9"), Kept)


def test_a_picture_of_the_screen_or_of_the_phone_is_no_camera_s_of_the_laptop() -> None:
    for device in (2, 4):
        assert isinstance(previews(device=device).judged("ANS-9"), Broken)


def test_a_picture_in_which_no_mark_can_be_read_proves_nothing() -> None:
    assert isinstance(previews(device=None, frame_ms=None).judged("ANS-9"), Unobserved)


def test_where_nobody_looked_at_the_picture_none_is_missed() -> None:
    assert isinstance(unwatched("preview")(FILM.without(PreviewSeen)).judged("ANS-9"), Unobserved)


@pytest.mark.parametrize("act", [Act.FINISH, Act.HELP])
def test_a_lesson_s_page_without_one_of_its_buttons_lacks_a_part(act: Act) -> None:
    def without(view: View) -> View:
        return replace(view, controls={key: each for key, each in view.controls.items() if key != act.value})

    assert isinstance(FILM.views(without, after=START).judged("ANS-9"), Broken)


def test_a_lesson_s_page_with_somebody_else_s_details_lacks_the_candidate_s() -> None:
    film = FILM.views(lambda view: replace(view, text=("个人信息", "另一人", "X-0002")))
    assert isinstance(film.judged("ANS-9"), Broken)


def test_a_lesson_s_page_with_the_name_alone_shows_who_it_is() -> None:
    film = FILM.views(lambda view: replace(view, text=("考生甲",)) if view.page == Page.LESSON else view)
    assert isinstance(film.judged("ANS-9"), Kept)


def test_what_a_question_covers_for_as_long_as_it_stands_is_not_missed() -> None:
    def asking(view: View) -> View:
        return replace(view, controls={}, alerts=(Alert(AlertCode.CONFIRM_FINISH, "。"),))

    film = FILM.views(asking, after=START + 2_500, before=START + 3_500)
    assert isinstance(film.judged("ANS-9"), Kept)
