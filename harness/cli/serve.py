"""`viva serve`: the bundled exam service in the foreground, with an exam and made-up candidates, to write a client against."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from pathlib import Path

import click
import psutil

from harness.cli import output
from harness.core.errors import HarnessError, VivaError
from harness.core.plan import Plan
from harness.core.platform import Entrant
from harness.core.units import Moment, show_moment
from harness.service.bundled import BundledPlatform
from harness.session.exams import ROOT, load_exam
from virtual_devices.candidates import candidate

EARLY_MS = 60_000  # before login opens, where nothing else is asked: time to start a client


@click.command("serve")
@click.option("--exam", default="heshan-2022", show_default=True)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Of the exam API; any free one, if left out.")
@click.option("--control-port", type=click.IntRange(0, 65_535), default=0, help="Of the harness's own API.")
@click.option("--speed", type=click.Choice(["full", "scaled"]), default="full", show_default=True)
@click.option(
    "--at", metavar="MOMENT", help="Exam time to begin at, as T-15min; a minute before login opens, if left out."
)
@click.option(
    "--candidates", type=click.IntRange(1, 1_000), default=3, show_default=True, help="Every third one in art."
)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where state and recordings are kept; nowhere, if left out."
)
def command(
    *, exam: str, port: int, control_port: int, speed: str, at: str | None, candidates: int, folder: Path | None
) -> int:
    """Run the exam service until it is interrupted. Any face logs in."""
    plan = load_exam(exam) if speed == "full" else load_exam(exam).at_scale()
    begin = _moment(at) if at else plan.windows.login_opens - EARLY_MS
    entrants = [_entrant(seed, plan) for seed in range(1, candidates + 1)]
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="viva-serve-")))
        platform = stack.enter_context(
            BundledPlatform(place, port=port, control_port=control_port, pages=ROOT / "clients" / "web")
        )
        platform.configure(plan, entrants, exam_now=begin)
        _tell(platform, plan, entrants, begin)
        psutil.Process(platform.pid).wait()
        raise HarnessError(f"The exam service ended by itself; its log is {place / 'service.log'}")


def _moment(text: str) -> int:
    try:
        return Moment.parse(text)
    except VivaError as error:
        raise VivaError(f"--at: wanted {error}") from error


def _entrant(seed: int, plan: Plan) -> Entrant:
    art = "art" in plan.tracks and seed % 3 == 0
    person = candidate(seed, art=art)
    return Entrant(
        ticket=secrets.token_urlsafe(18),
        name=person.name,
        admission_number=person.admission_number,
        id_number=person.id_number,
        phone=person.phone,
        track="art" if art else "ordinary",
    )


def _tell(platform: BundledPlatform, plan: Plan, entrants: list[Entrant], begin: int) -> None:
    """Where it is and who may come in; on stdout, because it is what the command is for."""
    click.echo(f"{platform.url}/v1  {plan.title} ({plan.id}), exam time {show_moment(begin)}")
    click.echo(f"{platform.url}/v1/openapi.json  what it speaks")
    click.echo(f"{platform.url}/pages/laptop/  {platform.url}/pages/phone/  the reference pages")
    for entrant in entrants:
        click.echo(f"ticket {entrant.ticket}  {entrant.track:<8}  {entrant.name}  {entrant.admission_number}")
    output.console(err=True).print("Ctrl-C ends it.")
