"""The report: one page that opens offline, for people. What was asked, what was seen, and a picture of every interview played.

Laws: nothing is fetched (a content policy forbids it), no text of a subject is ever markup (Jinja2 escapes all of it, and the policy lets only
our own script run), and the same record gives the same page. Called by the command.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import structs

from harness.core.events import Event
from harness.core.plan import Plan
from harness.core.record import Record, Run
from harness.core.timeline import Timeline
from harness.core.units import show
from harness.rules.requirement import Requirement, Section, requirement
from reports.album import Pictures, pictures
from reports.certificate import withheld
from reports.picture import draw
from reports.results import RequirementResult, Results, ScenarioResult, counts, exit_status
from reports.sentences import describe, distance, when
from reports.shapes import Picture
from reports.text import bounded
from reports.words import SECTIONS, SPEEDS, TRACKS, VERDICTS, Words

FILE: Final = "report.html"
EVIDENCE: Final = 12  # events a scenario; the rest stand in results.json
SIGN: Final = 15.0  # the width of a number in a circle
_TEMPLATES: Final = Path(__file__).parent / "templates"


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One run with its picture, or the sentence why there is none. `id` is its anchor in the page."""

    id: str
    run: Run
    picture: Picture | None
    pictures: Pictures = Pictures()
    missing: str = ""


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the evidence: its number in the scenario, its sentence, and its place in the picture.

    The line stands at `x`; the number below it at `label_x`, moved on where it would cover the one before.
    """

    number: int
    time: str
    sentence: Words
    x: float = 0
    label_x: float = 0


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario as the page shows it."""

    result: ScenarioResult
    evidence: tuple[Sign, ...]
    left_out: int
    drawn: Drawn | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement as the page shows it."""

    asked: Requirement
    result: RequirementResult
    scenarios: tuple[Shown, ...]
    reason: str  # of the worst scenario, or why the subject lacks it


def render(record: Record, results: Results, plan: Plan, folder: Path) -> str:
    """The page of a run. `plan` is the exam at full length; the timelines stand in `folder`, where the record says."""
    albums = pictures(record.runs, folder)
    runs = [
        structs.replace(_drawn(number, run, plan, folder), pictures=albums[number - 1])
        for number, run in enumerate(record.runs, start=1)
    ]
    by_digest = {each.run.digest: each for each in runs}  # the last attempt is the one that was judged
    rows = [_row(result, by_digest) for result in results.requirements]
    script = (_TEMPLATES / "report.js").read_text("utf-8").strip()
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["bounded"] = bounded
    environment.filters["distance"] = distance
    environment.filters["duration"] = show
    return environment.get_template("report.html.jinja").render(
        results=results,
        plan=plan,
        sections=[(section, SECTIONS[section], list(group)) for section, group in _by_section(rows)],
        attention=[row for row in rows if row.result.verdict in ("error", "broken", "unobserved")],
        runs=runs,
        counts=counts(results.summary),
        withheld=withheld(results),
        status=exit_status(results),
        verdicts=VERDICTS,
        tracks=TRACKS,
        speeds=SPEEDS,
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=Markup((_TEMPLATES / "report.css").read_text("utf-8")),
    )


def _by_section(rows: list[Row]) -> Iterator[tuple[Section, Iterator[Row]]]:
    return groupby(rows, key=lambda row: row.asked.stage)


def _row(result: RequirementResult, runs: dict[str, Drawn]) -> Row:
    worst = next((each.reason for each in result.scenarios if each.verdict == result.verdict), "")
    return Row(
        asked=requirement(result.id),
        result=result,
        scenarios=tuple(_shown(each, runs.get(each.run)) for each in result.scenarios),
        reason=result.reason if isinstance(result.reason, str) else worst,
    )


def _shown(result: ScenarioResult, drawn: Drawn | None) -> Shown:
    picture = drawn.picture if drawn is not None else None
    signs: list[Sign] = []
    for number, event in enumerate(result.evidence[:EVIDENCE], start=1):
        x = picture.scale.x(event.at_ms) if picture is not None else 0
        beside = x
        while any(abs(sign.label_x - beside) < SIGN for sign in signs):
            beside += SIGN
        signs.append(Sign(number=number, time=when(event), sentence=describe(event), x=x, label_x=beside))
    return Shown(result=result, evidence=tuple(signs), left_out=max(0, len(result.evidence) - EVIDENCE), drawn=drawn)


def _drawn(number: int, run: Run, plan: Plan, folder: Path) -> Drawn:
    name = f"run-{number}"
    try:
        timeline = read_timeline(folder / run.timeline)
    except OSError as error:
        return Drawn(id=name, run=run, picture=None, missing=f"{run.timeline}: {error.strerror}")
    except msgspec.DecodeError as error:
        return Drawn(id=name, run=run, picture=None, missing=f"{run.timeline}: {error}")
    return Drawn(id=name, run=run, picture=draw(timeline, plan.at(run.length), run.began_ms, run.ended_ms))


def read_timeline(file: Path) -> Timeline:
    """A timeline from its file, an event a line. Raises OSError, or msgspec.DecodeError where a line is no event."""
    return Timeline(msgspec.json.Decoder(Event).decode_lines(file.read_bytes()))
