"""The shape of an exam day: when candidates log in, enter, start their lesson, end and stop their phone, and who loses the network.

Laws: pure and seeded (a numpy `Generator` is passed in); each moment lies inside its window and after the one before; every width is a share of
the plan's own window or span, so that a scaled day is the same day made shorter. All times are exam ms, one array element a candidate.
Drawn: how people crowd at a door. No organiser's logs were at hand, so each constant says what it stands for, and none is a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import VivaError
from harness.core.plan import Plan

Moments = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Most wait at the page and press when it opens: an exponential rush whose mean is a small share of the window, the rest come evenly after it.
LOGIN_RUSH: Final = 0.6
LOGIN_MEAN: Final = 0.05  # of the login window: 45 s of the reference plan's 15 min
# Entry is announced and opens for everyone at one moment, when most have been logged in for minutes: a sharper rush than at login.
ENTRY_RUSH: Final = 0.8
ENTRY_MEAN: Final = 0.03  # of the entry window: 36 s of the reference plan's 20 min
# From login to entry: bind the phone, pan, read the attachments. Log-normal, as times for a chore of several steps are.
READYING: Final = 0.25  # of the login window, median: a little under 4 min of the reference plan's 15
READYING_SIGMA: Final = 0.5
# The lesson is started by the candidate: a breath, seldom a minute.
STARTING: Final = 0.01  # of the lesson, median: 6 s of 10 min
STARTING_SIGMA: Final = 0.8
STARTING_MOST: Final = 0.2  # of the lesson, where the plan sets no limit of its own
# Some are done before the time: they end somewhere in the last part of the lesson; in art the presentation is ended by most.
EARLY_SHARE: Final = 0.1
EARLY_PART: Final = 0.3
PRESENTED: Final = (0.4, 1.0)  # of the presentation
# From the end to the phone's stop: getting up and walking to it, 20 s of the reference plan's 60 min.
STOPPING: Final = 0.0055  # of the upload deadline, mean
STOPPING_MOST: Final = 0.1


@dataclass(frozen=True)
class Day:
    """Every candidate's moments, exam ms, in order: `login` ≤ `enter` < `start` < `end` ≤ `stop`; `art` says whose track it is."""

    login: Moments
    bind: Moments
    enter: Moments
    start: Moments
    end: Moments
    stop: Moments
    art: Flags

    def __len__(self) -> int:
        return len(self.login)


@dataclass(frozen=True)
class Outages:
    """Who loses the network, from when to when: `candidate` indexes a `Day`; exam ms."""

    candidate: Moments
    begins: Moments
    ends: Moments


def day(plan: Plan, candidates: int, rng: np.random.Generator, *, art_share: float = 0.0) -> Day:
    """The day of so many candidates. Raises `VivaError` for a share outside [0, 1], or for art where the plan has none."""
    _share("art-share", art_share)
    if art_share and "art" not in plan.tracks:
        raise VivaError(f"art-share is {art_share}, but {plan.id} has no track 'art'; leave it out")
    windows, spans = plan.windows, plan.spans
    login_width, entry_width = windows.entry_opens - windows.login_opens, windows.entry_closes - windows.entry_opens
    art = rng.random(candidates) < art_share
    login = windows.login_opens + _rush(candidates, rng, login_width, LOGIN_RUSH, LOGIN_MEAN)
    ready = rng.lognormal(np.log(READYING * login_width), READYING_SIGMA, candidates)
    door = windows.entry_opens + _rush(candidates, rng, entry_width, ENTRY_RUSH, ENTRY_MEAN)
    enter = np.minimum(np.maximum(door, login + ready), windows.entry_closes - 1)
    bind = login + (enter - login) * rng.uniform(0.2, 0.6, candidates)  # somewhere between, before the reading
    most = spans.lesson * STARTING_MOST if spans.lesson_start is None else float(spans.lesson_start)
    breath = rng.lognormal(np.log(STARTING * spans.lesson), STARTING_SIGMA, candidates)
    start = spans.preparation + np.minimum(breath, most)
    return Day(
        login=_whole(login),
        bind=_whole(bind),
        enter=_whole(enter),
        start=_whole(start),
        end=(end := _whole(_ends(plan, start, art, rng))),
        stop=end + _whole(np.minimum(rng.exponential(STOPPING, candidates), STOPPING_MOST) * spans.upload_deadline),
        art=art,
    )


def outages(day_: Day, rng: np.random.Generator, *, share: float, mean_ms: float) -> Outages:
    """A share of the candidates loses the network once, at any moment from entry to the phone's stop, for an exponential time."""
    _share("outage-share", share)
    who = np.flatnonzero(rng.random(len(day_)) < share)
    begins = day_.enter[who] + _whole(rng.random(len(who)) * (day_.stop[who] - day_.enter[who]))
    return Outages(candidate=who, begins=begins, ends=begins + 1 + _whole(rng.exponential(mean_ms, len(who))))


def _ends(plan: Plan, start: NDArray[np.float64], art: Flags, rng: np.random.Generator) -> NDArray[np.float64]:
    spans, candidates = plan.spans, len(start)
    early = rng.random(candidates) < EARLY_SHARE
    part = np.where(early, 1 - EARLY_PART * rng.random(candidates), 1.0)
    ordinary = start + spans.lesson * part
    presented = rng.uniform(*PRESENTED, candidates) * spans.presentation
    return np.where(art, start + spans.lesson + spans.skill_test + presented, ordinary)


def _rush(candidates: int, rng: np.random.Generator, width: int, rush: float, mean: float) -> NDArray[np.float64]:
    """Ms after a door opens: a share comes in an exponential rush, the rest evenly; all before it closes."""
    crowd = rng.random(candidates) < rush
    # The inverse of the exponential's distribution cut off at the window's width: nobody piles up at the close.
    whole = 1 - np.exp(-1 / mean)
    hurried = -mean * np.log1p(-rng.random(candidates) * whole)
    return np.where(crowd, hurried, rng.random(candidates)) * (width - 1)


def _whole(values: NDArray[np.float64]) -> Moments:
    return np.floor(values).astype(np.int64)


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise VivaError(f"{name} is {value}; a share lies between 0 and 1")
