"""The face picture is judged by what its marks and pixels show, in each of its respects, and by nothing that the client says."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.core.events import DeviceChanged, Intent
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, Page, Role, View
from tests.rules.build import PLAN, Film
from tests.rules.cases import pictured
from tests.rules.scenarios import ideal

PRESS = next(
    event.at_ms for event in ideal("ordinary").events if isinstance(event.data, Intent) and event.data.act == Act.LOGIN
)


def judged(**fields: Any) -> object:
    return pictured(**fields)(ideal("ordinary")).judged("LOGIN-3")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"taken_ms": PRESS - PLAN.limits.still_age - 1}, "before the press"),
        ({"device": 1}, "camera-2"),
        ({"device": 2}, "phone-front"),
        ({"face_change": 4.2, "twin_change": 1.8}, "filter"),
    ],
)
def test_an_old_a_foreign_and_a_filtered_picture_are_each_broken(fields: dict[str, Any], said: str) -> None:
    verdict = judged(**fields)
    assert isinstance(verdict, Broken)
    assert said in verdict.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"taken_ms": PRESS - PLAN.limits.still_age},
        {"taken_ms": PRESS + 400},
        {"mirrored": True},
        {"captured_ms": -90_000},
        {"face_change": 8.1, "twin_change": 7.0},
        {"face_change": 1.2, "twin_change": 0.4},
    ],
)
def test_what_is_just_recent_enough_mirrored_or_poorly_encoded_is_kept(fields: dict[str, Any]) -> None:
    assert isinstance(judged(**fields), Kept)


@pytest.mark.parametrize("fields", [{"device": None, "taken_ms": None}, {"face_change": None, "twin_change": None}])
def test_a_picture_that_nobody_can_read_proves_nothing(fields: dict[str, Any]) -> None:
    assert isinstance(judged(**fields), Unobserved)


def shows_no_camera_at_the_login(film: Film) -> Film:
    def edit(view: View) -> View:
        return replace(view, devices=()) if view.page == Page.LOGIN else view

    return film.views(edit)


def test_where_the_login_shows_no_camera_the_one_shown_next_stands_for_it() -> None:
    film = shows_no_camera_at_the_login(ideal("ordinary"))
    assert isinstance(film.judged("LOGIN-3"), Kept)
    assert isinstance(pictured(device=1)(film).judged("LOGIN-3"), Broken)


def test_a_camera_that_may_have_been_exchanged_meanwhile_proves_nothing() -> None:
    film = shows_no_camera_at_the_login(ideal("ordinary"))
    pulled = film.plus(PRESS + 100, DeviceChanged(device="camera-2", change="unplugged", role=Role.LAPTOP))
    assert isinstance(pictured(device=1)(pulled).judged("LOGIN-3"), Unobserved)
