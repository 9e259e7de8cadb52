"""Random exams: plans near those of `exams/`, small enough that an interview takes seconds, and valid as any that an organiser could write.

Laws: every plan passes `check`; limits stay at or above those of the stricter exam, which a careful client can keep; what a plan leaves at its
simplest is the smallest, so that shrinking reads well. Hypothesis draws; called by `interviews`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec.structs import replace

from harness.core.plan import Plan, Readings, Spans, Track, Windows, check
from harness.core.units import Limit, Moment, Span
from harness.session.exams import exam_names, load_exam

STEP_MS: Final = 100  # lengths are round, which reads better and hides nothing: presses fall on every millisecond


@cache
def _exams() -> tuple[Plan, ...]:
    """The exams of this checkout at scaled length; the reference exam first, which is what shrinking ends at."""
    names = sorted(exam_names(), key=lambda name: name != "heshan-2022")
    return tuple(load_exam(name).at_scale() for name in names)


def _length(least: int, most: int) -> SearchStrategy[int]:
    """A length in ms."""
    return st.integers(least // STEP_MS, most // STEP_MS).map(lambda steps: steps * STEP_MS)


@st.composite
def plans(draw: DrawFn) -> Plan:
    """A plan of at most a minute."""
    base: Plan = draw(st.sampled_from(_exams()))
    preparation = draw(_length(4_000, 14_000))
    entry_opens = -draw(_length(1_500, 9_000))
    login_opens = entry_opens - draw(_length(1_500, 6_000))
    entry_closes = draw(_length(max(0, entry_opens + 2_500), preparation))
    wait = draw(st.none() | _length(1_500, 10_000))
    spans = Spans(
        preparation=Span(preparation),
        lesson=Span(draw(_length(3_000, 10_000))),
        skill_test=Span(draw(_length(3_000, 9_000))),
        presentation=Span(draw(_length(2_500, 6_000))),
        upload_deadline=Span(draw(_length(3_000, 20_000))),
        binding_ttl=Span(draw(_length(50_000, 60_000))),
        lease=Span(draw(_length(2_000, 4_000))),
        lesson_start=None if wait is None else Span(wait),
    )
    limits = replace(
        base.limits,
        stall=Limit(draw(_length(1_900, 3_000))),
        first_retry=Limit(draw(_length(200, 400))),
        reaction=Limit(base.limits.reaction + draw(_length(0, 600))),
    )
    readings = Readings(
        rejoin=draw(st.sampled_from([True, True, True, False])),
        read_requires_open=draw(st.booleans()),
        retries_per_10s=base.readings.retries_per_10s,
    )
    plan = replace(
        base,
        windows=Windows(
            login_opens=Moment(login_opens), entry_opens=Moment(entry_opens), entry_closes=Moment(entry_closes)
        ),
        spans=spans,
        limits=limits,
        readings=readings,
        attachments=base.attachments[: draw(st.integers(1, len(base.attachments)))],
        scaled={},
    )
    check(plan)
    return plan


def tracks() -> SearchStrategy[Track]:
    """Ordinary or art."""
    return st.sampled_from(("ordinary", "art"))
