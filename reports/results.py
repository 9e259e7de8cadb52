"""Results: what one run of the suite says of each requirement, made from its record and written as `results.json`.

Laws: every requirement of a client appears, in the order of the interview; one that nothing judged is `unjudged`, never left out and never
kept; a requirement is the worst of its scenarios, its margin the smallest of theirs; a failure that was known beforehand is broken all the
same, and only fails no run; the exit status follows from the results alone.
Called by the command, and by whatever else is made from results: the page, JUnit, the certificate, the comparison of two runs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from harness.core.errors import HarnessError, VivaError
from harness.core.events import Event
from harness.core.plan import Speed, Track
from harness.core.record import Judgement, Known, Record, SubjectInfo
from harness.core.verdict import Margin, Outcome, worst
from harness.rules.requirement import Level, Requirement, requirements

SCHEMA: Final = "viva-results/1"
FILE: Final = "results.json"

# A machine that is late now and then is a fact of life, and a scenario decided inside that lateness is played again. Where more than
# one in fifty is, the machine is too slow for what the run says, and the run itself is the error.
RERUN_PERCENT: Final = 2


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """The run that was made: `runs` scripts were played, `rerun` of them twice because the harness was late.

    Of `scenarios` judged, so many were `undecided` at the first attempt. `stale` says which known failures are none any more, `notes`
    what the machine lacks, and where a client does otherwise than it says of itself; a sentence each.
    """

    version: str
    started: str  # ISO 8601
    took_ms: int
    runs: int
    rerun: int
    scenarios: int = 0
    undecided: int = 0
    warnings: tuple[str, ...] = ()  # of the exam plan
    stale: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class ScenarioResult(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement as one scenario found it. `run` names the timeline that was judged.

    `known`: it is broken, as was said beforehand. `seen`: what was seen of what the subject declares missing. `first`: what a first
    attempt said, which decided nothing because the harness was late.
    """

    name: str
    feature: str
    track: Track
    verdict: Outcome
    reason: str
    margin: Margin | None
    evidence: tuple[Event, ...]
    run: str
    known: Known | msgspec.UnsetType = msgspec.UNSET
    seen: Outcome | msgspec.UnsetType = msgspec.UNSET
    first: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def fails(self) -> bool:
        """It fails the run: broken or unobserved, and not known."""
        return self.verdict in ("broken", "unobserved") and not isinstance(self.known, Known)


