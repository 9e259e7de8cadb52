"""Clients that lie: one shows what it should and sends the service nothing, one serves the service well and shows nothing.

What a requirement is seen through says what such a client can't keep: where the service or what was uploaded is named, its word alone is not
enough, and where only the page is named, what was uploaded is not.
"""

from __future__ import annotations

import pytest

from harness.core.events import (
    Arrived,
    Data,
    FacePicture,
    Finished,
    Offered,
    PatchBegan,
    Recorded,
    Reported,
    Served,
    Viewed,
)
from harness.core.verdict import Kept
from harness.rules.requirement import Seen, requirement
from tests.rules.build import Film
from tests.rules.cases import CASES, Case
from tests.rules.scenarios import ideal

AT_THE_SERVICE: tuple[type[Data], ...] = (
    Served,
    Reported,
    Offered,
    Arrived,
    PatchBegan,
    Finished,
    Recorded,
    FacePicture,
)
PAGES: frozenset[Seen] = frozenset({"view", "phone", "clipboard"})


def without(film: Film, *kinds: type[Data]) -> Film:
    return film.edited(lambda event: None if isinstance(event.data, kinds) else event)


by_id = pytest.mark.parametrize("case", CASES, ids=[case.requirement for case in CASES])


@by_id
def test_who_shows_everything_and_sends_nothing_keeps_only_what_is_seen_on_the_page_alone(case: Case) -> None:
    seen = set(requirement(case.requirement).seen)
    kept = isinstance(without(ideal(case.scenario), *AT_THE_SERVICE).judged(case.requirement), Kept)
    assert not (kept and seen & {"service", "upload"})


@by_id
def test_who_serves_the_service_and_shows_nothing_keeps_nothing_that_is_seen_on_the_page(case: Case) -> None:
    seen = set(requirement(case.requirement).seen)
    kept = isinstance(without(ideal(case.scenario), Viewed).judged(case.requirement), Kept)
    assert not (kept and seen <= PAGES)
