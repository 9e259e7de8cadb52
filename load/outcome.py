"""What a rehearsal found, as values: what the users bring home, the figures made of it, and the file `rehearsal.json`. Pure.

Laws: latency and lateness are counted from when a thing was due; percentiles are by nearest rank; the exit status follows from the
verdicts alone. `python -m load.outcome` writes the JSON Schema into `docs/schemas`. What it all says of the service is judged in
`load.judgement`; both are called by the rehearsal.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from harness.core.events import Operation
from harness.core.plan import Speed, Track, encode_number
from load.check import Fate
from load.pacing import percentile
from load.uploads import Sent
from reports.results import RequirementResult, Summary

SCHEMA: Final = "viva-rehearsal/1"
FILE: Final = "rehearsal.json"
PLACE: Final = Path(__file__).parents[1] / "docs" / "schemas" / "rehearsal.json"

# Timers of an idle gevent loop woke 0-2 ms late on the machine this was written on. A quarter of a second is a quarter of a slice: a
# generator that is later than that makes rushes of its own, and what it measures is itself.
GENERATOR_LATE_MS: Final = 250

Phase = Literal["open", "login", "bind", "read", "entry", "start", "lesson", "end", "finish", "evidence"]
PHASES: Final[tuple[Phase, ...]] = (
    "open",
    "login",
    "bind",
    "read",
    "entry",
    "start",
    "lesson",
    "end",
    "finish",
    "evidence",
)
# The four rushes of the notice, by what the candidates then want.
RUSHES: Final[dict[Phase, tuple[Operation, str]]] = {
    "login": (Operation.LOGIN, "登录开放时集中登录，每一位都及时得到服务"),
    "entry": (Operation.ENTRY, "进入考试开放时集中进入，每一位都及时得到服务"),
    "start": (Operation.QUESTION, "开考时同时获取试题，每一位都及时得到服务"),
    "end": (Operation.STAGE, "结束时集中上报，每一位都及时得到服务"),
}


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate came to one phase. Exam ms."""

    phase: Phase
    ticket: str
    track: Track
    due_ms: int
    done_ms: int
    status: int = 0  # 0: no reply
    problem: str = ""

    @property
    def served(self) -> bool:
        """The service did what was asked."""
        return 200 <= self.status < 300

    @property
    def took_ms(self) -> int:
        """From when it was due."""
        return max(0, self.done_ms - self.due_ms)