class RequirementResult(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement over all its scenarios. `reason` is there only where the subject declared that it lacks it."""

    id: str
    level: Level
    verdict: Outcome
    margin: Margin | None
    scenarios: tuple[ScenarioResult, ...]
    reason: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def known(self) -> bool:
        """It is broken where that was known beforehand, and nowhere else."""
        some = any(isinstance(each.known, Known) for each in self.scenarios)
        return self.verdict == "broken" and some and not any(each.fails for each in self.scenarios)

    @property
    def fails(self) -> bool:
        """It fails the run: broken or unobserved, and not known."""
        return self.verdict in ("broken", "unobserved") and not self.known

    @property
    def contradicted(self) -> bool:
        """The subject declares it missing, and was seen to have it."""
        return any(each.seen is not msgspec.UNSET for each in self.scenarios)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How many requirements came out how; of those that are broken, so many are `known` failures alone."""

    kept: int = 0
    broken: int = 0
    unobserved: int = 0
    unsupported: int = 0
    unjudged: int = 0
    error: int = 0
    known: int = 0


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The file `results.json`."""

    schema: Literal["viva-results/1"] = SCHEMA
    suite: Suite
    subject: SubjectInfo
    exam: str
    tracks: tuple[Track, ...]
    speed: Speed
    requirements: tuple[RequirementResult, ...]
    summary: Summary


def results_of(record: Record) -> Results:
    """What a record says of every requirement of a client. Raises `HarnessError` where it judges one that is not in the catalogue."""
    judgements: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in record.judgements:
        judgements[judgement.requirement].append(judgement)
    catalogue = [each for each in requirements() if each.judged_of == "client"]
    strangers = sorted(judgements.keys() - {each.id for each in catalogue})
    if strangers:
        raise HarnessError(
            f"The record judges {strangers[0]!r}, which is no requirement of a client; it was written by another version of Viva"
        )
    judged = tuple(_over_scenarios(each, judgements[each.id], record.unsupported.get(each.id)) for each in catalogue)
    return Results(
        suite=Suite(
            version=record.suite,
            started=record.started,
            took_ms=record.took_ms,
            runs=len({run.digest for run in record.runs}),
            rerun=len({run.digest for run in record.runs if run.attempt > 1}),
            scenarios=len(set(map(_scenario, record.judgements))),
            undecided=len({_scenario(each) for each in record.judgements if each.first}),
            warnings=record.plan_warnings,
            stale=record.stale,
            notes=record.notes,
        ),
        subject=record.subject,
        exam=record.exam,
        tracks=record.tracks,
        speed=record.speed,
        requirements=judged,
        summary=_summary(Counter(each.verdict for each in judged), known=sum(each.known for each in judged)),
    )


def _scenario(judgement: Judgement) -> tuple[str, str, Track]:
    return judgement.feature, judgement.scenario, judgement.track


def _over_scenarios(asked: Requirement, found: list[Judgement], declared: str | None) -> RequirementResult:
    outcomes = [each.verdict for each in found] + (["unsupported"] if declared is not None else [])
    return RequirementResult(
        id=asked.id,
        level=asked.level,
        verdict=worst(outcomes),
        # The scenarios of one requirement measure the same thing in the same unit; beyond the bound is below zero.
        margin=min(
            (each.margin for each in found if each.margin is not None), key=lambda each: each.value, default=None
        ),
        scenarios=tuple(
            ScenarioResult(
                name=each.scenario,
                feature=each.feature,
                track=each.track,
                verdict=each.verdict,
                reason=each.reason,
                margin=each.margin,
                evidence=each.evidence,
                run=each.run,
                known=each.known or msgspec.UNSET,
                seen=each.seen or msgspec.UNSET,
                first=each.first or msgspec.UNSET,
            )
            for each in found
        ),
        reason=msgspec.UNSET if declared is None else declared,
    )


def _summary(counts: Counter[Outcome], known: int) -> Summary:
    return Summary(
        kept=counts["kept"],
        broken=counts["broken"],
        unobserved=counts["unobserved"],
        unsupported=counts["unsupported"],
        unjudged=counts["unjudged"],
        error=counts["error"],
        known=known,
    )


def counts(summary: Summary) -> tuple[tuple[Outcome, int], ...]:
    """Each outcome with its number, as people read them: the good first, then what there is to do."""
    return (
        ("kept", summary.kept),
        ("broken", summary.broken),
        ("unobserved", summary.unobserved),
        ("error", summary.error),
        ("unsupported", summary.unsupported),
        ("unjudged", summary.unjudged),
    )


def too_late(suite: Suite) -> bool:
    """More than 2 % of the scenarios were decided by a second attempt, or not at all: the run itself is an error."""
    return suite.undecided * 100 > suite.scenarios * RERUN_PERCENT


def exit_status(results: Results) -> Literal[0, 1, 2]:
    """0: everything judged was kept, or a failure known. 1: something was broken or unobserved, or a known failure is stale.
    2: an error, a machine too late, or nothing judged at all.
    """
    summary = results.summary
    judged = summary.kept + summary.broken + summary.unobserved + summary.unsupported
    if summary.error or too_late(results.suite) or not judged:
        return 2
    return 1 if any(each.fails for each in results.requirements) or results.suite.stale else 0


def encode(results: Results) -> bytes:
    """The text of `results.json`: the same bytes for the same results."""
    return msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"


def read_results(path: Path) -> Results:
    """The results in a file, or in the output folder of a run. Raises `VivaError` with one sentence."""
    file = path / FILE if path.is_dir() else path
    try:
        return msgspec.json.decode(file.read_bytes(), type=Results)
    except FileNotFoundError as error:
        raise VivaError(
            f"{file} is not there; name a {FILE}, or the folder that `viva certify` wrote it into"
        ) from error
    except OSError as error:
        raise VivaError(f"{file} can't be read ({error.strerror}); check its permissions") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise VivaError(f"{file} is not what `viva certify` writes ({error}); name a {FILE}") from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `results.json`, as it stands in `docs/schemas`."""
    schema = msgspec.json.schema(Results)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}
