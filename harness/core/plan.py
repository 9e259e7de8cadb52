"""The exam plan: every time, limit and reading of an organiser's notice, as data.

A plan is read from `exams/NAME.toml`. Its windows are half-open `[opens, closes)` in exam time. `Moment` and `Span` fields shrink
to the plan's `[scaled]` table in a scaled run; `Limit` fields bound reactions in real time and never do. A plan that contradicts
itself is refused with the field, the value and the remedy.
"""

from __future__ import annotations

import datetime as dt
import difflib
from pathlib import PurePath
from typing import Any, Final, Literal, TypeVar

import msgspec

from harness.core.errors import PlanError, VivaError
from harness.core.units import Limit, Millis, Moment, Span, show, show_moment

Track = Literal["ordinary", "art"]
TRACKS: Final[tuple[Track, ...]] = ("ordinary", "art")
Speed = Literal["full", "scaled", "virtual", "quick"]
"""How a run of the suite goes: full and scaled over HTTP, as the clock does; virtual and quick in virtual time, in process."""

Length = Literal["full", "scaled"]
"""Of one interview: the notice's own windows and spans, or those of the plan's `[scaled]` table."""

LENGTHS: Final[dict[Speed, tuple[Length, ...]]] = {
    "full": ("full",),
    "scaled": ("scaled",),
    # Encoding three streams for 70 minutes takes longer than anybody waits: what reads recordings is judged on scaled interviews.
    "virtual": ("full", "scaled"),
    "quick": ("scaled",),
}
VIRTUAL_TIME: Final[frozenset[Speed]] = frozenset({"virtual", "quick"})


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the plan: unknown keys are refused."""


class Contact(_Section, frozen=True, kw_only=True):
    """Technical support (技术服务), shown wherever a client tells the candidate to call."""

    phone: str
    hours: str
    opens: dt.date
    closes: dt.date
    from_hour: dt.time
    to_hour: dt.time


class Windows(_Section, frozen=True, kw_only=True):
    """Points of exam time."""

    login_opens: Moment
    entry_opens: Moment
    entry_closes: Moment


class Spans(_Section, frozen=True, kw_only=True):
    """Lengths of exam time."""

    preparation: Span
    lesson: Span
    skill_test: Span
    presentation: Span  # at most; 【结束考试】 ends it earlier
    upload_deadline: Span  # from the candidate's actual end
    binding_ttl: Span
    lease: Span  # a session that died is released after it
    lesson_start: Span | None = None  # how long the lesson may be put off; the notice gives no limit


class Limits(_Section, frozen=True, kw_only=True):
    """Bounds in real time. Each says in the plan's own comment where its number comes from."""

    reaction: Limit  # a change that is due by itself is shown
    evidence_start: Limit  # binding → evidence recording
    evidence_after_end: Limit  # evidence still runs so long after the end, if not stopped
    recording_start: Limit  # entry → screen, T0 → camera and microphone
    recording_gap: Limit
    upload_lag: Limit
    catch_up: Limit  # after an outage the lag is back below its bound
    lesson_end: Limit  # two-sided
    countdown: Limit  # beyond the display's own step
    last_mark_early: Limit
    last_mark_late: Limit
    stop_to_last_mark: Limit  # evidence: its stop against its last mark
    sound_leads: Limit
    sound_lags: Limit
    stall: Limit  # a request on which nothing moves is given up
    first_retry: Limit
    report: Limit  # the time of a reported event, two-sided
    unflushed_tail: Limit  # what a killed client may lose
    device_check: Limit  # so much of a frozen picture, or of silence, is no working device
    still_age: Limit  # the face picture is taken at most so long before the press
    preview: Limit  # a live picture on the page is at most so old


class Readings(_Section, frozen=True, kw_only=True):
    """How the notice is read where it leaves room."""

    rejoin: bool = True
    read_requires_open: bool = False
    retries_per_10s: int = 20


class Media(_Section, frozen=True, kw_only=True):
    """What the streams must be."""

    frames_per_second: int = 10
    sheet_module_px: float = 3.0


