"""The record of one run of the suite: what a certification writes and what reports are made from. Values only."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

import msgspec

from harness.core.events import Event
from harness.core.plan import Length, Speed, Track
from harness.core.verdict import Margin, Outcome
from harness.core.view import AlertCode, Page, Role, Stream

SCHEMA: Final = "viva-record/1"


class SubjectInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The client under test, as its manifest and its own `initialize` say. Bounded and escaped before it comes here."""

    name: str
    vendor: str
    version: str
    path: str
    driver: str  # headless, web or virtual: what the requirement table calls it


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Why a failure is known and does not fail the run, and the last day on which that holds."""

    reason: str
    until: dt.date


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement judged on one scenario."""

    requirement: str
    scenario: str  # the scenario's own name, as in the feature
    feature: str  # file name
    track: Track
    verdict: Outcome
    reason: str = ""
    margin: Margin | None = None
    evidence: tuple[Event, ...] = ()
    run: str = ""  # digest of the script whose timeline was judged
    known: Known | None = None  # it is broken, and that was said beforehand
    seen: Outcome | None = None  # of what the subject declares that it lacks: what the rule said all the same
    first: str = ""  # what a first attempt, which decided nothing, had said


class Instant(msgspec.Struct, frozen=True, kw_only=True):
    """One frame of a recording: which device delivered it, and when, exam ms."""

    device: int
    at_ms: int


class FilmStrip(msgspec.Struct, frozen=True, kw_only=True):
    """A recording at a few instants, a column each: the camera's picture above what is held of it (`paired`), or that alone."""

    stream: Stream
    instants: tuple[Instant, ...]
    paired: bool
    jpeg: bytes


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """What a page looked like when it came, or when these alerts first showed on it."""

    role: Role
    page: Page
    at_ms: int  # exam time
    jpeg: bytes
    alerts: tuple[AlertCode, ...] = ()


class Album(msgspec.Struct, frozen=True, kw_only=True):
    """The pictures of one run, for people to look at; stands in `albums/<digest>-<attempt>.json` below the output folder."""

    strips: tuple[FilmStrip, ...] = ()
    shots: tuple[Shot, ...] = ()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One script played: its timeline stands in `timelines/<digest>-<attempt>.jsonl` below the output folder."""

    digest: str
    attempt: int  # 1, or 2 where the first was an error
    track: Track
    timeline: str
    began_ms: int
    ended_ms: int
    length: Length = "scaled"  # which plan it followed
    lateness_ms: int  # the harness's worst
    took_ms: int  # real time
    album: str = ""  # its pictures' file, where there are any
    blank: bool = False  # nobody was to look at its recordings: the sources were blank, and none was inspected
    error: str = ""  # a fault of the harness, one sentence


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run of the suite found."""

    schema: Literal["viva-record/1"] = SCHEMA
    suite: str  # Viva's version
    subject: SubjectInfo
    exam: str
    tracks: tuple[Track, ...]
    speed: Speed
    started: str  # ISO 8601
    took_ms: int
    judgements: tuple[Judgement, ...]
    runs: tuple[Run, ...]
    unsupported: dict[str, str] = {}  # declared by the subject: id → why
    plan_warnings: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()  # known failures that are none any more: a sentence each, and the run has failed
    notes: tuple[
        str, ...
    ] = ()  # what the machine lacks, and where a client does otherwise than it says of itself: a sentence each
