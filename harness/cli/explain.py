"""`viva explain`: one requirement, whole."""

from __future__ import annotations

import inspect

import click

from harness.cli import faulty_clients, features, output
from harness.rules.catalogue import RULES
from harness.rules.requirement import Requirement, requirement


@click.command("explain")
@click.argument("identifier", metavar="ID")
def command(identifier: str) -> int:
    """Say what requirement ID asks, where the notice says so, and how it is judged."""
    asked = requirement(identifier)
    console = output.console()
    console.print(f"[bold]{asked.id}[/]  {asked.level}  {asked.clause}")
    if asked.quote:
        console.print(f"[bright_black]“{asked.quote}”[/]")
    console.print(f"\n{asked.zh}\n{asked.en}")
    console.print(f"\n[bold]How it is judged[/]\n{_rule(asked)}\nSeen through: {', '.join(asked.seen)}")
    scenarios = features.judging(asked.id)
    for scenario in scenarios:
        console.print(f"\n[bold]{scenario.name}[/]  [bright_black]{scenario.feature}:{scenario.line}[/]")
        for step in scenario.steps:
            console.print(f"  {step}", markup=False)
    for client in (*faulty_clients.faulty_clients(), *faulty_clients.faulty_web_clients()):
        if client.breaks == asked.id:
            name = client.subject if client.client == "web" else client.name
            where = f" (in {client.exam} alone)" if client.exam else ""
            console.print(f"\n[bold]Built to break it:[/] {name}{where}: {client.summary}")
    return 0


def _rule(asked: Requirement) -> str:
    if asked.judged_of == "service":
        return "By a rehearsal of the exam day: viva rehearse."
    found = next((rule for rule in RULES if rule.requirement == asked.id), None)
    if found is None:
        why = f" It needs the web driver: {asked.web}." if asked.web else ""
        return f"No rule judges it in this version: it is reported as unjudged and withholds the certificate.{why}"
    return inspect.getdoc(found.judge) or found.judge.__name__
