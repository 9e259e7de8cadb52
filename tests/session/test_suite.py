"""The suite's bookkeeping: who shares a run, what is asked again, and what a fault of the harness costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec
import pytest

from harness.core.errors import HarnessError
from harness.core.record import Run
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.verdict import Broken, Kept, Margin, Outcome, Unobserved, Verdict
from harness.rules.catalogue import rule_of
from harness.rules.requirement import requirement
from harness.rules.rule import Need, Rule
from harness.session.interview import careful
from harness.session.known import KnownFailure
from harness.session.suite import UNSETTLING_MS, Played, Suite, too_late_to_tell
from tests.session import stubs
from tests.session.quick import plan, played, short
from tests.session.test_virtual import three_seconds

ORDINARY = short().script()
LONGER = short().longer(1_000).script()
ART = careful(plan(), "art").script()

Verdicts = dict[str, Callable[[Timeline, Script], Verdict]]


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Verdicts:
    """What each requirement's rule says; `Kept` unless the test says otherwise."""
    said: Verdicts = {}

    def rule_of(identifier: str) -> Rule:
        assert requirement(identifier)
        return Rule(identifier, frozenset(), said.get(identifier, lambda *_: Kept()))

    monkeypatch.setattr("harness.session.suite.rule_of", rule_of)
    return said


def test_around_a_requirement_are_the_scripts_that_judge_it_and_the_interview_of_which_most_is_asked() -> None:
    suite = asked(
        ("END-1", ART),
        ("END-1", ORDINARY),
        ("END-2", ORDINARY),
        ("END-3", LONGER),
        ("END-4", LONGER),
        ("END-5", LONGER),
    )
    suite.around({"END-1"})
    assert set(suite.scripts) == {ART.digest(), ORDINARY.digest(), LONGER.digest()}
    suite.around({"END-2"})
    assert {want.requirement for want in suite.wanted} == {"END-1", "END-2", "END-3", "END-4", "END-5"}
    assert set(suite.scripts) == {ORDINARY.digest(), LONGER.digest()}


def test_of_named_scripts_only_what_they_are_played_for_is_sought_again(rules: Verdicts) -> None:
    rules["END-1"] = lambda *_: Unobserved(reason="nobody looked")
    for requirements, calls in (({"END-2"}, 1), ({"END-1"}, 2)):
        suite = asked(("END-1", ART), ("END-2", ART), ("END-2", ORDINARY))
        suite.those({ART.digest()}, requirements)
        player = Player(1_000, 0)
        suite.play(player)
        assert [script for _, played in player.calls for script in played] == [ART.digest()] * calls


class Player:
    """Stands in for the worlds: every script gives an empty timeline, so late on each attempt; notes what was played."""

    def __init__(self, *late_ms: int, errors: dict[str, str] | None = None) -> None:
        self._late = late_ms or (0,)
        self._errors = errors or {}
        self.calls: list[tuple[int, list[str]]] = []

    def __call__(self, scripts: Sequence[Script], attempt: int) -> list[Played]:
        self.calls.append((attempt, [script.digest() for script in scripts]))
        late = self._late[min(attempt, len(self._late)) - 1]
        return [self._played(script, attempt, late) for script in scripts]

    def _played(self, script: Script, attempt: int, late_ms: int) -> Played:
        run = Run(
            digest=script.digest(),
            attempt=attempt,
            track=script.track,
            timeline="",
            began_ms=0,
            ended_ms=0,
            lateness_ms=late_ms,
            took_ms=1,
            error=self._errors.get(script.digest(), ""),
        )
        return Played(run=run, timeline=Timeline(()))


def asked(
    *wanted: tuple[str, Script], unsupported: dict[str, str] | None = None, known: Sequence[KnownFailure] = ()
) -> Suite:
    suite = Suite(unsupported or {}, known, dt.date(2026, 11, 22))
    for number, (identifier, script) in enumerate(wanted):
        suite.ask(identifier, script, scenario=f"scenario {number}", feature="enter.feature")
    return suite


def outcomes(suite: Suite) -> list[tuple[str, Outcome]]:
    return [(each.requirement, each.verdict) for each in suite.judgements()]


