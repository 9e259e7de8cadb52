"""`viva rehearse`: the exam day as load. Locust patches the process it is in, so it runs in one of its own, which knows the options."""

from __future__ import annotations

import click

from harness.cli.child import passed_through


@click.command("rehearse", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Rehearse EXAM's day as load on a service: every candidate logs in, uploads and finishes, and every byte is checked."""
    return passed_through("load.rehearsal", arguments)
