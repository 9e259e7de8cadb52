"""The device check is held against what truly stood before the laptop, and an honest client of another make keeps it as well."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.core.events import Disturbed, Intent, ProcessChanged, Scene, Served, Viewed
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, Check, Page, Role, View
from harness.rules.apparatus import Kind, Stand, spoken, stands
from tests.rules.build import PLAN, Film
from tests.rules.scenarios import ideal

LIMITS = PLAN.limits
FILM = ideal("troubled")
OUT = next(event for event in FILM.events if isinstance(event.data, Disturbed))


def stand(kind: Kind, scene: str) -> Stand:
    """The longest time for which that scene was all there was; an empty scene: no device at all."""
    found = [each for each in stands(FILM.timeline(), FILM.script, kind) if each.scene == scene]
    return max((each for each in found if scene or not each.present), key=lambda each: each.lasted_ms)


def called(kind: Kind, state: str, from_ms: int, to_ms: int, reason: str = "因为") -> Film:
    """In that time the check called that kind so, from its first moment to its last."""

    def edit(view: View) -> View:
        check = Check(state=state, reason=reason)  # type: ignore[arg-type]  # the tests' words are the type's
        return replace(view, checks={**view.checks, kind: check}) if kind in view.checks else view

    film = FILM.views(edit, after=from_ms, before=to_ms)
    # What stood there before stands up to then, so the view at either end is noted anew.
    for at, edited in ((from_ms, True), (to_ms, False)):
        standing = FILM.timeline().view_at(Role.LAPTOP, at)
        assert standing is not None
        assert isinstance(standing.data, Viewed)
        view = standing.data.view
        film = film.plus(at, Viewed(role=Role.LAPTOP, view=edit(view) if edited else view), source="laptop")
    return film


# -- PREP-6 ------------------------------------------------------------------------------------------------------------

BROKEN = (("camera", "black"), ("camera", "frozen"), ("microphone", "silent"))
SOUND = (("camera", "lights-out"), ("microphone", "room"))


@pytest.mark.parametrize(("kind", "scene"), BROKEN)
def test_what_gives_nothing_may_be_called_working_until_it_had_to_be_noticed(kind: Kind, scene: str) -> None:
    span = stand(kind, scene)
    due = span.from_ms + LIMITS.device_check + LIMITS.reaction
    assert isinstance(called(kind, "working", span.from_ms, due).judged("PREP-6"), Kept)
    late = called(kind, "working", span.from_ms, due + 2).judged("PREP-6")
    assert isinstance(late, Broken)
    assert scene in late.reason


@pytest.mark.parametrize(("kind", "scene"), SOUND)
def test_what_works_must_not_be_called_broken_beyond_the_reaction(kind: Kind, scene: str) -> None:
    span = stand(kind, scene)
    due = span.from_ms + LIMITS.reaction
    assert isinstance(called(kind, "failed", span.from_ms, due).judged("PREP-6"), Kept)
    late = called(kind, "failed", due + 500, due + 600).judged("PREP-6")
    assert isinstance(late, Broken)
    assert scene in late.reason


@pytest.mark.parametrize(("kind", "scene"), [*BROKEN, *SOUND])
def test_a_check_that_never_ends_says_nothing_false(kind: Kind, scene: str) -> None:
    span = stand(kind, scene)
    verdict = called(kind, "checking", span.from_ms, span.to_ms).judged("PREP-6")
    assert isinstance(verdict, Kept if (kind, scene) in BROKEN else Unobserved)


def test_a_client_that_calls_nothing_working_keeps_nothing() -> None:
    film = FILM.views(lambda view: replace(view, checks={name: Check("failed", "坏了") for name in view.checks}))
    assert not isinstance(film.judged("PREP-6"), Kept)
    silent = FILM.views(lambda view: replace(view, checks={}))
    assert isinstance(silent.judged("PREP-6"), Unobserved)


def test_a_client_that_has_gone_on_checks_nothing() -> None:
    assert isinstance(FILM.prolonged(30_000).judged("PREP-6"), Kept)


def test_silence_counts_only_while_somebody_speaks() -> None:
    assert isinstance(FILM.without(Scene, device="microphone-1").judged("PREP-6"), Unobserved)
    assert len(spoken(FILM.timeline(), stand("microphone", "silent"))) == 2


# -- PREP-2, PREP-3 ----------------------------------------------------------------------------------------------------


def going_on(kind: Kind, *, saying: bool) -> Film:
    """The press of 【下一步】 without that device is taken, and the login's page comes; it says what is missing, or nothing."""
    span = stand(kind, "")
    pressed = next(
        event.at_ms for event in FILM.events if isinstance(event.data, Intent) and event.at_ms > span.from_ms
    )
    standing = FILM.timeline().view_at(Role.LAPTOP, pressed)
    assert standing is not None
    assert isinstance(standing.data, Viewed)
    login = replace(standing.data.view, page=Page.LOGIN, checks={})
    login = login if saying else replace(login, alerts=())
    film = FILM.plus(pressed + 1, Viewed(role=Role.LAPTOP, view=login), source="laptop")
    return film.views(lambda view: login, after=pressed + 1, before=span.to_ms + 300)


@pytest.mark.parametrize(("kind", "requirement"), [("camera", "PREP-2"), ("microphone", "PREP-3")])
def test_going_on_with_a_warning_is_not_as_if_all_were_well_and_going_on_silently_is(
    kind: Kind, requirement: str
) -> None:
    assert isinstance(going_on(kind, saying=True).judged(requirement), Kept)
    verdict = going_on(kind, saying=False).judged(requirement)
    assert isinstance(verdict, Broken)
    assert "login" in verdict.reason


@pytest.mark.parametrize(("kind", "requirement"), [("camera", "PREP-2"), ("microphone", "PREP-3")])
def test_a_missing_device_that_is_called_working_is_broken_whatever_else_is_said(kind: Kind, requirement: str) -> None:
    span = stand(kind, "")
    film = called(kind, "working", span.from_ms, span.to_ms)
    assert isinstance(film.judged(requirement), Broken)


def test_a_reason_in_the_check_s_line_is_enough() -> None:
    film = FILM.views(lambda view: replace(view, alerts=()))
    assert isinstance(film.judged("PREP-2"), Kept)
    assert isinstance(film.judged("PREP-3"), Kept)


# -- PREP-5 ------------------------------------------------------------------------------------------------------------


def test_recovering_just_in_time_is_kept_and_later_is_broken() -> None:
    due = OUT.end_ms + LIMITS.catch_up
    for late, verdict in ((0, Kept), (1, Broken)):
        film = FILM.changed(
            Served,
            lambda event, _, late=late: (  # type: ignore[misc]  # mypy takes a default of a lambda for another argument
                replace(event, at_ms=due + late) if OUT.end_ms <= event.at_ms < due else event
            ),
        )
        assert isinstance(film.judged("PREP-5"), verdict), late


def test_what_the_candidate_presses_meanwhile_leaves_open_what_would_have_happened_by_itself() -> None:
    film = FILM.without(Served).plus(OUT.end_ms + 100, Intent(role=Role.LAPTOP, act=Act.PROCEED), source="candidate")
    assert isinstance(film.judged("PREP-5"), Unobserved)
    assert isinstance(FILM.without(Served).judged("PREP-5"), Broken)


def test_an_outage_that_begins_after_the_start_is_another_requirement_s() -> None:
    film = FILM.changed(
        ProcessChanged, lambda event, _: replace(event, at_ms=event.at_ms - 1), role=Role.LAPTOP, change="started"
    )
    assert isinstance(film.judged("PREP-5"), Unobserved)
