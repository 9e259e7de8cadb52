"""A client that does nothing keeps nothing: every negative counts only with its positive observed."""

from __future__ import annotations

import itertools

import pytest

from harness.core.events import (
    DeskActed,
    DeviceChanged,
    Disturbed,
    Event,
    Intent,
    InView,
    ProcessChanged,
    Scene,
    Viewed,
    Watched,
)
from harness.core.timeline import Timeline
from harness.core.verdict import Kept
from harness.core.view import (
    ROLES,
    Act,
    Alert,
    AlertCode,
    AttachmentShown,
    BindingShown,
    Check,
    ControlState,
    Countdown,
    DeviceShown,
    Page,
    QuestionShown,
    View,
)
from harness.rules.catalogue import RULES
from tests.rules.build import PLAN, Film
from tests.rules.scenarios import SCENARIOS, ideal


def bare(page: Page) -> View:
    return View(page=page)


def loud(page: Page) -> View:
    """A page that shows everything at once, and always."""
    contact = f"{PLAN.contact.phone} {PLAN.contact.hours} 人脸照片 8:30"
    return View(
        page=page,
        controls={act.value: ControlState(enabled=True) for act in Act},
        countdowns=tuple(
            Countdown(stage=stage, remaining_ms=4_000)
            for stage in ("waiting", "preparation", "lesson", "skill_test", "presentation")
        ),
        alerts=tuple(Alert(code, contact) for code in AlertCode),
        checks={"camera": Check("working"), "microphone": Check("working"), "recording": Check("working")},
        devices=tuple(
            DeviceShown(id=f"{kind}-{number}", kind=kind, label="?", chosen=True)
            for kind in ("camera", "microphone")
            for number in (1, 2)
        ),
        attachments=tuple(AttachmentShown(a.id, a.title, True, True, a.text) for a in PLAN.attachments),
        binding=BindingShown(code="112648", qr_png="x", bound=True),
        question=QuestionShown(present=True, text=PLAN.tracks["ordinary"].question),
        recording=True,
        network="offline",
    )


def doing_nothing(film: Film, view: View) -> Timeline:
    """The same candidate before a client that answers politely: every act done, one view for ever, nothing at the service."""
    staying = Intent | Watched | Disturbed | DeskActed | DeviceChanged | ProcessChanged | Scene | InView

    def stays(event: Event) -> bool:
        data = event.data
        if isinstance(data, DeviceChanged):
            return data.change in ("plugged", "unplugged")
        return isinstance(data, staying)

    events = [event for event in film.events if stays(event)]
    start = film.script.begins
    shown = [Event(-2 + n, start, "laptop", Viewed(role=role, view=view)) for n, role in enumerate(ROLES)]
    return Timeline([*shown, *events])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_client_that_answers_politely_and_does_nothing_keeps_nothing(scenario: str) -> None:
    film = ideal(scenario)
    for page, make in itertools.product(Page, (bare, loud)):
        timeline = doing_nothing(film, make(page))
        kept = [rule.requirement for rule in RULES if isinstance(rule.judge(timeline, film.script), Kept)]
        assert not kept, f"{kept} with {make.__name__} {page}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_empty_timeline_keeps_nothing_and_breaks_nothing(scenario: str) -> None:
    film = ideal(scenario)
    names = {type(rule.judge(Timeline([]), film.script)).__name__ for rule in RULES}
    assert names == {"Unobserved"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_broken_off_at_any_moment_breaks_no_rule(scenario: str) -> None:
    film = ideal(scenario)
    for at_ms in range(film.script.begins, film.script.ends, 1_370):
        short = film.until(at_ms)
        for rule in RULES:
            verdict = rule.judge(short.timeline(), short.script)
            assert type(verdict).__name__ != "Broken", f"{rule.requirement} at {at_ms}: {verdict.reason}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_where_nobody_watched_nothing_that_was_missing_is_held_against_the_client(scenario: str) -> None:
    film = ideal(scenario)
    blind = film.unwatched().changed(Viewed, lambda event, _: event if event.at_ms < film.script.begins + 200 else None)
    for rule in RULES:
        verdict = rule.judge(blind.timeline(), blind.script)
        assert type(verdict).__name__ != "Broken", f"{rule.requirement}: {verdict.reason}"
