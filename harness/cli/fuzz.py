"""`viva fuzz`: random interviews against the model, the first that differs shrunk to the smallest."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harness.cli import output
from harness.cli.suite import output_folder
from harness.core.script import Script
from harness.core.view import ROLES
from harness.drivers.in_process import factory_of
from harness.drivers.manifest import Subject
from harness.fuzz.oracles import Finding, examine
from harness.fuzz.search import search
from harness.fuzz.telling import events_of, intents_of, read_script, told, write_script
from harness.fuzz.ways import presses_of_the_way, way_of
from harness.session.subjects import load_subject

FILE: Final = "script.json"
SHOWN: Final = 5  # of what else is found on the smallest script


@click.command("fuzz")
@click.argument("subject")
@click.option("--runs", type=click.IntRange(1), default=1_000, show_default=True, help="So many interviews at most.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed finds the same.")
@click.option("--jobs", type=click.IntRange(1), help="So many processes; all cores, if left out. They find the same.")
@click.option("--script", "file", type=click.Path(path_type=Path), help="Play this script again instead of searching.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where a difference is saved; reports/runs/<time>-fuzz, if left out."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as data.")
def command(
    subject: str, *, runs: int, seed: int, jobs: int | None, file: Path | None, out: Path | None, as_json: bool
) -> int:
    """Play random interviews of SUBJECT in virtual time and compare them with the model. Exit status 1: one differs."""
    client = load_subject(subject)
    for role in ROLES:
        factory_of(
            client.device(role)
        )  # a client that can't be made in this process is said so before anything is played
    if file is not None:
        script = read_script(file)
        said = Said(subject=subject, seed=seed, runs=1, script=script, findings=examine(script, client), file=file)
    else:
        said = _searched(subject, client, seed=seed, runs=runs, jobs=jobs, out=out, quiet=as_json)
    if as_json:
        output.print_json(_data(said))
    else:
        _tell(said)
    return 1 if said.findings else 0


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to say: `script` and `file` where something differs, or where one script was played again."""

    subject: str
    seed: int
    runs: int
    script: Script | None = None
    findings: tuple[Finding, ...] = ()
    file: Path | None = None


def _searched(
    subject: str, client: Subject, *, seed: int, runs: int, jobs: int | None, out: Path | None, quiet: bool
) -> Said:
    """Searches, with a bar on stderr; what differs is saved."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=output.console(err=True), disable=quiet, transient=True) as bars:
        task = bars.add_task("interviews", total=runs)
        found = search(client, seed=seed, runs=runs, jobs=jobs, told=lambda more: bars.update(task, advance=more))
    if found.difference is None:
        return Said(subject=subject, seed=seed, runs=found.runs)
    file = output_folder(out, "fuzz") / FILE
    write_script(file, found.difference.script)
    return Said(
        subject=subject,
        seed=seed,
        runs=found.runs,
        script=found.difference.script,
        findings=found.difference.findings,
        file=file,
    )


def _data(said: Said) -> dict[str, Any]:
    difference = None
    if said.findings and said.script is not None:
        difference = {
            "findings": [msgspec.to_builtins(each) for each in said.findings],
            "intents": intents_of(said.script),
            "events": events_of(said.script),
            "way": way_of(said.script),
            "presses_of_the_way": presses_of_the_way(said.script),
            "tells": told(said.script),
            "script": str(said.file),
        }
    return {
        "schema": "viva-fuzz/1",
        "subject": said.subject,
        "seed": said.seed,
        "runs": said.runs,
        "difference": difference,
    }


def _tell(said: Said) -> None:
    console = output.console()
    if not said.findings or said.script is None:
        played = f"{said.runs} interviews" if said.file is None else f"{said.file}"
        console.print(f"no difference: {output.shown(played)} played, and model, service, client and rules agree")
        return
    first, *others = said.findings
    console.print(f"[bold red]{first.oracle}[/]  {output.shown(first.sentence, 600)}")
    for each in others[:SHOWN]:
        console.print(f"  also {each.oracle}: {output.shown(each.sentence, 400)}")
    intents, events, way = intents_of(said.script), events_of(said.script), presses_of_the_way(said.script)
    console.print(
        f"\n{said.runs} interviews; the smallest that shows it has {intents} intents among {events} events, "
        f"beyond the {way} presses of the {way_of(said.script)}:"
    )
    for line in told(said.script):
        console.print(f"  {output.shown(line, 300)}")
    console.print(f"\nagain: viva fuzz {output.shown(said.subject)} --script {said.file}")
