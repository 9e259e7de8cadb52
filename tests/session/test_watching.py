"""How late a run was: the delays of processes that stand in a row add up, and one process's own are counted once."""

from __future__ import annotations

from harness.session.watching import lateness


def test_what_encoders_gave_late_and_a_late_loop_saw_later_still_is_as_late_as_both() -> None:
    assert lateness(loop_ms=3_400, hops=1, rig_ms=3_300, machines_ms=4_100) == 7_500


def test_devices_that_the_loops_own_process_delivers_are_late_with_it_and_not_besides() -> None:
    assert lateness(loop_ms=90, hops=1, rig_ms=80, machines_ms=0) == 90
    assert lateness(loop_ms=20, hops=1, rig_ms=80, machines_ms=0) == 80


def test_every_process_between_a_cause_and_its_sight_may_be_as_late_as_the_loop() -> None:
    assert lateness(loop_ms=90, hops=3, rig_ms=80, machines_ms=0) == 270