class System(_Section, frozen=True, kw_only=True):
    """The least that a candidate's computer must have (系统配置); 0: the exam states nothing."""

    cores: int = 0
    memory_gib: float = 0


class Attachment(_Section, frozen=True, kw_only=True):
    """One file under 考试附件."""

    id: str
    title: str
    text: str


class Subject(_Section, frozen=True, kw_only=True):
    """A track's subject and question."""

    subject: str
    question: str


class Plan(_Section, frozen=True, kw_only=True):
    """One exam: shapes above; times in whole milliseconds relative to T0 (开考)."""

    schema: Literal["viva-exam/1"]
    id: str
    title: str
    starts: dt.datetime
    contact: Contact
    windows: Windows
    spans: Spans
    limits: Limits
    readings: Readings = Readings()
    media: Media = Media()
    system: System = System()
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    attachments: tuple[Attachment, ...]
    tracks: dict[Track, Subject]
    scaled: dict[str, str] = {}

    @property
    def preparation_ends(self) -> Moment:
        """Who enters late has the same end of preparation as everyone."""
        return Moment(self.spans.preparation)

    def answering(self, track: Track) -> Millis:
        """The longest time from the lesson's start to the interview's end, ms."""
        art = self.spans.skill_test + self.spans.presentation if track == "art" else 0
        return Millis(self.spans.lesson + art)

    def at(self, length: Length) -> Plan:
        """The same exam at that length. Raises `PlanError` where `[scaled]` doesn't name what it takes."""
        return self if length == "full" else self.at_scale()

    @property
    def length(self) -> Length:
        """At which length this plan is."""
        return "scaled" if self.scaled and self.at_scale() == self else "full"

    def at_scale(self) -> Plan:
        """The same exam with every window and span at the length that its `[scaled]` table names. Raises `PlanError`."""
        moments = {name: Moment.parse(self._scaled(name)) for name in self.windows.__struct_fields__}
        spans = {
            name: Span.parse(self._scaled(name))
            for name in self.spans.__struct_fields__
            if getattr(self.spans, name) is not None
        }
        unknown = set(self.scaled) - set(moments) - set(spans)
        if unknown:
            raise PlanError(f"{self.id}: [scaled] names {sorted(unknown)[0]!r}, which is no window or span of the plan")
        small = msgspec.structs.replace(
            self, windows=Windows(**moments), spans=msgspec.structs.replace(self.spans, **spans)
        )
        check(small)
        return small

    def _scaled(self, name: str) -> str:
        if name not in self.scaled:
            raise PlanError(f"{self.id}: [scaled] lacks {name!r}; name its length at scaled speed")
        return self.scaled[name]

    def warnings(self) -> tuple[str, ...]:
        """What an organiser should know: a day whose T-30 … end+deadline leaves the desk's hours."""
        first = self.starts + dt.timedelta(milliseconds=self.windows.login_opens)
        longest = self.preparation_ends + self.answering("art" if "art" in self.tracks else "ordinary")
        last = self.starts + dt.timedelta(milliseconds=longest + self.spans.upload_deadline)
        hours = f"{self.contact.from_hour:%H:%M}-{self.contact.to_hour:%H:%M}"
        notes = []
        if not self.contact.opens <= self.starts.date() <= self.contact.closes:
            notes.append(f"{self.id}: the desk is not open on {self.starts.date()}")
        if first.time() < self.contact.from_hour:
            notes.append(f"{self.id}: login opens at {first:%H:%M}, before the desk's hours ({hours})")
        if last.time() > self.contact.to_hour or last.date() != self.starts.date():
            notes.append(f"{self.id}: the last upload may end at {last:%H:%M}, after the desk's hours ({hours})")
        return tuple(notes)


_Number = TypeVar("_Number", bound=Millis)


