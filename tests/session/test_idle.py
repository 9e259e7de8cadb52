"""A client that answers everything politely and does nothing keeps nothing: over every script of the suite, asked by every rule there is."""

from __future__ import annotations

from harness.core.events import Intent, Misconduct, Viewed
from harness.core.verdict import Kept
from harness.rules.catalogue import RULES
from harness.session.exams import ROOT
from harness.session.subjects import load_subject
from harness.session.suite import judge
from tests.session.quick import played
from tests.session.shaping import shaped

IDLE = load_subject(str(ROOT / "tests" / "subjects" / "polite_and_idle"))


def test_a_polite_and_idle_client_keeps_nothing_of_the_whole_suite() -> None:
    assert len(shaped().scripts) > 5
    for digest, script in shaped().scripts.items():
        timeline = played(script, IDLE)
        assert timeline.first(Misconduct) is None
        assert {data.status for data in timeline.data(Intent)} == {"done"}, digest
        assert {"laptop", "phone"} == {event.source for event in timeline.of(Viewed)}
        for rule in RULES:
            verdict = judge(rule.requirement, script, timeline)
            assert not isinstance(verdict, Kept), f"{rule.requirement} on {digest}: {verdict.reason}"
