"""The command `viva`: a table of commands, each in a module of its own that is loaded only when it is run.

Laws: bad input is one sentence on stderr and exit status 2, never a traceback; an interrupt is status 130 and leaves nothing running; what
a command prints for machines stands alone on stdout. A command is a thin function that calls the parts and returns its exit status. Nobody
imports this.
"""

from __future__ import annotations

import difflib
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final, NoReturn

import click

from harness.core.errors import VivaError

COMMANDS: Final = {
    "certify": "play every scenario against a client and judge each requirement",
    "init": "a manifest and the skeleton of a client, to begin with",
    "smoke": "is the driver sound, before anything is judged",
    "requirements": "the catalogue: scenarios and faulty clients behind each",
    "explain": "what a requirement asks, where the notice says so, how it is judged",
    "fuzz": "random interviews against the model, shrunk to the smallest that differs",
    "faulty": "every client built to fail against the suite: what caught it, what else fell",
    "inspect": "what a recording shows, alone",
    "serve": "the exam service, to write a client against",
    "rehearse": "the exam day as load on a service",
    "forecast": "the exam day as a simulation",
    "verify": "a certificate, offline",
    "compare": "two runs: newly broken, fixed, margins that shrank",
    "doctor": "what this machine can do",
    "devices": "the virtual devices by themselves: on a page, to see",
}
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells count
TERMINATED: Final = 143  # 128 + SIGTERM
BROKEN_PIPE: Final = 141  # 128 + SIGPIPE: whoever read our output has gone


class Commands(click.Group):
    """A group that knows its commands' names and loads no module before it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command's own, from `harness.cli.NAME`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"harness.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "`viva --help` lists them all"
            raise VivaError(f"No command is called {args[0]!r}; {remedy}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without loading a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="viva")
def viva() -> None:
    """Viva: certify online interview clients, and rehearse the exam day.

    Exit status: 0 everything judged was kept (or the job is done), 1 something was broken or unobserved, 2 the harness or its use was at fault.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit status; prints the sentence where there is one to say."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with viva.make_context("viva", given) as context:  # not viva.main, which answers a closed pipe with status 1
            status = viva.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except (click.ClickException, VivaError) as error:
        say(error.format_message() if isinstance(error, click.ClickException) else str(error))
        return 2
    except (KeyboardInterrupt, click.Abort):
        say("interrupted; nothing was left running")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the interpreter's last flush is silent
        return BROKEN_PIPE
    return status if isinstance(status, int) else 0


def say(sentence: str) -> None:
    """One line on stderr."""
    click.echo(f"viva: {' '.join(sentence.split())}", err=True)


def main() -> NoReturn:
    """The entry point of the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show Chinese is no reason to fail
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(run())


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Ends like an interrupt: what was started is stopped on the way out."""
    sys.exit(TERMINATED)