def _decode_number(kind: type[Any], value: object) -> Any:
    if kind in (Moment, Span, Limit, Millis):
        if not isinstance(value, str):
            raise ValueError(f"wanted a text such as {'T-15min' if kind is Moment else '20min'!r}, not {value!r}")
        try:
            return kind.parse(value)
        except VivaError as error:
            raise ValueError(f"wanted {error}") from error
    raise NotImplementedError(kind)  # msgspec's own signal for "not a type of ours"


def encode_number(value: object) -> int:
    """A hook for msgspec for our units: they are whole milliseconds on the wire."""
    if isinstance(value, Millis):
        return int(value)
    raise NotImplementedError(type(value))  # msgspec's own signal for "not a type of ours"


def decode_number(kind: type[Any], value: object) -> Any:
    """A hook for msgspec: our units as whole milliseconds, the way they are on the wire and in the store."""
    if issubclass(kind, Millis) and isinstance(value, int):
        return kind(value)
    raise NotImplementedError(kind)  # msgspec's own signal for "not a type of ours"


def parse_plan(text: str, source: str) -> Plan:
    """A plan from TOML text; `source` names it in errors. Raises `PlanError` with the field, the value and the remedy."""
    try:
        plan = msgspec.toml.decode(text, type=Plan, dec_hook=_decode_number)
    except msgspec.ValidationError as error:
        raise PlanError(f"{source}: {_explain(str(error))}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise PlanError(f"{source}: is not TOML ({error}); compare it with exams/heshan-2022.toml") from error
    if plan.id != PurePath(source).stem:
        raise PlanError(f"{source}: id is {plan.id!r}; give it the file's name, {PurePath(source).stem!r}")
    check(plan)
    if plan.scaled:
        plan.at_scale()
    return plan


def _explain(problem: str) -> str:
    """The decoder's sentence with the nearest known key, where one was unknown."""
    if "unknown field `" not in problem:
        return problem
    name = problem.partition("unknown field `")[2].partition("`")[0]
    known = [
        field
        for section in (Plan, Contact, Windows, Spans, Limits, Readings, Media, System)
        for field in section.__struct_fields__
    ]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "take it out"
    return f"{problem}: {hint}"


def check(plan: Plan) -> None:
    """Raises `PlanError` where the plan contradicts itself."""
    w, s = plan.windows, plan.spans
    for earlier, later in (("login_opens", "entry_opens"), ("entry_opens", "entry_closes")):
        if getattr(w, earlier) >= getattr(w, later):
            raise PlanError(
                f"{plan.id}: windows.{later} is {show_moment(getattr(w, later))}, not after "
                f"windows.{earlier} ({show_moment(getattr(w, earlier))}); move one of them"
            )
    if w.entry_opens > 0:
        raise PlanError(f"{plan.id}: windows.entry_opens is {show_moment(w.entry_opens)}; it must not be after T0")
    if w.entry_closes > s.preparation:
        raise PlanError(
            f"{plan.id}: windows.entry_closes is {show_moment(w.entry_closes)}, after preparation ends "
            f"(T+{show(s.preparation)}); close entry earlier or prepare longer"
        )
    for name in s.__struct_fields__:
        value = getattr(s, name)
        if value is not None and value <= 0:
            raise PlanError(f"{plan.id}: spans.{name} is {show(value)}; a span must be longer than nothing")
    for name in plan.system.__struct_fields__:
        if getattr(plan.system, name) < 0:
            raise PlanError(f"{plan.id}: system.{name} is {getattr(plan.system, name)}; use 0 for none, or more")
    if "ordinary" not in plan.tracks:
        raise PlanError(f"{plan.id}: tracks lacks 'ordinary'; every exam has it")
    if not plan.attachments:
        raise PlanError(f"{plan.id}: attachments is empty; name at least one file under 考试附件")
    ids = [item.id for item in plan.attachments]
    if len(set(ids)) != len(ids):
        raise PlanError(f"{plan.id}: attachments use an id twice ({ids}); make them differ")
    if plan.starts.tzinfo is None:
        raise PlanError(f"{plan.id}: starts is {plan.starts}; add the offset, such as +08:00")
