"""At which length of an interview each requirement is judged, at each speed, and that the suite shapes its scripts so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from harness.cli.features import scenarios
from harness.core.errors import VivaError
from harness.core.plan import LENGTHS, VIRTUAL_TIME, Speed
from harness.core.verdict import Broken, Kept
from harness.rules.catalogue import RULES, rule_of
from harness.rules.rule import Need
from harness.session.certification import Certification, Order
from harness.session.exams import EXAMS, exam_names, load_exam
from harness.session.interview import careful
from tests.session.quick import played
from tests.session.shaping import Shaped, shaped


def test_every_speed_says_at_which_lengths_it_plays() -> None:
    assert set(LENGTHS) == set(get_args(Speed))
    assert set(LENGTHS) > VIRTUAL_TIME


@pytest.mark.parametrize("name", exam_names())
def test_a_plan_knows_at_which_length_it_is(name: str) -> None:
    plan = load_exam(name)
    assert (plan.length, plan.at("full")) == ("full", plan)
    assert plan.at("scaled").length == "scaled"
    assert plan.at("scaled").at("scaled") == plan.at("scaled")


def test_what_reads_recordings_is_judged_on_scaled_interviews_alone_in_virtual_time() -> None:
    certification = Certification(Order(subject="clients/headless", speed="virtual", tracks=("ordinary",)))
    assert certification.length_of("ANS-14") == "scaled"
    assert certification.length_of("ENTER-1") == "full"
    quick = Certification(Order(subject="clients/headless", speed="quick", tracks=("ordinary",)))
    assert {quick.length_of(each) for each in ("ANS-14", "ENTER-1")} == {"scaled"}


def asked(suite: Shaped) -> Counter[tuple[str, str, str, str]]:
    """What the scenarios ask of which track."""
    return Counter(
        (want.requirement, want.feature, want.scenario, suite.scripts[want.digest].track) for want in suite.wanted
    )


def test_the_suite_asks_the_same_at_both_speeds_each_requirement_at_its_length() -> None:
    virtual, quick = shaped("virtual"), shaped("quick")
    assert asked(virtual) == asked(quick)
    swept = {scenario.name for scenario in scenarios() if scenario.virtual}
    for want in virtual.wanted:
        wanted = {"scaled"} if Need.RECORDINGS in rule_of(want.requirement).needs else {"full"}
        wanted |= {"scaled"} if want.scenario in swept else set()
        assert virtual.scripts[want.digest].plan.length in wanted, want
    assert {script.plan.length for script in quick.scripts.values()} == {"scaled"}


def test_an_exam_without_a_scale_can_be_played_at_full_speed_alone(tmp_path: Path) -> None:
    text = (EXAMS / "heshan-2022.toml").read_text(encoding="utf-8")
    plan = tmp_path / "unscaled.toml"
    plan.write_text(text.partition("[scaled]")[0].replace('"heshan-2022"', '"unscaled"'), encoding="utf-8")
    order = Order(subject="clients/headless", exam=str(plan), speed="virtual", tracks=("ordinary",))
    with pytest.raises(VivaError, match=r"unscaled: \[scaled\] lacks 'login_opens'"):
        Certification(order)


@pytest.mark.parametrize("name", exam_names())
def test_the_reference_client_s_verdicts_are_the_same_at_both_lengths(name: str) -> None:
    scripts = [careful(load_exam(name).at(length)).script() for length in LENGTHS["virtual"]]
    timelines = [played(script, blank=True) for script in scripts]
    compared = 0
    for rule in RULES:
        if Need.RECORDINGS not in rule.needs:
            full, scaled = (rule.judge(each, script) for each, script in zip(timelines, scripts, strict=True))
            assert type(full) is type(scaled), (rule.requirement, full, scaled)
            assert not isinstance(full, Broken), (rule.requirement, full)
            compared += isinstance(full, Kept)
    assert compared > 20
