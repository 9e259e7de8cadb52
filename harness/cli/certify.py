"""`viva certify`: plays the suite against one client and writes what came of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast, get_args

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from harness.cli import features, output, suite
from harness.core.errors import VivaError
from harness.core.plan import TRACKS, VIRTUAL_TIME, Plan, Speed, Track
from harness.core.record import Record
from harness.drivers.manifest import Subject
from harness.session import known as known_failures
from harness.session.headed import require_browser, watched_on
from harness.session.pause import RESUME, Paused
from harness.session.smoke import smoke, unsound
from harness.session.subjects import load_subject
from harness.session.web_files import remark
from reports import certificate, html, junit, results
from reports.sentences import distance


@click.command("certify")
@click.argument("subject")
@click.option("--exam", default="heshan-2022", show_default=True, help="An exam of exams/, or a plan's path.")
@click.option("--track", type=click.Choice(TRACKS), help="One track; both, if left out.")
@click.option(
    "--speed",
    type=click.Choice(get_args(Speed)),
    default="scaled",
    show_default=True,
    help="full: the notice's own minutes, over HTTP. scaled: an interview in half a minute, over HTTP. virtual: the notice's own minutes"
    " without a wall clock, recordings judged on scaled interviews; quick: scaled ones alone, without a wall clock.",
)
@click.option("--only", default="", metavar="ID,...", help="These requirements only.")
@click.option(
    "-n",
    "--parallel",
    type=click.IntRange(1, 256),
    help="Scenarios at once; as many as the machine carries, if left out.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Output folder; reports/runs/<time>-<subject>, if left out."
)
@click.option(
    "--known",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Known failures; known-failures.toml beside the manifest, if left out.",
)
@click.option(
    "--keys",
    type=click.Path(path_type=Path),
    envvar="VIVA_KEYS",
    default=lambda: Path(click.get_app_dir("viva")),
    help="Folder of the key that signs certificates; made on first use.",
)
@click.option(
    "--headed",
    is_flag=True,
    help="Watch the browsers in windows on your display, one interview at a time unless -n says otherwise. Nothing else changes.",
)
@click.option(
    "--trace",
    is_flag=True,
    help="Play interviews that were broken or an error once more, unjudged, with a Playwright trace of each browser in traces/; ten at most.",
)
@click.option(
    "--pause-at",
    metavar="ID",
    default="",
    help="Keep the browsers of the first interview on which ID is judged open, once it is, until you press Enter.",
)
@click.option("--json", "as_json", is_flag=True, help="Print results.json, alone, on stdout.")
def command(
    *,
    subject: str,
    exam: str,
    track: str | None,
    speed: str,
    only: str,
    parallel: int | None,
    out: Path | None,
    known: Path | None,
    keys: Path,
    headed: bool,
    trace: bool,
    pause_at: str,
    as_json: bool,
) -> int:
    """Play every scenario against SUBJECT (a folder with a client.toml, or that file) and judge each requirement."""
    order = suite.Order(
        subject=subject,
        exam=exam,
        speed=cast("Speed", speed),
        track=cast("Track | None", track),
        only=suite.chosen(only),
        parallel=parallel or 0,
        known=known,
        headed=headed,
        trace=trace,
        pause_at="".join(suite.chosen(pause_at)[:1]),
    )
    plan = order.plan()
    client = load_subject(subject)
    if headed:
        watched_on(client)
    if trace:
        require_browser(client, "--trace", "films browsers")
    if order.pause_at:
        _can_pause(order, client)
    found_beside = known_failures.beside(client.path)
    if (file := known or found_beside) is not None:
        known_failures.read(file)  # a bad file is said before minutes are spent
    _judged_somewhere(order.only)
    folder = suite.output_folder(out, subject)
    output.remark(remark(client))
    if order.speed not in VIRTUAL_TIME and (obstacle := _obstacle(subject)):
        output.remark(obstacle)
        return 1
    record = _played(order, folder)
    found = write(record, plan, folder, keys)
    if as_json:
        output.print_json(found)
    _tell(found, folder, to_stderr=as_json)
    return results.exit_status(found)


def _can_pause(order: suite.Order, client: Subject) -> None:
    """Raises `VivaError` where there is nothing to keep open, nobody to look at it, or no moment for it."""
    require_browser(client, "--pause-at", "keeps browsers open")
    if not sys.stdin.isatty():
        raise VivaError("--pause-at waits for Enter, and standard input is no terminal: run it in one")
    if order.only and order.pause_at not in order.only:
        raise VivaError(
            f"--pause-at {order.pause_at} never comes with --only {','.join(order.only)}: name it there too"
        )
    _judged_somewhere((order.pause_at,))


def _judged_somewhere(only: tuple[str, ...]) -> None:
    """Refuses a run that could judge nothing."""
    if only and not any(features.judging(identifier) for identifier in only):
        raise VivaError(f"No scenario judges {', '.join(only)} yet; `viva requirements` lists what is judged")


def _obstacle(subject: str) -> str:
    """Why this client can't be judged, if it can't hold one short conversation: said at once, before minutes are spent on it."""
    return unsound(smoke(subject))


def _played(order: suite.Order, folder: Path) -> Record:
    """The suite's record, with its progress on stderr."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=output.console(err=True), transient=True) as bars:
        task = bars.add_task(f"{output.shown(order.subject, 40)} · {order.exam}", total=None)
        with suite.Run(order, folder) as run:
            ended = False
            while not ended:
                ended = run.ended()
                for line in run.news():
                    bars.update(task, total=line.total, completed=line.done)
                    if line.paused is not None:
                        bars.stop()
                        _wait(line.paused)
                        (folder / RESUME).touch()
                        bars.start()
            return run.record()


