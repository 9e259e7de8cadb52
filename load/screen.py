"""What a person sees of a rehearsal, on stderr: progress while it runs, a table and one sentence at the end. rich, no decisions."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from harness.core.units import show, show_moment
from harness.core.verdict import Outcome
from load.outcome import Findings, Rehearsal

COLOURS: Final[dict[Outcome, str]] = {"kept": "green", "broken": "red", "error": "magenta"}


class Screen:
    """`with Screen() as screen:`; nothing is drawn before `begins`."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[figures]}"),
            console=self._console,
            auto_refresh=False,
        )
        self._task = self._progress.add_task("T", total=None, figures="")

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._progress.live.is_started:  # else it would print an empty line before an error
            self._progress.stop()

    def begins(self, from_ms: int, until_ms: int, what: str) -> None:
        """The day lasts so long at most, exam ms."""
        self._console.print(what, highlight=False)
        self._from_ms = from_ms
        self._progress.update(self._task, total=until_ms - from_ms)
        self._progress.start()

    def shows(self, now_ms: int, findings: Findings, candidates: int) -> None:
        """Where the day stands."""
        counted = dict.fromkeys(("login", "entry", "end"), 0)
        for each in findings.arrivals:
            if each.phase in counted:
                counted[each.phase] += 1
        held = sum(each.held_ms is not None for each in findings.sents)
        sent = sum(each.acknowledged for each in findings.sents)
        self._progress.update(
            self._task,
            completed=now_ms - self._from_ms,
            description=f"{show_moment(now_ms // 1_000 * 1_000):>8}",
            figures=f"登录 {counted['login']} · 进入 {counted['entry']} · 结束 {counted['end']} of {candidates}; "
            f"{sent / 1e6:.1f} MB, {held} recordings held",
        )
        self._progress.refresh()

    def says(self, text: str) -> None:
        """One line."""
        self._stop()
        self._console.print(text, highlight=False)

    def results(self, rehearsal: Rehearsal) -> None:
        """The tables, and the answer."""
        self._stop()
        phases = Table(title=f"{rehearsal.exam} · {rehearsal.speed} · {rehearsal.candidates} candidates")
        for name in ("phase", "came", "served", "p50", "p95", "p99", "max"):
            phases.add_column(name, justify="left" if name == "phase" else "right")
        for each in rehearsal.phases:
            times = (f"{ms} ms" for ms in (each.p50_ms, each.p95_ms, each.p99_ms, each.max_ms))
            phases.add_row(each.name, str(each.arrivals), str(each.served), *times)
        self._console.print(phases)
        self._figures(rehearsal)
        verdicts = Table()
        for name in ("requirement", "verdict", "margin", "seen"):
            verdicts.add_column(name)
        for result in rehearsal.requirements:
            colour = COLOURS.get(result.verdict, "yellow")
            worst = min(result.scenarios, key=lambda each: (each.verdict == "kept", _margin(each.margin)), default=None)
            margin = "" if result.margin is None else str(result.margin)
            verdicts.add_row(
                result.id,
                f"[{colour}]{result.verdict}",
                margin,
                "not played in this run" if worst is None else worst.reason,
            )
        self._console.print(verdicts)
        self._console.print(f"{rehearsal.answer.zh}\n{rehearsal.answer.en}", highlight=False)

    def _figures(self, rehearsal: Rehearsal) -> None:
        late, own, lag, slack, load = (
            rehearsal.lateness_ms,
            rehearsal.generator_late_ms,
            rehearsal.lag_ms,
            rehearsal.slack_ms,
            rehearsal.load,
        )
        service = "" if load.service_cpu_percent is None else f", the service {load.service_cpu_percent} %"
        for line in (
            f"bytes: {rehearsal.bytes.sent:,} sent, {rehearsal.bytes.held:,} held, {rehearsal.bytes.lost:,} lost",
            f"slices left late by {late.p50} / {late.p99} / {late.max} ms (p50 / p99 / max), "
            f"{own.p99} ms (p99) of it the generator's own",
            f"live lag {show(lag.p50)} / {show(lag.p99)} / {show(lag.max)}; slack {show(slack.p50)} (p50), {show(slack.min)} (least)",
            f"{load.requests:,} requests in {show(load.took_ms)}, at most {load.peak_requests_per_s} and "
            f"{load.peak_bytes_per_s * 8 / 1e6:.1f} Mbit in a second; the generator took {load.generator_cpu_percent} % of a core{service}",
        ):
            self._console.print(line, highlight=False)


def _margin(margin: object) -> int:
    return int(getattr(margin, "value", 0))
