"""An exam plan is read, scaled, and refused with the field, the value and the remedy where it contradicts itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import ROOT
from harness.core.errors import PlanError
from harness.core.plan import Plan, parse_plan
from harness.core.units import Moment, Span
from harness.session.exams import exam_names, load_exam

Load = Callable[[str], Plan]
TEXT = (ROOT / "exams" / "heshan-2022.toml").read_text(encoding="utf-8")


def parsed(text: str) -> Plan:
    return parse_plan(text, "exams/heshan-2022.toml")


def test_the_notice_s_times_are_read_as_milliseconds_relative_to_the_start(exam: Load) -> None:
    plan = exam("heshan-2022")
    assert plan.windows.login_opens == -30 * 60_000
    assert plan.windows.entry_opens == -15 * 60_000
    assert plan.windows.entry_closes == 5 * 60_000
    assert (plan.spans.preparation, plan.spans.lesson, plan.spans.skill_test) == (1_200_000, 600_000, 3_600_000)
    assert plan.spans.upload_deadline == 3_600_000
    assert plan.answering("ordinary") == 600_000
    assert plan.answering("art") == 600_000 + 3_600_000 + 180_000


@pytest.mark.parametrize("name", exam_names())
def test_each_scaled_window_is_at_least_four_times_the_largest_limit_that_it_holds(exam: Load, name: str) -> None:
    plan = exam(name).at_scale()
    entry = plan.windows.entry_closes - plan.windows.entry_opens
    assert entry >= 4 * plan.limits.reaction
    assert plan.spans.preparation >= 2 * plan.limits.reaction
    assert plan.spans.lesson >= 4 * plan.limits.lesson_end
    assert plan.spans.upload_deadline >= 4 * plan.limits.upload_lag


def test_limits_stay_in_real_time_when_the_plan_is_scaled(exam: Load) -> None:
    plan = exam("heshan-2022")
    assert plan.at_scale().limits == plan.limits
    assert plan.at_scale().spans.lesson == 5_000


def test_no_number_of_one_exam_stands_in_the_other(exam: Load) -> None:
    first, second = exam("heshan-2022"), exam("strict-2026")
    for section in ("windows", "spans", "limits", "media"):
        ours, theirs = getattr(first, section), getattr(second, section)
        for field in ours.__struct_fields__:
            assert getattr(ours, field) != getattr(theirs, field), f"{section}.{field} is the same in both"
    assert first.at_scale().windows != second.at_scale().windows


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('entry_closes = "T+5min"', 'entry_closes = "T-20min"', ["entry_closes", "T-20min", "entry_opens", "move one"]),
        ('lesson = "10min" ', 'lesson = "-10min" ', ["'-10min'", "spans.lesson"]),
        ('preparation = "20min" ', 'preperation = "20min" ', ["preperation", "did you mean 'preparation'"]),
        ('lesson = "10min" ', "lesson = 10 ", ["10", "spans.lesson", "20min"]),
        ('lesson = "10min" ', 'lesson = "0s" ', ["spans.lesson", "0ms", "longer"]),
        ('id = "heshan-2022"', 'id = "other"', ["other", "heshan-2022"]),
        ('lesson = "5s"\n', "", ["[scaled]", "lesson"]),
        ('lesson = "5s"\n', 'lesson = "5s"\nlessen = "5s"\n', ["lessen"]),
        ("[windows]", "[windows", ["is not TOML", "compare it"]),
        ('id = "pledge"', 'id = "rules"', ["attachments", "twice"]),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused_in_one_sentence(old: str, new: str, words: list[str]) -> None:
    assert old in TEXT
    with pytest.raises(PlanError) as caught:
        parsed(TEXT.replace(old, new))
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_an_exam_that_is_not_there_is_named_with_the_nearest_one() -> None:
    with pytest.raises(PlanError, match="did you mean 'heshan-2022'"):
        load_exam("heshan-2020")


def test_a_day_that_leaves_the_desk_s_hours_gets_a_warning() -> None:
    assert parsed(TEXT).warnings() == ()
    late = parsed(TEXT.replace("T09:00:00+08:00", "T15:30:00+08:00"))
    assert any("after the desk's hours" in note for note in late.warnings())
    other_day = parsed(TEXT.replace("2022-08-20T", "2022-08-25T"))
    assert any("not open" in note for note in other_day.warnings())


def test_a_plan_may_stand_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(TEXT.replace('id = "heshan-2022"', 'id = "own"'), encoding="utf-8")
    assert load_exam(str(path)).id == "own"


def test_units_are_read_as_people_write_them() -> None:
    assert Moment.parse("T-15min") == -900_000
    assert Span.parse("1.5s") == 1_500
