"""`viva requirements`: the catalogue, with the scenarios and the faulty clients behind each requirement."""

from __future__ import annotations

from typing import Final, Literal

import click
import msgspec

from harness.cli import faulty_clients, features, output
from harness.rules.requirement import Level, Requirement, Section, requirements

Judged = Literal["judged", "unjudged"]
# The drivers there are to be, and whether the suite is played under them in this version.
DRIVERS: Final[dict[str, bool]] = {"headless": True, "web": False}


class Text(msgspec.Struct, frozen=True):
    """What a requirement says, in Chinese and in English."""

    zh: str
    en: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement as `--json` prints it. `drivers` is empty for what is judged of a service.

    `needs` says of one that the headless driver can't show which driver it needs and why; empty for the others.
    """

    id: str
    level: Level
    stage: Section
    clause: str
    text: Text
    scenarios: tuple[str, ...]
    faulty: tuple[str, ...]
    drivers: dict[str, Judged]
    needs: dict[str, str] = {}


def entry(asked: Requirement) -> Entry:
    """A requirement with what stands behind it."""
    scenarios = tuple(scenario.name for scenario in features.judging(asked.id))
    drivers: dict[str, Judged] = {}
    if asked.judged_of == "client":
        drivers = {name: _judged(asked, name, bool(scenarios)) for name in DRIVERS}
    return Entry(
        id=asked.id,
        level=asked.level,
        stage=asked.stage,
        clause=asked.clause,
        text=Text(asked.zh, asked.en),
        scenarios=scenarios,
        faulty=faulty_clients.breaking(asked.id),
        drivers=drivers,
        needs={"driver": "web", "why": asked.web} if asked.web else {},
    )


def _judged(asked: Requirement, driver: str, scenarios: bool) -> Judged:
    """Scenarios play what only a browser can show under no other driver."""
    shows = DRIVERS[driver] and (driver == "web" or not asked.web)
    return "judged" if shows and scenarios else "unjudged"


@click.command("requirements")
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as data.")
def command(as_json: bool) -> int:
    """List the requirements: scenarios and faulty clients behind each."""
    entries = [entry(asked) for asked in requirements()]
    if as_json:
        output.print_json(entries)
        return 0
    table = output.table("id", "level", "scenarios", "faulty", "要求", right=("scenarios", "faulty"), wraps="要求")
    for each in entries:
        table.add_row(each.id, each.level, str(len(each.scenarios) or "–"), str(len(each.faulty) or "–"), each.text.zh)
    console = output.console()
    console.print(table)
    judged = sum(bool(each.scenarios) for each in entries)
    for each in entries:
        if each.needs:
            console.print(f"\n{each.id} needs the {each.needs['driver']} driver: {each.needs['why']}", soft_wrap=True)
    console.print(
        f"\n{len(entries)} requirements, {judged} of them with scenarios; `viva explain ID` says more of one."
    )
    return 0
