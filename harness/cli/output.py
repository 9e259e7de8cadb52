"""What commands print: data alone on stdout, tables for people, and verdicts in their colours."""

from __future__ import annotations

from typing import Any, Final

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from harness.core.plan import encode_number
from harness.core.verdict import Outcome
from reports.text import bounded

STYLES: Final[dict[Outcome, str]] = {
    "kept": "green",
    "broken": "bold red",
    "unobserved": "yellow",
    "unsupported": "magenta",
    "unjudged": "bright_black",
    "error": "bold magenta",
}


def print_json(value: Any) -> None:
    """Data for machines: UTF-8, on stdout, and nothing beside it."""
    click.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=encode_number), indent=2))


def console(*, err: bool = False) -> Console:
    """For people; plain where it is no terminal."""
    return Console(stderr=err, highlight=False)


def shown(text: str, limit: int = 200) -> str:
    """A subject's text, fit for a terminal and for rich's markup."""
    return escape(bounded(text, limit))


def verdict(outcome: Outcome) -> str:
    """The verdict's word in its colour."""
    return f"[{STYLES[outcome]}]{outcome}[/]"
