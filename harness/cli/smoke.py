"""`viva smoke`: is the driver sound, before anything is judged."""

from __future__ import annotations

import click

from harness.cli import output
from harness.session.smoke import smoke
from harness.session.subjects import load_subject
from harness.session.web_files import remark


@click.command("smoke")
@click.argument("subject")
@click.option("--headed", is_flag=True, help="Watch the browsers in windows on your display.")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as data.")
def command(subject: str, headed: bool, as_json: bool) -> int:
    """Hold one short conversation with each client of SUBJECT. Exit status 1: one of them is not sound."""
    output.remark(remark(load_subject(subject)))
    found = smoke(subject, headed=headed)
    if as_json:
        output.print_json(found)
    else:
        table = output.table("", "client", "step", "took", "found", right=("took",), wraps="found")
        for role, steps in found.items():
            for step in steps:
                mark = "[green]✓[/]" if step.ok else "[bold red]✕[/]"
                table.add_row(mark, role.value, step.name, f"{step.took_ms}ms", output.shown(step.detail, 400))
        output.console().print(table)
    return 0 if all(step.ok for steps in found.values() for step in steps) else 1
