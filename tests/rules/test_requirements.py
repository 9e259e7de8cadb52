"""The catalogue of requirements is complete, in order, in both languages, and as strict as it was agreed."""

import re

import pytest

from harness.core.errors import VivaError
from harness.rules.requirement import requirement, requirements

# How many requirements each section has, and which of them are SHOULD; every other one is MUST.
AGREED = {
    "PREP": (7, {4, 7}),
    "LOGIN": (9, set()),
    "BIND": (8, set()),
    "EVID": (12, {9, 10}),
    "ATT": (5, {2, 4}),
    "ENTER": (10, {9}),
    "DEV": (7, set()),
    "ANS": (22, {22}),
    "NET": (7, set()),
    "END": (10, {10}),
    "PRIV": (6, set()),
    "LOAD": (7, {6}),
}
LEVELS = {
    f"{section}-{number}": "SHOULD" if number in should else "MUST"
    for section, (size, should) in AGREED.items()
    for number in range(1, size + 1)
}
CLAUSE = re.compile(r"[一二三四五六七八](、[^；]+)")
CJK = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_110_requirements_in_the_order_of_the_interview_with_the_agreed_levels() -> None:
    assert len(LEVELS) == 110
    assert [(each.id, each.level) for each in requirements()] == list(LEVELS.items())


@pytest.mark.parametrize("identifier", LEVELS)
def test_a_requirement_speaks_both_languages_and_names_its_clause(identifier: str) -> None:
    found = requirement(identifier)
    assert CJK.search(found.zh)
    assert found.zh.endswith("。")
    assert found.en
    assert all(CLAUSE.fullmatch(clause) for clause in found.clause.split("；"))
    assert found.seen


@pytest.mark.parametrize("identifier", LEVELS)
def test_the_chinese_statement_has_the_force_of_its_level(identifier: str) -> None:
    found = requirement(identifier)
    strict = re.search(r"须|不得|只可|只能|才可", re.sub(r"无须|（[^）]*）", "", found.zh)) is not None
    assert strict == (found.level == "MUST")
    assert ("宜" in found.zh) == (found.level == "SHOULD" or "SHOULD" in found.en)


@pytest.mark.parametrize("identifier", LEVELS)
def test_numbers_are_the_same_in_both_languages(identifier: str) -> None:
    found = requirement(identifier)
    digits = re.compile(r"\d+(?:\.\d+)?")
    assert set(digits.findall(found.en)) <= set(digits.findall(found.zh))


def test_a_requirement_belongs_to_the_section_its_id_opens_with() -> None:
    assert all(each.id.startswith(f"{each.stage}-") for each in requirements())


def test_only_the_exam_day_is_judged_of_the_service() -> None:
    assert {each.stage for each in requirements() if each.judged_of == "service"} == {"LOAD"}


def test_an_unknown_id_is_answered_with_the_nearest_ones() -> None:
    with pytest.raises(VivaError, match=r"'enter-2x'.*ENTER-2"):
        requirement("enter-2x")


def test_an_id_like_no_other_is_answered_with_where_to_look() -> None:
    with pytest.raises(VivaError, match="viva requirements"):
        requirement("你好")
