"""The exam day of every candidate: what each of them does when, drawn from the plan's windows and a seed. Pure.

Laws: the same plan, number and seed give the same day; each step of a candidate comes after the one before, and inside its window. Candidates
arrive in rushes where the notice makes them (login, entry), do together what the clock does (T0), and take a person's time over the rest, a
share of the windows, so that a scaled day is the same day made shorter. All times are exam ms.
"""

from __future__ import annotations

import random
from typing import Final

import msgspec

from harness.core.errors import VivaError
from harness.core.plan import Plan, Track
from harness.core.view import Stage

# The service takes a still that is up to `reaction` old, so a page is open before the window; people open it in the last minutes.
LEAD_MS: Final = 2_500
LEAD_PER_CANDIDATE_MS: Final = (
    20  # opening: six requests each, of which a service on one core answers some 300 a second
)
# Two clocks set by probes over the network differ by so much: clients that fetch the question "at T0" spread over it.
CLOCK_SPREAD_MS: Final = 100


class Boundary(msgspec.Struct, frozen=True):
    """A change of stage that the client reports."""

    at_ms: int
    stage: Stage
    kind: str  # started | ended | early-end


class Timetable(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate's day."""

    number: int
    track: Track
    opens: int  # the page is opened, consent given
    login: int
    bind: int  # evidence is recorded from here
    read: int
    entry: int  # camera and screen are recorded from here
    question: int
    boundaries: tuple[Boundary, ...]
    ends: int  # camera and screen stop
    stops_phone: int


def lead_ms(count: int) -> int:
    """How long before login opens the day begins."""
    return LEAD_MS + count * LEAD_PER_CANDIDATE_MS


def timetables(plan: Plan, count: int, art_share: float, seed: int) -> tuple[Timetable, ...]:
    """`count` candidates; every 1/art_share-th is of the art track, evenly spread. Raises `VivaError` on what can't be."""
    if count < 1:
        raise VivaError(f"--candidates is {count}; rehearse with at least one")
    if not 0 <= art_share <= 1:
        raise VivaError(f"--art-share is {art_share:g}; give a share from 0 to 1")
    if art_share > 0 and "art" not in plan.tracks:
        raise VivaError(f"--art-share is {art_share:g}, but {plan.id} has no art track; give --art-share 0")
    tracks: list[Track] = ["art" if int((n + 1) * art_share) > int(n * art_share) else "ordinary" for n in range(count)]
    draw = random.Random(f"viva-timetable/{seed}")
    return tuple(_day(plan, number, track, lead_ms(count), draw) for number, track in enumerate(tracks))


def _day(plan: Plan, number: int, track: Track, lead: int, draw: random.Random) -> Timetable:
    windows = plan.windows
    before_entry = windows.entry_opens - windows.login_opens

    def think(least: float, most: float, of: int) -> int:
        return round(of * draw.uniform(least, most))

    login = windows.login_opens + _rush(draw, before_entry // 2)
    bind = login + think(0.06, 0.2, before_entry)
    read = bind + think(0.05, 0.15, before_entry)
    ready = read + think(0.05, 0.15, before_entry)
    entry = max(ready, windows.entry_opens + _rush(draw, (windows.entry_closes - windows.entry_opens) * 3 // 4))
    boundaries = _boundaries(plan, track, entry, draw)
    ends = boundaries[-1].at_ms
    return Timetable(
        number=number,
        track=track,
        opens=windows.login_opens - round(lead * draw.uniform(0.2, 0.9)),
        login=login,
        bind=bind,
        read=read,
        entry=entry,
        question=max(0, entry) + draw.randint(1, CLOCK_SPREAD_MS),
        boundaries=boundaries,
        ends=ends,
        stops_phone=ends + plan.limits.evidence_after_end + draw.randint(0, 1_000),
    )


def _rush(draw: random.Random, within: int) -> int:
    """How long after a window opens somebody comes: most at once, few late; a quarter of the time each e-fold."""
    return min(within, round(draw.expovariate(4 / within)))


def _boundaries(plan: Plan, track: Track, entry: int, draw: random.Random) -> tuple[Boundary, ...]:
    spans, prepared = plan.spans, int(plan.preparation_ends)
    lesson = prepared + round(spans.lesson * draw.uniform(0.01, 0.1))
    found = [
        Boundary(max(0, entry), Stage.PREPARATION, "started"),
        Boundary(prepared, Stage.PREPARATION, "ended"),
        Boundary(lesson, Stage.LESSON, "started"),
    ]
    if track == "ordinary" and draw.random() < 0.25:
        found.append(Boundary(lesson + round(spans.lesson * draw.uniform(0.8, 0.99)), Stage.LESSON, "early-end"))
        return tuple(found)
    at = lesson + spans.lesson
    found.append(Boundary(at, Stage.LESSON, "ended"))
    if track == "art":
        found += [
            Boundary(at, Stage.SKILL_TEST, "started"),
            Boundary(at + spans.skill_test, Stage.SKILL_TEST, "ended"),
            Boundary(at + spans.skill_test, Stage.PRESENTATION, "started"),
        ]
        at += spans.skill_test + round(spans.presentation * draw.uniform(0.4, 0.95))
        found.append(Boundary(at, Stage.PRESENTATION, "early-end"))
    return tuple(found)
