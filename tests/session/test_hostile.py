"""Hostile clients: none keeps a requirement, none is a fault of the harness, each costs bounded time, and one sentence says why.

As processes they are refused by the smoke check, within the time-outs of the call that they fail at; in virtual time they are played
through the suite's scripts and asked by every rule there is.
"""

from __future__ import annotations

import functools
from pathlib import Path

import psutil
import pytest

from harness.cli import run
from harness.core.events import Intent, Misconduct, Viewed
from harness.core.timeline import Timeline
from harness.core.verdict import Kept
from harness.drivers.process import ProcessDriver, TimeOuts
from harness.drivers.wire import MAX_MESSAGES_PER_S
from harness.rules.catalogue import RULES
from harness.session.exams import ROOT
from harness.session.suite import judge
from harness.wallclock import WallClock
from tests.session.quick import played
from tests.session.shaping import shaped
from tests.session.stubs import subject

SPEAKING = ROOT / "tests" / "subjects" / "hostile" / "speaking.py"
LIARS = "tests.subjects.hostile.liars"
# A hang is told by its time-out: here it is short, since an honest answer takes a few ms.
SHORT = TimeOuts(initialize=4.0, call=0.5, end=0.5, silence=0.5)
MANIFEST = """
name = "Hostile"
vendor = "Viva's tests"
version = "1"
[laptop]
driver = "process"
command = ["{{python}}", "{speaking}", "{what}", "{at}"]
[phone]
driver = "process"
command = ["{{python}}", "{speaking}", "{what}", "{at}"]
"""


@pytest.mark.parametrize(
    ("what", "at", "said"),
    [
        ("hangs", "open", "did not answer `open` within 0.5 s"),
        ("hangs", "do", "did not answer `do` within 0.5 s"),
        ("hangs", "view", "did not answer `view` within 0.5 s"),
        ("hangs", "close", "did not answer `close` within 0.5 s"),
        ("nonsense", "initialize", "a line of its stdout is no JSON"),
        ("endless", "open", "longer than 1048576 bytes"),
        ("floods", "view", "more than 300 messages within a second"),
        ("giant", "view", "longer than 1048576 bytes"),
        ("dies", "initialize", "by itself, and it said nothing on stderr"),
        ("dies", "view", "by itself, and it said nothing on stderr"),
    ],
)
def test_a_hostile_process_is_refused_with_one_sentence_before_the_suite_is_started(
    *,
    what: str,
    at: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "client.toml").write_text(MANIFEST.format(speaking=SPEAKING, what=what, at=at))
    monkeypatch.setattr("harness.session.machines.ProcessDriver", functools.partial(ProcessDriver, time_outs=SHORT))
    monkeypatch.setattr("harness.cli.suite.child", lambda *_, **__: pytest.fail("the suite was started"))
    before, began = set(psutil.Process().children(recursive=True)), WallClock().now()
    assert run(["certify", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    took = WallClock().now() - began
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert took < 20_000  # the service and the rig are started as well, on a machine that has other work
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.parametrize("liar", ["ClaimsSuccess", "ClaimsTimes", "RefusesAll", "DiesAtRandom", "Floods"])
def test_a_liar_keeps_nothing_of_the_whole_suite_and_is_no_fault_of_the_harness(liar: str) -> None:
    client = subject(f"{LIARS}:{liar}", f"{LIARS}:{liar}")
    for digest, script in shaped().scripts.items():
        timeline = played(script, client, blank=True)
        for rule in RULES:
            verdict = judge(rule.requirement, script, timeline)
            assert not isinstance(verdict, Kept), f"{rule.requirement} on {digest}: {verdict.reason}"


def some(client: str) -> Timeline:
    return played(next(iter(shaped().scripts.values())), subject(f"{LIARS}:{client}"), blank=True)


def test_a_flood_is_cut_off_in_virtual_time_within_the_second_that_it_fills() -> None:
    timeline = some("Floods")
    fault = timeline.data(Misconduct)[0]
    assert f"more than {MAX_MESSAGES_PER_S} messages within a second" in fault.reason
    assert len(timeline.of(Viewed)) <= MAX_MESSAGES_PER_S + 2


def test_one_that_dies_leaves_the_sentence_that_every_verdict_then_gives() -> None:
    timeline = some("DiesAtRandom")
    script = next(iter(shaped().scripts.values()))
    reasons = {judge(rule.requirement, script, timeline).reason for rule in RULES}
    assert any("the laptop client died" in reason and "out of luck" in reason for reason in reasons)


def test_one_that_knows_no_intent_is_seen_to_have_done_nothing() -> None:
    timeline = some("RefusesAll")
    assert {data.status for data in timeline.data(Intent) if data.role == "laptop"} <= {"unsupported"}
