"""The reference client in outages that begin at every moment, of every kind, up to past the interview's end: no rule is broken by any.

Played in virtual time over blank sources. Each moment meets each kind once; lengths go round, so that neighbours differ.
"""

from __future__ import annotations

import pytest

from features.steps import outages
from harness.core.events import Misconduct
from harness.core.script import Disturb, Misbehaviour, RestartService
from harness.core.verdict import Broken, Kept, Unobserved
from harness.rules.catalogue import RULES, rule_of
from harness.rules.rule import Need
from harness.session.exams import load_exam
from harness.session.interview import Interview, Named
from tests.session.quick import played

PLAN = load_exam("heshan-2022").at_scale()
BASE = outages.persistent(PLAN)
LENGTHS = (1_000, 2_500, 6_000, 40_000)  # the last one: past the end
TURNS = tuple(outages.turns(BASE, PLAN, RestartService(down_ms=0)))
KINDS = (*outages.FAULTS, "返回错误")
SEEN = [rule for rule in RULES if Need.RECORDINGS not in rule.needs]


def troubled(turn: str, kind: str, for_ms: int) -> Interview:
    """The persistent candidate meets that at that moment."""
    if kind == "返回错误":
        start = {"检查设备": BASE.begins, "登录": PLAN.windows.login_opens, "进入": PLAN.windows.entry_opens}.get(
            turn, 0
        )
        fails = (
            Misbehaviour(kind="fail", operation=each, from_ms=start, until_ms=start + for_ms)
            for each in (
                "login",
                "binding",
                "phone-bind",
                "entry",
                "question",
                "upload-create",
                "upload-patch",
                "finish",
            )
        )
        return BASE.misbehaving(*fails).longer(for_ms + 20_000)
    fault, value = outages.FAULTS[kind]
    disturbs = Disturb(kind=fault, for_ms=for_ms, value=value)
    action = RestartService(down_ms=for_ms) if fault == "restart" else disturbs
    return BASE.beside("trouble", Named("trouble", outages.turns(BASE, PLAN, action)[turn])).longer(for_ms + 20_000)


@pytest.mark.parametrize("turn", TURNS)
def test_no_outage_at_a_turn_breaks_anything_and_a_short_one_wedges_nothing(turn: str) -> None:
    for number, kind in enumerate(KINDS):
        for_ms = LENGTHS[(TURNS.index(turn) + number) % len(LENGTHS)]
        script = troubled(turn, kind, for_ms).script()
        timeline = played(script, blank=True)
        told = f"{turn}, {kind}, {for_ms} ms"
        assert timeline.first(Misconduct) is None, told
        broken = {
            rule.requirement: verdict.reason
            for rule in SEEN
            if isinstance(verdict := rule.judge(timeline, script), Broken)
        }
        assert broken == {}, told
        verdict = rule_of("NET-4").judge(timeline, script)
        wanted = Kept | Unobserved if for_ms == max(LENGTHS) or kind == "返回错误" else Kept
        assert isinstance(verdict, wanted), f"{told}: {verdict.reason}"