def late(by_ms: int) -> Callable[[Timeline, Script], Verdict]:
    return lambda *_: Broken(reason="too late", margin=Margin(-by_ms))


# -- who shares a run ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("rules")
def test_two_scenarios_of_the_same_script_share_one_run_and_each_gets_its_answer() -> None:
    twin = short().script()
    assert twin is not ORDINARY
    suite = asked(("ENTER-1", ORDINARY), ("ENTER-2", twin), ("ENTER-1", twin), ("ENTER-1", LONGER))
    player = Player()
    suite.play(player)
    assert player.calls == [(1, [ORDINARY.digest(), LONGER.digest()])]
    found = suite.judgements()
    assert [each.scenario for each in found] == [f"scenario {number}" for number in range(4)]
    assert [each.run for each in found] == [ORDINARY.digest()] * 3 + [LONGER.digest()]


def test_a_rule_is_asked_once_of_a_run_however_many_scenarios_want_it(rules: Verdicts) -> None:
    times: list[str] = []

    def counts(_timeline: Timeline, script: Script) -> Verdict:
        times.append(script.digest())
        return Kept()

    rules["ENTER-1"] = counts
    asked(("ENTER-1", ORDINARY), ("ENTER-1", ORDINARY)).play(Player())
    assert times == [ORDINARY.digest()]


@pytest.mark.usefixtures("rules")
def test_what_is_not_of_the_wanted_tracks_is_neither_played_nor_judged() -> None:
    suite = asked(("ENTER-1", ORDINARY), ("ANS-19", ART))
    suite.only(["ordinary"])
    player = Player()
    suite.play(player)
    assert player.calls == [(1, [ORDINARY.digest()])]
    assert outcomes(suite) == [("ENTER-1", "kept")]


def test_a_script_is_blank_where_no_rule_that_reads_recordings_is_asked_of_it() -> None:
    suite = asked(
        ("ENTER-1", ORDINARY), ("ANS-14", ORDINARY), ("ENTER-1", LONGER), ("ENTER-2", LONGER), ("ENTER-6", ART)
    )
    assert suite.blank() == {LONGER.digest()}


# -- what the harness was too late for -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "late_ms", "untold"),
    [
        (Broken(reason="", margin=Margin(-80)), 79, False),
        (Broken(reason="", margin=Margin(-80)), 80, True),
        (Broken(reason="", margin=Margin(-80)), 500, True),
        (Broken(reason="", margin=Margin(0)), 0, False),
        (Broken(reason="", margin=Margin(0)), 1, True),
        (Broken(reason="", margin=Margin(-1, "count")), 500, False),
        (Broken(reason=""), 500, False),
        (Kept(margin=Margin(3)), 500, False),
        (Unobserved(reason=""), 500, False),
    ],
)
def test_only_a_bound_missed_by_no_more_than_the_harness_was_late_is_too_late_to_tell(
    verdict: Verdict, late_ms: int, *, untold: bool
) -> None:
    assert too_late_to_tell(verdict, late_ms) is untold


def test_a_run_that_was_too_late_to_tell_is_played_again_alone_and_the_second_verdict_counts(rules: Verdicts) -> None:
    rules["ENTER-2"] = late(80)
    suite = asked(("ENTER-1", ORDINARY), ("ENTER-2", ORDINARY), ("ENTER-1", LONGER), ("ENTER-2", LONGER))
    player = Player(100, 0)
    suite.play(player)
    assert player.calls == [
        (1, [ORDINARY.digest(), LONGER.digest()]),
        (2, [ORDINARY.digest()]),
        (2, [LONGER.digest()]),
    ]
    assert outcomes(suite) == [("ENTER-1", "kept"), ("ENTER-2", "broken")] * 2
    assert [(run.attempt, bool(run.error)) for run in suite.runs] == [(1, True), (1, True), (2, False), (2, False)]
    assert "too late to tell" in suite.runs[0].error
    late_first = "too late; the harness was late by 100 ms itself"
    assert [each.first for each in suite.judgements()] == [
        "",
        late_first,
    ] * 2  # both attempts, where one decided nothing


