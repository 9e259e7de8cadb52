"""`viva rehearse`: the exam day as load. Locust patches the process it is in, so it runs in one of its own."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.child import exam_argument, passed_through
from harness.session.exams import load_exam


@click.command("rehearse")
@click.argument("exam")
@click.option("--target", metavar="URL", help="The service; the bundled one, if left out.")
@click.option("--candidates", type=click.IntRange(1), default=50, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Output folder; reports/runs/<time>-rehearsal, if left out."
)
def command(exam: str, target: str | None, candidates: int, out: Path | None) -> int:
    """Rehearse EXAM's day: so many candidates log in, bind, enter, upload and finish, on time; every byte is checked."""
    load_exam(exam)
    given = [exam_argument(exam), "--candidates", str(candidates)]
    given += ["--target", target] if target else []
    given += ["--out", str(out.resolve())] if out else []
    return passed_through("load.rehearsal", given)
