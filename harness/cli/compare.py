"""`viva compare`: two runs."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import output
from reports.compare import Change, compare
from reports.results import read_results


@click.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what changed as data.")
def command(before: Path, after: Path, as_json: bool) -> int:
    """Say what changed from run BEFORE to run AFTER (results.json, or its folder). Exit status 1: something is newly broken."""
    found = compare(read_results(before), read_results(after))
    if as_json:
        output.print_json(found)
        return 1 if found.newly_broken else 0
    console = output.console()
    for difference in found.differs:
        console.print(f"[yellow]The runs differ in {difference}[/]")
    parts: tuple[tuple[str, tuple[Change, ...]], ...] = (
        ("Newly broken", found.newly_broken),
        ("Fixed", found.fixed),
        ("Otherwise changed", found.otherwise),
        ("Known failures", found.known),
    )
    for title, changes in parts:
        if changes:
            console.print(f"[bold]{title}[/]")
        for each in changes:
            reason = f"  {output.shown(each.reason)}" if each.reason else ""
            console.print(f"  {each.id:<9}{output.verdict(each.before)} → {output.verdict(each.after)}{reason}")
    if found.shrunk:
        console.print("[bold]Margins that shrank[/]")
    for shrunk in found.shrunk:
        console.print(f"  {shrunk.id:<9}{shrunk.before} → {shrunk.after} (-{shrunk.percent} %)")
    if not any((found.newly_broken, found.fixed, found.otherwise, found.known, found.shrunk)):
        console.print("No verdict changed and no margin shrank.")
    return 1 if found.newly_broken else 0