def _wait(paused: Paused) -> None:
    """The browsers stay open until the person presses Enter."""
    console = output.console(err=True)
    console.print(f"{paused.requirement} {output.verdict(paused.verdict)}: {output.shown(paused.reason, 600)}")
    for role, address in paused.at.items():
        console.print(
            f"The {role}'s DevTools: {address} (add it in another Chromium's chrome://inspect)", soft_wrap=True
        )
    console.print("Its browsers stay open; press Enter to go on.")
    sys.stdin.readline()


def write(record: Record, plan: Plan, folder: Path, keys: Path) -> results.Results:
    """Everything that is made from a record: results.json, junit.xml, report.html, and a certificate where it is deserved."""
    found = results.results_of(record)
    text = results.encode(found)
    files = {
        results.FILE: text,
        junit.FILE: junit.junit(found),
        html.FILE: html.render(record, found, plan, folder).encode(),
    }
    if not certificate.withheld(found):
        files[certificate.FILE] = certificate.issue(found, text, certificate.signing_key(keys)) or b""
    try:
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise VivaError(
            f"{folder} can't be written ({error.strerror}); make room there or name another folder"
        ) from error
    return found


def _tell(found: results.Results, folder: Path, *, to_stderr: bool) -> None:
    """The verdicts, and where the files are."""
    console = output.console(err=to_stderr)
    table = output.table("requirement", "level", "verdict", "margin", "seen", right=("margin",), wraps="seen")
    for each in found.requirements:
        if each.verdict == "unjudged":
            continue
        worst = next((one.reason for one in each.scenarios if one.verdict == each.verdict), "")
        reason = each.reason if isinstance(each.reason, str) else worst
        if each.contradicted and each.verdict == "unsupported":
            reason = worst
        seen = "" if each.verdict == "kept" else output.shown(reason)
        margin = "" if each.margin is None else distance(each.margin)
        word = f"{output.verdict(each.verdict)}{' (known)' if each.known else ''}"
        table.add_row(each.id, each.level, word, margin, seen)
    console.print(table)
    counts = ", ".join(
        f"{count} {output.verdict(outcome)}" for outcome, count in results.counts(found.summary) if count
    )
    known = f" ({found.summary.known} of them known)" if found.summary.known else ""
    console.print(
        f"\n{output.shown(found.subject.name, 80)} {output.shown(found.subject.version, 40)}: {counts}{known}"
    )
    for sentence in found.suite.stale:
        console.print(f"[bold red]{output.shown(sentence, 600)}[/]")
    for sentence in found.suite.notes:
        console.print(f"[yellow]{output.shown(sentence, 600)}[/]")
    if found.suite.rerun:
        _tell_late(found.suite, console)
    obstacles = certificate.withheld(found)
    if obstacles:
        console.print("No certificate: " + "; ".join(obstacle.why.en for obstacle in obstacles))
    else:
        console.print(f"Certificate: {folder / certificate.FILE}", soft_wrap=True)
    console.print(f"Report: {folder / html.FILE}", soft_wrap=True)
    console.print(f"Results: {folder / results.FILE}, {folder / junit.FILE}", soft_wrap=True)


def _tell_late(played: results.Suite, console: Console) -> None:
    console.print(
        f"{played.rerun} of {played.runs} runs were made again, because the harness itself was late; "
        f"that had left {played.undecided} of {played.scenarios} scenarios undecided"
    )
    if results.too_late(played):
        console.print("[bold magenta]That is too many: this machine is too slow for what the run says[/]")
