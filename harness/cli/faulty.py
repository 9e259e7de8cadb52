"""`viva faulty`: every client that is built to break one requirement, against the suite."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import cast

import click
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from harness.cli import matrix, output, web_matrix
from harness.cli.faulty_clients import FaultyClient, faulty_clients, faulty_web_clients
from harness.core.errors import HarnessError, VivaError
from harness.core.plan import VIRTUAL_TIME, Speed
from harness.session.exams import load_exam
from harness.session.web_files import without_stack
from harness.wallclock import WallClock


@click.command("faulty")
@click.option("--client", "names", multiple=True, metavar="NAME", help="This one only; may be given more than once.")
@click.option(
    "--new", "only_new", is_flag=True, help="Run only those that changed, or whose rules did, since they last ran."
)
@click.option(
    "--web",
    is_flag=True,
    help="The web clients, in real browsers and real time: each on the scripts that judge what it breaks and one whole interview.",
)
@click.option("--exam", default="heshan-2022", show_default=True)
@click.option(
    "--speed",
    type=click.Choice(sorted(VIRTUAL_TIME)),
    default="quick",
    show_default=True,
    help="quick: scaled interviews. virtual: the notice's own minutes as well. Neither waits for a wall clock, and neither is for --web.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Output folder; reports/runs/<time>-faulty, if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the matrix as data.")
def command(
    *, names: tuple[str, ...], only_new: bool, web: bool, exam: str, speed: str, out: Path | None, as_json: bool
) -> int:
    """Play the suite against every faulty client: what caught it, and what else fell."""
    load_exam(exam)
    if web:
        if poor := without_stack():
            raise HarnessError(f"what web clients break is sought with every device alone, but {poor}")
        return _web(_wanted(names, faulty_web_clients()), exam, out, only_new=only_new, as_json=as_json)
    known = faulty_clients()
    wanted = _wanted(names, known)
    chosen = cast("Speed", speed)
    digests = {client.name: matrix.digest(client, client.exam or exam, chosen) for client in wanted}
    last = matrix.read_kept(matrix.KEPT_FILE)
    same = {client.name for client in wanted if only_new and last.digests.get(client.name) == digests[client.name]}
    batch = matrix.Batch(clients=tuple(client for client in wanted if client.name not in same), exam=exam, speed=chosen)
    clock = WallClock()
    began = clock.now()
    fresh = _run(batch, out) if batch.clients else ()
    took_ms = clock.now() - began
    matrix.keep(fresh, digests, known, matrix.KEPT_FILE)
    by_name = {**{name: last.rows[name] for name in same}, **{row.id: row for row in fresh}}
    rows = [by_name[client.name] for client in wanted]
    if as_json:
        output.print_json([msgspec.to_builtins(row) for row in rows])
    _tell(rows, wanted, kept=len(same), to_stderr=as_json)
    if fresh:
        pace = f"{len(fresh) * 60_000 / max(1, took_ms):.1f} rows a minute"
        output.console(err=as_json).print(f"{took_ms / 60_000:.1f} min for {len(fresh)} of them: {pace}")
    return 0 if all(row.good for row in rows) else 1


def _web(wanted: tuple[FaultyClient, ...], exam: str, out: Path | None, *, only_new: bool, as_json: bool) -> int:
    last = web_matrix.read_kept(web_matrix.KEPT_FILE)
    same = {
        client.name: last.rows[client.name]
        for client in wanted
        if only_new and last.digests.get(client.name) == web_matrix.digest(client, client.exam or exam)
    }
    console = output.console(err=True)

    def told(name: str, problem: str) -> None:
        console.print(f"{name}: {output.shown(problem) if problem else 'played'}")

    console.print(f"[bright_black]{web_matrix.PLAYED}[/]")
    fresh = web_matrix.run_all(
        [client for client in wanted if client.name not in same], exam, out, web_matrix.KEPT_FILE, told
    )
    rows = [same[client.name] if client.name in same else fresh[client.name] for client in wanted]
    if as_json:
        output.print_json([msgspec.to_builtins(row) for row in rows])
    _tell(rows, wanted, kept=len(same), to_stderr=as_json)
    return 0 if all(row.good for row in rows) else 1


def _wanted(names: tuple[str, ...], known: tuple[FaultyClient, ...]) -> tuple[FaultyClient, ...]:
    by_name = {client.name: client for client in known}
    for name in names:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "`viva faulty --json` names them all"
            raise VivaError(f"No faulty client is called {name!r}; {remedy}")
    return tuple(by_name[name] for name in dict.fromkeys(names)) or known


def _run(batch: matrix.Batch, out: Path | None) -> tuple[matrix.Row, ...]:
    console = output.console(err=True)
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    columns = (*bar, TimeElapsedColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    with Progress(*columns, console=console, transient=True) as bars:
        runs = len(batch.clients) + len(set(map(batch.exam_of, batch.clients)))  # the honest client once in each exam
        task = bars.add_task("faulty clients", total=runs)

        def told(name: str, problem: str) -> None:
            bars.update(task, advance=1, description=name)
            if problem:
                console.print(f"[yellow]{name}[/]: {output.shown(problem)}")

        return matrix.run_all(batch, out, told)


def _tell(rows: list[matrix.Row], wanted: tuple[FaultyClient, ...], *, kept: int, to_stderr: bool) -> None:
    console = output.console(err=to_stderr)
    table = output.table("client", "breaks", "caught", "also fell", "what it does", wraps="what it does")
    for row, client in zip(rows, wanted, strict=True):
        fell = [
            f"[bright_black]{each}[/]" if each in row.declared else f"[bold red]{each}[/]" for each in row.also_fell
        ]
        fell += [f"[yellow]{each} (declared, but stands)[/]" for each in row.declared if each not in row.also_fell]
        caught = "[green]yes[/]" if row.caught_by else "[bold red]no[/]"
        where = f"In {client.exam}: " if client.exam else ""
        table.add_row(row.id, row.breaks, caught, ", ".join(fell), output.shown(f"{where}{client.summary}"))
    console.print(table)
    good = sum(row.good for row in rows)
    again = f"; {kept} unchanged since they last ran" if kept else ""
    console.print(
        f"\n{good} of {len(rows)} faulty clients caught by what they break, with nothing undeclared beside{again}"
    )
