"""`viva forecast`: the exam day as a simulation, in a process of its own like all of `load`, which knows the options."""

from __future__ import annotations

import click

from harness.cli.child import passed_through


@click.command("forecast", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Forecast EXAM's day: so many candidates over one uplink; who misses the deadline, and by how much."""
    return passed_through("load.forecast", arguments)
