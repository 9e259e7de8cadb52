"""What a trouble on the way excuses where the model and a client are compared, and what nothing excuses: on timelines made from the model's."""

from __future__ import annotations

from typing import Final

import pytest

from harness.core.events import Event, Operation, Served, Viewed
from harness.core.script import Disturb, Script, Step
from harness.core.timeline import Timeline
from harness.core.view import Page, Role
from harness.fuzz.comparison import differences
from harness.simulation.model import expected
from tests.fuzz.found import script

LOGIN_AT: Final = 300  # exam ms: the way's third press, from a start at -2,000 on
BREAKS: Final = Step(action=Disturb(kind="limit_data", role=Role.LAPTOP, for_ms=200, value=1), at=200)


def interview(*, broken: bool, closes: int) -> Script:
    """A candidate who logs in, over connections that break or don't."""
    return script(Page.BIND, *((BREAKS,),) * broken, begins=-2_000, closes=closes, preparation=max(4_000, closes))


def refusal(problem: str, at_ms: int) -> Event:
    data = Served(operation=Operation.LOGIN, role=Role.LAPTOP, status=422, problem=problem)
    return Event(seq=10**6, at_ms=at_ms, source="service", data=data)


def topics(which: Script, *more: Event, until: int | None = None) -> set[str]:
    """What differs between the model's interview and the same with these events as well, or from `until` on with them and views alone."""
    model = expected(which)
    seen = [event for event in model if until is None or event.at_ms < until]
    if until is not None:
        last = next(
            event for event in reversed(seen) if isinstance(event.data, Viewed) and event.data.role is Role.LAPTOP
        )
        seen.append(Event(seq=10**6 + 1, at_ms=model.events[-1].at_ms, source="laptop", data=last.data))
    return {each.topic for each in differences(which, model, Timeline([*seen, *more]))}


@pytest.mark.parametrize("broken", [True, False])
def test_a_picture_that_was_held_up_may_be_too_old(*, broken: bool) -> None:
    found = topics(interview(broken=broken, closes=20_000), refusal("still-stale", LOGIN_AT + 50))
    assert ("refused login" in found) is not broken


@pytest.mark.parametrize("broken", [True, False])
def test_no_trouble_excuses_a_refusal_for_another_reason(*, broken: bool) -> None:
    found = topics(interview(broken=broken, closes=20_000), refusal("no-consent", LOGIN_AT + 50))
    assert "refused login" in found


@pytest.mark.parametrize("broken", [True, False])
def test_a_login_that_was_held_up_may_come_after_the_end_of_entry(*, broken: bool) -> None:
    found = topics(interview(broken=broken, closes=600), refusal("too-late", 936), until=LOGIN_AT)
    assert ("granted login" in found) is not broken