def test_a_second_time_too_late_is_an_error_and_no_third_attempt(rules: Verdicts) -> None:
    rules["ENTER-2"] = late(80)
    suite = asked(("ENTER-1", ORDINARY), ("ENTER-2", ORDINARY))
    player = Player(100)
    suite.play(player)
    assert [attempt for attempt, _ in player.calls] == [1, 2]
    assert outcomes(suite) == [("ENTER-1", "kept"), ("ENTER-2", "error")]
    assert suite.answer("ENTER-2", ORDINARY).reason == "too late; the harness was late by 100 ms itself"


@pytest.mark.parametrize(("late_ms", "plays"), [(UNSETTLING_MS, 2), (UNSETTLING_MS - 1, 1)])
def test_what_was_missed_while_the_harness_was_late_is_sought_once_more_and_is_no_error(
    rules: Verdicts, late_ms: int, plays: int
) -> None:
    rules["ENTER-2"] = lambda *_: Unobserved(reason="the candidate came too late")
    suite = asked(("ENTER-1", ORDINARY), ("ENTER-2", ORDINARY))
    player = Player(late_ms)
    suite.play(player)
    assert [attempt for attempt, _ in player.calls] == [1, 2][:plays]
    assert outcomes(suite) == [("ENTER-1", "kept"), ("ENTER-2", "unobserved")]
    assert [each.first for each in suite.judgements()] == ["", ""]  # nothing had been left undecided


def test_the_only_thing_that_was_asked_of_a_run_is_sought_once_more_as_well(rules: Verdicts) -> None:
    rules["ENTER-2"] = lambda *_: Unobserved(reason="the interview did not come to its end")
    suite = asked(("ENTER-2", ORDINARY))
    player = Player(UNSETTLING_MS, 0)
    suite.play(player)
    assert [attempt for attempt, _ in player.calls] == [1, 2]


def test_a_client_of_which_hardly_anything_was_observed_is_not_played_again_however_late_the_harness_was(
    rules: Verdicts,
) -> None:
    for identifier in ("ENTER-1", "ENTER-2"):
        rules[identifier] = lambda *_: Unobserved(reason="it showed nothing")
    suite = asked(("ENTER-1", ORDINARY), ("ENTER-2", ORDINARY))
    player = Player(5_000)
    suite.play(player)
    assert len(player.calls) == 1


def test_a_bound_missed_by_far_is_broken_however_late_the_harness_was(rules: Verdicts) -> None:
    rules["ENTER-2"] = late(5_000)
    suite = asked(("ENTER-2", ORDINARY))
    player = Player(100)
    suite.play(player)
    assert len(player.calls) == 1
    assert outcomes(suite) == [("ENTER-2", "broken")]


# -- what is no verdict ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("rules")
def test_an_error_of_one_run_is_that_runs_alone() -> None:
    suite = asked(("ENTER-1", ORDINARY), ("ENTER-1", LONGER))
    player = Player(errors={LONGER.digest(): "OSError: the disk is full"})
    suite.play(player)
    assert outcomes(suite) == [("ENTER-1", "kept"), ("ENTER-1", "error")]
    assert suite.answer("ENTER-1", LONGER).reason == "OSError: the disk is full"
    assert player.calls[1:] == [(2, [LONGER.digest()])]


@pytest.mark.parametrize("error", [HarnessError("no clock"), ZeroDivisionError("a slip in the rule")])
def test_a_rule_that_fails_is_an_error_of_its_own_judgement_alone(rules: Verdicts, error: Exception) -> None:
    def fails(*_: object) -> Verdict:
        raise error

    rules["ENTER-1"] = fails
    suite = asked(("ENTER-1", ORDINARY), ("ENTER-2", ORDINARY))
    suite.play(Player())
    assert outcomes(suite) == [("ENTER-1", "error"), ("ENTER-2", "kept")]
    assert str(error) in suite.answer("ENTER-1", ORDINARY).reason


