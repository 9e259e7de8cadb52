"""NET-5 where nothing fails: a slow PATCH that moves is waited for, one that is given up although it moves is not."""

from __future__ import annotations

import pytest

from harness.core.events import Arrived, Data, Event, Offered, PatchBegan, Served, Watched
from harness.core.script import Disturb
from harness.core.timeline import Timeline
from harness.core.verdict import Broken, Kept, Unobserved, Verdict
from harness.core.view import Role, Stream
from harness.rules.catalogue import rule_of
from harness.session.interview import careful
from tests.rules.build import PLAN

SCRIPT = careful(PLAN).at(900, Disturb(kind="bandwidth", role=Role.LAPTOP, for_ms=5_000, value=4_000)).script()
STALL = PLAN.limits.stall


def upload(*pieces: int, then: int, reply_to: str = "patch", answered: bool = True) -> Verdict:
    """One PATCH at T+1s whose bytes arrive so long after its beginning, and what comes `then`."""
    began = PatchBegan(upload="u", stream=Stream.SCREEN, segment=0, offset=0, accepted=True)
    events: list[tuple[int, Data]] = [(1_000, began)]
    for number, at in enumerate(pieces):
        arrived = Arrived(
            upload="u", stream=Stream.SCREEN, segment=0, offset=100 * number, length=100, started_ms=1_000
        )
        events.append((1_000 + at, arrived))
    if answered:
        offered = Offered(
            upload="u",
            stream=Stream.SCREEN,
            segment=0,
            offset=100 * len(pieces),
            reply_to="head" if reply_to == "head" else "patch",
        )
        events.append((1_000 + then, offered))
    timeline = Timeline(
        [
            *(Event(number, at, "service", data) for number, (at, data) in enumerate(events)),
            Event(99, -13_000, "harness", Watched(what="service"), until_ms=30_000),
        ]
    )
    assert not timeline.of(Served)
    return rule_of("NET-5").judge(timeline, SCRIPT)


SLOWLY = range(250, STALL + 1_000, 250)


def test_a_patch_that_took_longer_than_a_stall_and_was_answered_was_waited_for() -> None:
    verdict = upload(*SLOWLY, then=STALL + 900)
    assert isinstance(verdict, Kept)
    assert "was waited for" in verdict.reason


@pytest.mark.parametrize("lasts", [STALL * 3 // 4, STALL, STALL * 2])
def test_a_patch_that_is_given_up_while_its_bytes_keep_arriving_breaks_it(lasts: int) -> None:
    verdict = upload(*range(250, lasts + 1, 250), then=lasts + 260, reply_to="head")
    assert isinstance(verdict, Broken)
    assert "kept arriving" in verdict.reason


def test_a_patch_on_which_nothing_moved_for_a_stall_is_rightly_given_up() -> None:
    assert isinstance(upload(250, 500, 750, 1_250, then=1_250 + STALL, reply_to="head"), Unobserved)


def test_a_quick_patch_says_nothing_of_patience() -> None:
    assert isinstance(upload(20, 40, then=60), Unobserved)
    assert isinstance(upload(20, 40, then=60, reply_to="head"), Unobserved)


def test_a_patch_that_was_still_on_its_way_when_the_run_ended_says_nothing() -> None:
    assert isinstance(upload(*SLOWLY, then=0, answered=False), Unobserved)
