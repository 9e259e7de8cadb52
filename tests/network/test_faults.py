"""The network's faults as values: what is refused, what stands when, and what is observed of it."""

from __future__ import annotations

import pytest

from harness.core.errors import VivaError
from harness.core.events import Disturbed
from harness.core.script import Disturb
from harness.core.view import Role
from harness.network.faults import KINDS, MEANING, Conditions, Disturbance, Fault, Kind, Schedule


def test_scripts_and_the_network_know_the_same_faults() -> None:
    assert set(MEANING) == set(KINDS)
    for kind in KINDS:
        assert Disturb(kind=kind, for_ms=1).kind == kind


@pytest.mark.parametrize(
    ("kind", "value", "jitter", "words"),
    [
        ("laten", 5, 0, "'laten' is not known: did you mean 'latency'"),
        ("plague", 5, 0, "use one of down, latency"),
        ("bandwidth", 0, 0, r"'bandwidth' has the value 0 \(bytes/s\); use 1 or more"),
        ("slicer", 0, 0, "use 1 or more"),
        ("latency", -1, 0, r"has the value -1 \(ms\); use 0 or more"),
        ("latency", 10, 11, "a jitter of 11 ms; use 0 to 10"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_the_remedy(
    kind: Kind, value: int, jitter: int, words: str
) -> None:
    with pytest.raises(VivaError, match=words):
        Fault(kind, value, jitter)


def test_latencies_add_up_and_of_all_else_the_worst_counts() -> None:
    both = Conditions(
        (
            Fault("latency", 100, 10),
            Fault("latency", 50, 5),
            Fault("bandwidth", 900),
            Fault("bandwidth", 300),
            Fault("slicer", 7),
            Fault("limit_data", 5),
            Fault("slow_close", 30),
        )
    )
    assert (both.latency_ms, both.jitter_ms, both.bandwidth) == (150, 15, 300)
    assert (both.slice_bytes, both.limit_bytes, both.slow_close_ms, both.halted) == (7, 5, 30, False)
    none = Conditions()
    assert (none.latency_ms, none.bandwidth, none.slice_bytes, none.limit_bytes) == (0, None, None, None)


def test_a_disturbance_stands_from_its_beginning_until_before_its_end() -> None:
    schedule = Schedule([Disturbance(Fault("down"), 100, 200)])
    standing = [moment for moment in (99, 100, 199, 200) if schedule.at(moment).has("down")]
    assert standing == [100, 199]
    assert [schedule.next_change(moment) for moment in (0, 100, 200)] == [100, 200, None]


def test_one_that_stands_until_further_notice_can_be_ended() -> None:
    schedule = Schedule()
    down = Disturbance(Fault("down"), 100)
    schedule.add(down)
    assert schedule.at(10**9).has("down")
    schedule.end(down, 300)
    assert not schedule.at(300).has("down")
    assert schedule.disturbances == (Disturbance(Fault("down"), 100, 300),)


def test_observations_name_the_fault_its_value_and_its_span() -> None:
    schedule = Schedule([Disturbance(Fault("latency", 80), 100, 200), Disturbance(Fault("down"), 400)])
    first, second = schedule.events(Role.PHONE, 500)
    assert (first.at_ms, first.until_ms, first.source) == (100, 200, "network")
    assert first.data == Disturbed(kind="latency", role=Role.PHONE, value=80)
    assert (second.seq, second.at_ms, second.until_ms) == (1, 400, 500)
    assert len(schedule.events(None, 300)) == 1
