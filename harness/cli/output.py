"""What commands print: data alone on stdout, tables for people, and verdicts in their colours."""

from __future__ import annotations

from typing import Any, Final, Literal

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

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


PIPE_WIDTH: Final = 160  # columns where nobody says how wide the screen is: a sentence of ours fits


def console(*, err: bool = False) -> Console:
    """For people; plain where it is no terminal."""
    found = Console(stderr=err, highlight=False)
    return found if found.is_terminal else Console(stderr=err, highlight=False, width=PIPE_WIDTH)


def table(*columns: str, right: tuple[str, ...] = (), wraps: str) -> Table:
    """A plain table: `wraps` is the column of sentences, which takes the room that the others leave."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        justify: Literal["left", "right"] = "right" if name in right else "left"
        made.add_column(name, no_wrap=name != wraps, overflow="fold", justify=justify)
    return made


def shown(text: str, limit: int = 200) -> str:
    """A subject's text, fit for a terminal and for rich's markup."""
    return escape(bounded(text, limit))


def remark(sentence: str) -> None:
    """One line on stderr; nothing where there is nothing to say."""
    if sentence:
        console(err=True).print(f"viva: {shown(sentence, 600)}", soft_wrap=True)


def verdict(outcome: Outcome) -> str:
    """The verdict's word in its colour."""
    return f"[{STYLES[outcome]}]{outcome}[/]"