class Trespass(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tried what is not theirs."""

    what: Literal["guessed-code", "no-token", "foreign-head", "foreign-patch", "foreign-finish"]
    at_ms: int
    status: int  # 0: no reply


class Findings(msgspec.Struct, kw_only=True):
    """What the users bring home."""

    arrivals: list[Arrival] = []
    sents: list[Sent] = []
    trespasses: list[Trespass] = []
    given_up: dict[str, str] = {}  # by ticket: why the day ended early
    faults: list[str] = []  # of the generator: nothing is judged then
    woke_late: list[int] = []  # the generator's own lateness at each timed wait, ms
    requests_at: Counter[int] = msgspec.field(default_factory=Counter)  # by whole second of exam time
    bytes_at: Counter[int] = msgspec.field(default_factory=Counter)


class Bytes(msgspec.Struct, frozen=True, kw_only=True):
    """Of all recordings: `held` are the very ones recorded, `lost` were acknowledged and are not held."""

    sent: int
    acknowledged: int
    held: int
    lost: int


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution, ms."""

    p50: int
    p95: int
    p99: int
    max: int


class Slack(msgspec.Struct, frozen=True, kw_only=True):
    """Deadline minus completion, ms: the percentiles are of the slack that so many have at least."""

    p50: int
    p95: int
    p99: int
    min: int


class PhaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """How one phase went; latency is counted from when the candidate was due."""

    name: Phase
    arrivals: int
    served: int
    failures: int
    p50_ms: int
    p95_ms: int
    p99_ms: int
    max_ms: int


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What the run put on the service, and what it took."""

    took_ms: int
    requests: int
    requests_per_s: int  # mean
    peak_requests_per_s: int
    peak_bytes_per_s: int
    generator_cpu_percent: int  # of one core
    service_cpu_percent: int | None  # None: not our process


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The run in one sentence."""

    zh: str
    en: str


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """The file `rehearsal.json`."""

    schema: Literal["viva-rehearsal/1"] = SCHEMA
    exam: str
    speed: Speed
    seed: int
    slice_ms: int
    candidates: int
    tracks: dict[Track, int]
    requirements: tuple[RequirementResult, ...]
    bytes: Bytes
    lateness_ms: Spread  # of slices against their absolute schedule
    generator_late_ms: Spread  # the part of it that is this generator's own
    lag_ms: Spread  # of live uploads: the age of the oldest byte when it was acknowledged
    slack_ms: Slack
    phases: tuple[PhaseResult, ...]
    given_up: int  # candidates whose day ended early
    load: Load
    summary: Summary
    answer: Answer


# -- figures -----------------------------------------------------------------------------------------------------------


def spread(values: Iterable[int]) -> Spread:
    """Zeros for none."""
    found = sorted(values)
    return Spread(
        p50=percentile(found, 50), p95=percentile(found, 95), p99=percentile(found, 99), max=found[-1] if found else 0
    )


def slack(sents: Iterable[Sent]) -> Slack:
    """Of those recordings that were held."""
    missing = sorted(sent.held_ms - sent.deadline_ms for sent in sents if sent.held_ms is not None)
    low, high, higher = (-percentile(missing, percent) for percent in (50, 95, 99))
    return Slack(p50=low, p95=high, p99=higher, min=-missing[-1] if missing else 0)


def phase(name: Phase, arrivals: Sequence[Arrival]) -> PhaseResult:
    """One phase over those who came."""
    took = sorted(each.took_ms for each in arrivals if each.served)
    return PhaseResult(
        name=name,
        arrivals=len(arrivals),
        served=len(took),
        failures=len(arrivals) - len(took),
        p50_ms=percentile(took, 50),
        p95_ms=percentile(took, 95),
        p99_ms=percentile(took, 99),
        max_ms=took[-1] if took else 0,
    )


def totals(sents: Sequence[Sent], fates: Sequence[Fate]) -> Bytes:
    """Over all recordings."""
    return Bytes(
        sent=sum(each.sent for each in sents),
        acknowledged=sum(each.acknowledged for each in fates),
        held=sum(each.held for each in fates),
        lost=sum(each.lost for each in fates),
    )


def exit_status(summary: Summary) -> Literal[0, 1, 2]:
    """0: everything judged was kept. 1: something was broken or unobserved. 2: an error of the harness, or nothing judged."""
    if summary.error or not summary.kept + summary.broken + summary.unobserved:
        return 2
    return 1 if summary.broken or summary.unobserved else 0


def answer(summary: Summary, candidates: int, total: Bytes, broken: Sequence[str], late: Spread) -> Answer:
    """What an organiser wants to know."""
    if summary.error:
        return Answer(
            zh=f"压力端自身滞后（p99 {late.p99} 毫秒），本次演练不能作出判断；请减少考生人数，或换用更快的机器。",
            en=f"The load generator itself was late (p99 {late.p99} ms), so this run can't tell; "
            f"rehearse with fewer candidates or on a faster machine.",
        )
    if broken:
        ids = ", ".join(broken)
        return Answer(
            zh=f"{candidates}名考生的考试日未能全部达到要求：{ids}；丢失{total.lost}字节。",
            en=f"The exam day of {candidates} candidates did not keep everything asked: {ids}; {total.lost} bytes lost.",
        )
    return Answer(
        zh=f"{candidates}名考生的考试日达到全部受检要求：确认的{total.acknowledged:,}字节无一丢失。",
        en=f"The exam day of {candidates} candidates kept everything that was judged: "
        f"none of {total.acknowledged:,} acknowledged bytes was lost.",
    )


def encode(rehearsal: Rehearsal) -> bytes:
    """The text of `rehearsal.json`."""
    return msgspec.json.format(msgspec.json.encode(rehearsal, enc_hook=encode_number), indent=1) + b"\n"


def schema_text() -> str:
    """The JSON Schema's file."""
    schema: dict[str, Any] = msgspec.json.schema(Rehearsal)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_text(schema_text(), "utf-8")
