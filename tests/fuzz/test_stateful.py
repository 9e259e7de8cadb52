"""The interview as a state machine: what the candidate does, what befalls and time that passes are rules; model and parts agree after each run.

Each rule adds to one script at the machine's own exam time, so that hypothesis shrinks a sequence of rules; what the script then gives is held
together as the search does it, once, when the sequence is over: a script's beginning differs from the model just as the whole does, and a run
is dear. `VIVA_FUZZ_RUNS` sets how many sequences are played (20, if left out).
"""

from __future__ import annotations

import os
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from harness.core.plan import Plan, Track
from harness.core.script import Action, Do, Kill, Misbehaviour, Script, Step
from harness.core.view import ROLES, Act, Page, Role
from harness.fuzz.interviews import LEAD_MS, Course, acts, happenings, interview, misbehaviours
from harness.fuzz.oracles import examine
from harness.fuzz.plans import plans, tracks
from harness.fuzz.ways import PAGES
from harness.session.subjects import load_subject

HONEST: Final = load_subject("clients/headless")
START_AFTER_MS: Final = 200
RUNS: Final = int(os.environ.get("VIVA_FUZZ_RUNS", "20"))
STEPS: Final = 8


class InterviewMachine(RuleBasedStateMachine):
    """One candidate's interview, made up as it goes."""

    subject = HONEST
    plan: Plan

    @initialize(plan=plans(), track=tracks(), goal=st.sampled_from((*PAGES, Page.LESSON, Page.LESSON)))
    def begins(self, plan: Plan, track: Track, goal: Page) -> None:
        self.plan, self.track, self.goal = plan, track, goal
        self.begin = plan.windows.login_opens - LEAD_MS
        self.course = Course(plan, track, self.begin, START_AFTER_MS)
        self.now = self.course.first
        self.own: list[tuple[Step, ...]] = []
        self.faults: list[Misbehaviour] = []
        self.killed = False

    # -- time ----------------------------------------------------------------------------------------------------------

    @rule(ms=st.integers(1, 4_000))
    def some_time_passes(self, ms: int) -> None:
        self.now += ms

    @rule(beside=st.sampled_from((-40, -1, 0, 1, 40)))
    def the_next_boundary_of_the_exam_comes(self, beside: int) -> None:
        self.now = next((at + beside for at in self.course.moments if at + beside > self.now), self.now)

    # -- what the candidate does ---------------------------------------------------------------------------------------

    @rule(data=st.data())
    def the_candidate_presses(self, data: st.DataObject) -> None:
        self._add(Step(action=data.draw(acts(self.plan)), at=self.now))

    @rule(data=st.data(), after=st.sampled_from((0, 1, 30, 700)))
    def the_candidate_presses_twice(self, data: st.DataObject, after: int) -> None:
        action = data.draw(acts(self.plan))
        self._add(Step(action=action, at=self.now), Step(action=action, after=after))
        self.now += after

    @precondition(lambda self: self.goal is Page.LESSON)
    @rule(after=st.integers(2_700, 4_000))
    def the_candidate_will_stop_the_phone(self, after: int) -> None:
        self.now = max(self.now, self.course.ends + after)
        self._add(Step(action=Do(role=Role.PHONE, act=Act.STOP), at=self.now))

    # -- what befalls --------------------------------------------------------------------------------------------------

    @rule(action=happenings())
    def something_happens(self, action: Action) -> None:
        self._add(Step(action=action, at=self.now))

    @precondition(lambda self: not self.killed)
    @rule(role=st.sampled_from(ROLES), for_ms=st.integers(1, 4_000))
    def a_client_is_killed_and_started_again(self, role: Role, for_ms: int) -> None:
        self.killed = True
        self._add(Step(action=Kill(role=role), at=self.now), Step(action=Kill(role=role, restart=True), after=for_ms))
        self.now += for_ms

    @precondition(lambda self: len(self.faults) < 2)
    @rule(data=st.data())
    def the_service_misbehaves(self, data: st.DataObject) -> None:
        self.faults.append(data.draw(misbehaviours(self.course)))

    # -- what must hold ------------------------------------------------------------------------------------------------

    def _add(self, *steps: Step) -> None:
        self.own.append(steps)
        self.now += 1  # no two threads share a millisecond: nobody said which is first

    def script(self) -> Script:
        """What was made up so far."""
        return interview(
            self.plan,
            self.track,
            self.goal,
            self.own,
            tuple(self.faults),
            begins=self.begin,
            start_after=START_AFTER_MS,
        )

    def teardown(self) -> None:
        if hasattr(self, "plan"):
            assert [each.sentence for each in examine(self.script(), self.subject)] == []


class EndsLate(InterviewMachine):
    """The same, with a client whose lessons are too long."""

    subject = load_subject("faulty:lesson_too_long")


def run(machine: type[InterviewMachine], runs: int, *phases: Phase) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=phases or (Phase.generate, Phase.shrink),
            derandomize="VIVA_FUZZ_RUNS" not in os.environ,  # the same sequences each time, unless more are asked for
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_model_service_client_and_rules_agree_whatever_is_done_and_whatever_befalls() -> None:
    run(InterviewMachine, RUNS)


def test_a_client_whose_lessons_are_too_long_is_found_out() -> None:
    with pytest.raises(AssertionError, match="ANS-8 is broken"):
        run(EndsLate, 40, Phase.generate)
