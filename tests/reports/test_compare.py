"""Two runs beside each other: newly broken, fixed, and margins that shrank by more than a quarter."""

import datetime as dt

import msgspec
import pytest

from harness.core.record import Known
from harness.core.verdict import Margin, Outcome
from reports.compare import compare
from reports.results import Results, results_of
from tests.reports import synthetic


def run(**verdicts: tuple[Outcome, int | None]) -> Results:
    base = results_of(synthetic.record(kept_only=True))
    changed = []
    for each in base.requirements:
        verdict, value = verdicts.get(each.id.replace("-", "_"), (each.verdict, 1_000))
        margin = None if value is None else Margin(value)
        changed.append(msgspec.structs.replace(each, verdict=verdict, margin=margin))
    return msgspec.structs.replace(base, requirements=tuple(changed))


def test_a_run_compared_with_itself_has_not_changed() -> None:
    found = compare(run(), run())
    assert (found.newly_broken, found.fixed, found.otherwise, found.shrunk, found.differs) == ((), (), (), (), ())


@pytest.mark.parametrize("fell", ["broken", "unobserved", "error"])
def test_what_was_kept_and_fell_is_newly_broken_and_the_other_way_round_fixed(fell: Outcome) -> None:
    kept, fallen = run(), run(END_1=(fell, -5))
    assert [(each.id, each.before, each.after) for each in compare(kept, fallen).newly_broken] == [
        ("END-1", "kept", fell)
    ]
    assert [each.id for each in compare(fallen, kept).fixed] == ["END-1"]


def test_what_nobody_judged_before_and_is_broken_now_is_newly_broken() -> None:
    assert [each.id for each in compare(run(END_1=("unjudged", None)), run(END_1=("broken", None))).newly_broken] == [
        "END-1"
    ]


def known(results: Results, identifier: str) -> Results:
    why = Known(reason="ticket 4711", until=dt.date(2026, 12, 31))
    return msgspec.structs.replace(
        results,
        requirements=tuple(
            msgspec.structs.replace(
                each,
                scenarios=tuple(msgspec.structs.replace(one, verdict="broken", known=why) for one in each.scenarios),
            )
            if each.id == identifier
            else each
            for each in results.requirements
        ),
    )


def test_a_known_failure_is_listed_apart_and_newly_broken_once_nobody_knows_of_it() -> None:
    fallen = run(END_1=("broken", -5))
    listed = known(fallen, "END-1")
    found = compare(run(), listed)
    assert (found.newly_broken, [each.id for each in found.known]) == ((), ["END-1"])
    assert [each.id for each in compare(listed, fallen).newly_broken] == ["END-1"]
    assert [each.id for each in compare(listed, listed).known] == ["END-1"]
    assert [each.id for each in compare(listed, run()).fixed] == ["END-1"]


def test_other_changes_are_listed_as_such() -> None:
    found = compare(run(END_1=("unjudged", None), END_2=("broken", None)), run(END_2=("unobserved", None)))
    assert [(each.id, each.after) for each in found.otherwise] == [("END-1", "kept"), ("END-2", "unobserved")]
    assert found.newly_broken == found.fixed == ()


@pytest.mark.parametrize(("after", "percent"), [(749, 25), (740, 26), (400, 60), (-0, 100)])
def test_a_margin_that_lost_more_than_a_quarter_is_listed(after: int, percent: int) -> None:
    shrunk = compare(run(), run(NET_6=("kept", after))).shrunk
    assert [(each.id, each.percent) for each in shrunk] == ([("NET-6", percent)] if percent > 25 else [])


def test_margins_in_different_units_or_from_nothing_are_not_compared() -> None:
    before, after = run(NET_6=("kept", 0)), run(NET_6=("kept", 0))
    assert compare(before, after).shrunk == ()
    in_bytes = tuple(
        msgspec.structs.replace(each, margin=Margin(1, "bytes")) if each.id == "END-4" else each
        for each in after.requirements
    )
    assert compare(before, msgspec.structs.replace(after, requirements=in_bytes)).shrunk == ()


def test_runs_of_another_exam_or_speed_say_so() -> None:
    other = msgspec.structs.replace(run(), exam="strict-2026", speed="full", tracks=("art",))
    assert compare(run(), other).differs == (
        "exam: heshan-2022 → strict-2026",
        "tracks: ordinary, art → art",
        "speed: scaled → full",
    )
