"""What is lost or left between entry and end, part by part: each fault alone breaks its requirement, and what can't be told breaks nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from harness.core.events import DeviceChanged, Disturbed, Event, Recorded, Reported, Viewed
from harness.core.footage import Gap, Heard, Seen
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import AlertCode, Role, Stream
from tests.rules.build import PLAN, Film
from tests.rules.cases import gap, silent
from tests.rules.scenarios import ideal

LOST_ALERTS = (AlertCode.DEVICE_LOST,)
LEFT = PLAN.preparation_ends + 2_500  # … and again 800 ms later
BACK = 400 + PLAN.limits.reaction + 300  # another camera was chosen
HEARD_AGAIN = 3_000 + 2 * (PLAN.limits.reaction + 300) + 300


def reports(what: str, edit: Callable[[Event, Reported], Event | None]) -> Callable[[Film], Film]:
    return lambda film: film.changed(Reported, edit, what=what)


def claimed(film: Film, number: int, at_ms: int) -> Film:
    """The report of the leaving with that number claims another time."""
    first = [event.seq for event in film.events if isinstance(event.data, Reported) and event.data.what == "focus-lost"]
    return film.changed(
        Reported,
        lambda event, data: (
            replace(event, data=replace(data, claimed_ms=at_ms)) if event.seq == first[number] else event
        ),
    )


def spans(film: Film, stream: Stream, after: int, before: int = 10**9) -> Film:
    """The recording lacks what was seen and heard in `[after, before)`."""

    def cut(each: Seen | Heard) -> list[Seen | Heard]:
        parts = [replace(each, to_ms=min(each.to_ms, after)), replace(each, from_ms=max(each.from_ms, before))]
        return [part for part in parts if part.from_ms < part.to_ms]

    def edit(event: Event, data: Recorded) -> Event:
        seen = tuple(part for each in data.footage.seen for part in cut(each))
        heard = tuple(part for each in data.footage.heard for part in cut(each))
        return replace(event, data=replace(data, footage=replace(data.footage, seen=seen, heard=heard)))

    return film.changed(Recorded, edit, stream=stream)


def deaf_from(at_ms: int) -> Callable[[Film], Film]:
    def edit(event: Event, data: Recorded) -> Event:
        heard = tuple(each for each in data.footage.heard if each.from_ms < at_ms)
        return replace(event, data=replace(data, footage=replace(data.footage, heard=heard)))

    return lambda film: film.changed(Recorded, edit, stream=Stream.CAMERA)


def prolonged(film: Film) -> Film:
    return film.prolonged(20_000)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda film: prolonged(film).without(Reported, what="focus-lost"),
        lambda film: claimed(film, 1, LEFT + 4_000),
        lambda film: prolonged(film).without(Reported, lambda data: data.claimed_ms > LEFT, what="focus-lost"),
        lambda film: prolonged(film).moved(Reported, PLAN.limits.catch_up + 800, what="focus-lost"),
    ],
    ids=["never", "as of another time", "the first time alone", "too late"],
)
def test_leaving_the_window_is_to_be_reported_each_time_with_its_own_time(spoiled: Callable[[Film], Film]) -> None:
    verdict = prolonged(spoiled(ideal("pulled"))).judged("ENTER-8")
    assert isinstance(verdict, Broken), verdict.reason
    assert verdict.margin is not None
    assert verdict.margin.value < 0


def test_a_report_of_what_happened_in_an_outage_may_come_after_it() -> None:
    out = PLAN.limits.catch_up + 3_000
    film = prolonged(ideal("pulled")).plus(LEFT - 500, Disturbed(kind="down", role=Role.LAPTOP), until_ms=LEFT + out)
    assert isinstance(film.moved(Reported, out + 200, what="focus-lost").judged("ENTER-8"), Kept)


def test_a_report_that_may_still_come_is_not_missed() -> None:
    film = ideal("pulled").without(Reported, what="focus-lost").until(LEFT + 1_000)
    assert isinstance(film.judged("ENTER-8"), Unobserved)


@pytest.mark.parametrize(
    "spoiled",
    [
        silent(AlertCode.NO_SCREEN),
        reports("capture-stopped", lambda event, data: None),
        reports("capture-stopped", lambda event, data: event if event.at_ms < 0 else None),
        lambda film: film.views(
            lambda view: replace(view, alerts=tuple(a for a in view.alerts if a.code is not AlertCode.NO_SCREEN)),
            before=0,
        ),
    ],
    ids=["untold", "unreported", "unreported midway", "untold at the entry"],
)
def test_a_screen_that_is_not_recorded_is_told_and_reported_at_the_entry_and_midway(
    spoiled: Callable[[Film], Film],
) -> None:
    film = prolonged(spoiled(ideal("pulled"))).without(Reported, what="device-lost")
    assert isinstance(film.judged("ENTER-10"), Broken)


@pytest.mark.parametrize(
    "spoiled",
    [
        silent(AlertCode.DEVICE_LOST),
        gap(Stream.SCREEN, 500, 2_600),
        lambda film: spans(film, Stream.CAMERA, BACK - 100),
        deaf_from(HEARD_AGAIN - 500),
        lambda film: spans(film, Stream.CAMERA, BACK - 100, BACK + PLAN.limits.recording_start + 300),
    ],
    ids=["untold", "the screen stops too", "never recorded again", "never heard again", "recorded again too late"],
)
def test_a_device_that_is_pulled_out_is_said_and_stops_nothing_else_and_is_taken_up_again(
    spoiled: Callable[[Film], Film],
) -> None:
    verdict = spoiled(ideal("pulled")).judged("DEV-7")
    assert isinstance(verdict, Broken), verdict.reason
    assert verdict.margin is not None
    assert verdict.margin.value < 0


def test_a_screen_that_was_pulled_out_itself_is_no_fault_of_a_pulled_camera() -> None:
    film = ideal("pulled").footage(Stream.SCREEN, gaps=(Gap(from_ms=3_000, to_ms=5_300),))
    assert isinstance(film.judged("DEV-7"), Kept)


def test_a_recording_that_is_not_all_there_shows_no_device_missing() -> None:
    film = spans(ideal("pulled"), Stream.CAMERA, BACK - 100)
    film = film.changed(Recorded, lambda event, data: replace(event, data=replace(data, intact=False)))
    assert isinstance(film.judged("DEV-7"), Unobserved)


def test_a_lost_device_is_told_of_with_every_moment_and_its_event() -> None:
    verdict = ideal("pulled").judged("DEV-7")
    assert isinstance(verdict, Kept)
    changes = [event.data.change for event in verdict.evidence if isinstance(event.data, DeviceChanged)]
    lost = changes.count("unplugged")
    assert lost >= 1
    assert verdict.reason.count("was gone at T+") == lost
    assert verdict.reason.count("and the page said so at T+") == lost
    assert verdict.reason.count("was there again at T+") == verdict.reason.count("and one is recorded from T+") == lost
    assert [event.at_ms for event in verdict.evidence] == sorted(event.at_ms for event in verdict.evidence)
    assert (
        sum(isinstance(event.data, Viewed) and event.data.view.says(*LOST_ALERTS) for event in verdict.evidence) == lost
    )
