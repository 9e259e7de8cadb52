"""A page's clock is mapped to ours within bounds that hold whatever the load."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from harness.drivers.web.pageclock import PageClock

OFFSET = 5_000.0
DELAYS = st.floats(0, 400)


def test_nothing_is_known_before_the_first_probe_but_that_what_is_heard_has_happened() -> None:
    clock = PageClock()
    clock.heard(100, 5_130)
    assert math.isinf(clock.error_ms)
    assert clock.at(100, 5_130) == 5_130


def test_a_probe_bounds_the_offset_by_its_own_length() -> None:
    clock = PageClock()
    clock.probed(5_098, 100, 5_106)
    assert clock.error_ms == 4
    assert clock.at(200, 9_999) == 5_202


@given(st.lists(st.tuples(st.floats(0, 60_000), DELAYS, DELAYS), min_size=1, max_size=20))
def test_the_true_time_is_always_within_the_error(probes: list[tuple[float, float, float]]) -> None:
    clock = PageClock()
    for page, there, back in probes:
        clock.probed(page + OFFSET - there, page, page + OFFSET + back)
        clock.heard(page, page + OFFSET + back)
        assert abs(clock.at(page, 1e9) - (page + OFFSET)) <= clock.error_ms + 1.001


def test_nothing_was_seen_later_than_it_was_heard_of() -> None:
    clock = PageClock()
    clock.probed(5_000, 0, 5_400)
    assert clock.at(100, 5_250) == 5_250


def test_what_contradicts_all_before_takes_its_place() -> None:
    clock = PageClock()
    clock.probed(5_000, 0, 5_002)
    clock.probed(9_000, 0, 9_004)
    assert clock.at(0, 99_999) == 9_002