def test_what_the_subject_declares_that_it_lacks_is_judged_and_unsupported_where_nothing_shows_it(
    rules: Verdicts,
) -> None:
    rules["ENTER-3"] = late(1)
    suite = asked(("ENTER-3", ORDINARY), ("ENTER-2", ORDINARY), unsupported={"ENTER-3": "it has no lobby"})
    suite.play(Player())
    assert outcomes(suite) == [("ENTER-3", "unsupported"), ("ENTER-2", "kept")]
    assert suite.answer("ENTER-3", ORDINARY).reason == "it has no lobby"


def test_a_lack_that_the_harness_was_too_late_to_probe_is_taken_as_declared_and_nothing_is_played_again(
    rules: Verdicts,
) -> None:
    rules["ENTER-1"] = late(80)
    suite = asked(("ENTER-1", ORDINARY), unsupported={"ENTER-1": "it has no lobby"})
    player = Player(100)
    suite.play(player)
    assert len(player.calls) == 1
    assert outcomes(suite) == [("ENTER-1", "unsupported")]


def test_what_was_known_to_be_broken_is_marked_in_its_scenario_alone(rules: Verdicts) -> None:
    rules["ENTER-2"] = late(5_000)
    entry = KnownFailure(id="ENTER-2", scenario="scenario 1", reason="ticket 4711", until=dt.date(2026, 12, 31))
    suite = asked(("ENTER-2", ORDINARY), ("ENTER-2", ORDINARY), known=(entry,))
    suite.play(Player())
    assert [each.known is not None for each in suite.judgements()] == [False, True]
    assert suite.answer("ENTER-2", ORDINARY, "scenario 1").known is not None
    assert suite.answer("ENTER-2", ORDINARY, "scenario 0").known is None


def test_misconduct_is_the_reason_for_what_could_not_be_observed_and_for_nothing_else(rules: Verdicts) -> None:
    rules["ENTER-1"] = lambda *_: Unobserved(reason="nobody came there")
    rules["ENTER-2"] = late(5_000)
    script = three_seconds()
    timeline = played(script, stubs.subject("Raises"))
    suite = asked(("ENTER-1", script), ("ENTER-2", script))
    run = Player()([script], 1)[0]
    suite.play(lambda *_: [msgspec.structs.replace(run, timeline=timeline)])
    told = suite.answer("ENTER-1", script)
    assert told.verdict == "unobserved"
    assert "out of its depth" in told.reason
    assert len(told.evidence) == 1
    assert suite.answer("ENTER-2", script).reason == "too late"


@pytest.mark.usefixtures("rules")
def test_an_answer_that_nobody_asked_for_is_a_fault_of_the_harness() -> None:
    suite = asked(("ENTER-1", ORDINARY))
    suite.play(Player())
    with pytest.raises(HarnessError, match="ENTER-2 was not judged"):
        suite.answer("ENTER-2", ORDINARY)


def test_what_the_world_lacks_stays_unsupported_on_a_script_that_is_played_for_something_else() -> None:
    why = "no window is seen"
    suite = Suite({}, lacks={Need.WINDOW: why})
    for each in ("PREP-1", "ANS-7"):
        suite.ask(each, ORDINARY, scenario="ordinary", feature="answering.feature")
    suite.play(Player())
    said = {each.requirement: (each.verdict, each.reason) for each in suite.judgements()}
    assert said["ANS-7"] == ("unsupported", why)
    assert said["PREP-1"][0] == "unobserved"


def test_what_a_rule_needs_and_the_world_lacks_is_unsupported_and_nothing_is_played_for_it() -> None:
    why = "this world has no TLS"
    suite = Suite({}, lacks={Need.TLS: why})
    assert Need.TLS in rule_of("PRIV-5").needs
    suite.ask("PRIV-5", LONGER, scenario="a certificate", feature="x.feature")
    suite.ask("ENTER-1", ORDINARY, scenario="another", feature="x.feature")
    suite.only(("ordinary",))
    player = Player()
    suite.play(player)
    assert player.calls == [(1, [ORDINARY.digest()])]
    answers = {answer.requirement: (answer.verdict, answer.reason) for answer in suite.judgements()}
    assert answers["PRIV-5"] == ("unsupported", why)
    assert answers["ENTER-1"][0] == "unobserved"
    suite.only(("art",))
    assert suite.judgements() == ()
