"""`viva forecast`: the exam day as a simulation, in a process of its own like all of `load`."""

from __future__ import annotations

import click

from harness.cli.child import exam_argument, passed_through
from harness.session.exams import load_exam


@click.command("forecast")
@click.argument("exam")
@click.option("--candidates", type=click.IntRange(1), default=1_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the forecast as data.")
def command(exam: str, candidates: int, as_json: bool) -> int:
    """Forecast EXAM's day: so many candidates over one uplink; who misses the deadline, and by how much."""
    load_exam(exam)
    return passed_through(
        "load.forecast", [exam_argument(exam), "--candidates", str(candidates), *(["--json"] if as_json else [])]
    )
