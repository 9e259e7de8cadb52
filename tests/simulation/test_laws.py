"""Laws of the ideal interview under whatever happens: random presses, faults and kills; and every rule keeps what it foretells."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.events import Arrived, Event, Finished, Intent, Operation, Reported, Served, Viewed
from harness.core.plan import Plan
from harness.core.script import Action, Disturb, Do, Kill, Misbehaviour, Plug, Script, Step, Thread
from harness.core.timeline import Timeline
from harness.core.verdict import Broken
from harness.core.view import ROLES, RUNNING, Act, AlertCode, Page, Role
from harness.rules.catalogue import RULES
from harness.simulation.model import expected
from harness.simulation.pages import TRANSITIONS
from tests.simulation import scripts
from tests.simulation.scripts import HESHAN, SCALED, STRICT

MOMENTS = st.integers(-13_400, 18_000)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(
        Do,
        role=st.sampled_from(ROLES),
        act=st.sampled_from(Act),
        args=st.sampled_from([{}, {"id": "rules"}, {"id": "camera-2"}, {"code": "$code"}, {"payload": "$qr"}]),
    ),
    st.builds(Plug, device=st.sampled_from(["camera-1", "microphone-1", "screen-1"]), present=st.booleans()),
    st.builds(
        Disturb,
        kind=st.sampled_from(["down", "timeout", "limit_data", "latency"]),
        role=st.sampled_from([None, *ROLES]),
        for_ms=st.integers(1, 5_000),
    ),
    st.builds(Kill, role=st.sampled_from(ROLES), restart=st.booleans()),
)
FAULTS = st.builds(
    Misbehaviour,
    kind=st.sampled_from(["fail", "stall", "lose", "lose-push", "drop-guard"]),
    operation=st.sampled_from([each.value for each in Operation]),
    reason=st.sampled_from(["", "entry", "question", "login", "phone-bound"]),
    delay_ms=st.integers(0, 5_000),
    count=st.integers(1, 4),
)


@st.composite
def troubled(draw: st.DrawFn) -> Script:
    """An interview in which anything may happen besides."""
    make = draw(st.sampled_from([scripts.ordinary, scripts.art]))
    steps = draw(st.lists(st.builds(Step, action=ACTIONS, at=MOMENTS), max_size=12))
    others = [Thread(f"other {index}", (step,)) for index, step in enumerate(steps)]
    return make(SCALED, *others, misbehaviour=tuple(draw(st.lists(FAULTS, max_size=2))))


def views(timeline: Timeline, role: Role) -> list[tuple[Event, Any]]:
    return [(event, cast("Viewed", event.data).view) for event in timeline.of(Viewed, role=role)]


@settings(max_examples=150, deadline=None)
@given(troubled())
def test_whatever_happens_the_laws_hold(script: Script) -> None:
    timeline = expected(script)
    assert all(script.begins <= event.at_ms <= event.end_ms for event in timeline)
    assert all(event.at_ms <= script.ends for event in timeline)
    _pages_follow_the_table(timeline)
    _bytes_come_once_and_in_order(timeline)
    _nothing_is_shown_before_its_time(timeline, script.plan)
    _success_is_true(timeline)
    boundaries = [(each.stage, each.what) for each in timeline.data(Reported) if each.stage is not None]
    assert len(boundaries) == len(set(boundaries))


def _pages_follow_the_table(timeline: Timeline) -> None:
    for role in ROLES:
        follows: dict[Page, set[Page]] = {}
        for (page, _), following in TRANSITIONS[role].items():
            follows.setdefault(page, set()).add(following)
        pages = [view.page for _, view in views(timeline, role)]
        for page, following in pairwise(pages):
            assert following in _reachable(page, follows), f"{following} after {page}"


def _reachable(page: Page, follows: dict[Page, set[Page]]) -> set[Page]:
    """What may be shown next: pages that pass by within one millisecond are not shown."""
    found, fresh = {page}, {page}
    while fresh:
        fresh = {following for each in fresh for following in follows.get(each, ())} - found
        found |= fresh
    return found


def _bytes_come_once_and_in_order(timeline: Timeline) -> None:
    reached: dict[str, int] = {}
    for event in sorted(timeline.of(Arrived), key=lambda event: event.seq):
        data = cast("Arrived", event.data)
        assert data.offset == reached.get(data.upload, 0)
        assert data.length > 0
        assert event.at_ms >= data.started_ms
        reached[data.upload] = data.offset + data.length
    for each in timeline.data(Finished):
        assert each.length == reached.get(each.upload, 0)


def _nothing_is_shown_before_its_time(timeline: Timeline, plan: Plan) -> None:
    windows = plan.windows
    for event, view in views(timeline, Role.LAPTOP):
        if view.enabled(Act.ENTER):
            assert windows.entry_opens <= event.at_ms < windows.entry_closes
        if view.question is not None and view.question.text:
            assert event.at_ms >= 0
            assert view.page in RUNNING
        for countdown in view.countdowns:
            assert countdown.remaining_ms >= 0
    for event in timeline.of(Served, operation=Operation.QUESTION):
        assert event.at_ms >= 0
    for event in timeline.served(Operation.ENTRY):
        assert event.at_ms >= windows.entry_opens


def _success_is_true(timeline: Timeline) -> None:
    for role, streams in ((Role.LAPTOP, ("camera", "screen")), (Role.PHONE, ("evidence",))):
        done = timeline.shown(role, lambda view: view.says(AlertCode.UPLOAD_DONE))
        if done is not None:
            finished = {each.stream for each in timeline.data(Finished)}
            assert set(streams) <= finished


@settings(max_examples=150, deadline=None)
@given(troubled())
def test_a_control_is_enabled_exactly_while_its_press_would_be_taken(script: Script) -> None:
    timeline = expected(script)
    acts = set(Act) - {
        Act.LEAVE,
        Act.RETURN,
        Act.CLOSE,
        Act.READ,
        Act.CHOOSE,
        Act.SCREENSHOT,
        Act.COPY,
    }  # need no control, or the right argument
    for event in timeline.of(Intent):
        data = cast("Intent", event.data)
        earlier = [each for each in timeline.of(Viewed, role=data.role) if each.seq < event.seq]
        standing = [each for each in earlier if each.at_ms == max(each.at_ms for each in earlier)]
        if data.act in acts and standing and not data.reason.endswith("not running"):
            view = cast("Viewed", max(standing, key=lambda each: each.seq).data).view
            if view.enabled(data.act) != (data.status == "done"):
                # What becomes due in that very millisecond is shown with the press's own effects.
                assert any(each.at_ms == event.at_ms for each in timeline.of(Viewed, role=data.role))


@pytest.mark.parametrize("plan", [SCALED, STRICT.at_scale(), HESHAN], ids=["scaled", "strict", "full"])
@pytest.mark.parametrize("name", scripts.GOLDEN)
def test_every_rule_keeps_the_ideal_interview(name: str, plan: Plan) -> None:
    script = scripts.GOLDEN[name](plan)
    timeline = expected(script)
    verdicts = {rule.requirement: rule.judge(timeline, script) for rule in RULES}
    broken = {name: verdict.reason for name, verdict in verdicts.items() if isinstance(verdict, Broken)}
    assert not broken
