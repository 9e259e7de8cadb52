"""The exam day as a simulation: does everybody's upload reach the service in time over this uplink?

`python -m load.forecast EXAM --candidates N`; `viva forecast` runs it as a process of its own. Each candidate is a SimPy process that enters,
records camera and screen live, ends, stops the phone and uploads the evidence; some lose the network for a while. They share one uplink
(`load.uplink`: a fluid on a grid of steps). Laws: seeded, so that one seed gives one day whatever the bandwidth; nobody's bytes are lost; a
deadline is the plan's, from the candidate's own end. Exit status: 0 nobody misses it, 1 somebody does, 2 the input was wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click
import msgspec
import numpy as np
import simpy
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from harness.core.errors import VivaError
from harness.core.plan import Plan
from harness.core.units import show
from harness.session.exams import load_exam
from harness.wallclock import WallClock
from load.shapes import Day, Outages, day, outages
from load.uplink import Uplink

STEP_MS: Final = 1_000  # the grid: a client sends what it recorded in slices of a second
_KBPS: Final = 1_000 / 8 / 1_000  # bytes a ms
_HORIZON: Final = 2  # deadlines after the last one at which the day is given up


class Setup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a forecast supposes. Bit rates of 720p as the clients of such exams send it; the home link is a slow one."""

    candidates: int
    seed: int = 1
    uplink_mbps: float = 10_000.0
    candidate_uplink_kbps: float = 4_000.0  # median of the home links
    candidate_uplink_spread: float = 0.4  # sigma of their log-normal distribution
    camera_kbps: float = 500.0
    screen_kbps: float = 200.0
    evidence_kbps: float = 500.0
    art_share: float = 0.0
    outage_share: float = 0.02
    outage_minutes: float = 3.0  # mean

    def check(self) -> None:
        """Raises `VivaError` for a number that makes no sense, with the option's name."""
        positive = ("candidates", "uplink_mbps", "candidate_uplink_kbps", "camera_kbps", "screen_kbps", "evidence_kbps")
        for name in (*positive, "outage_minutes"):
            if not 0 < getattr(self, name) < float("inf"):
                raise VivaError(f"--{name.replace('_', '-')} is {getattr(self, name)}; give a number above 0")
        if not 0 <= self.candidate_uplink_spread <= 3:
            raise VivaError(
                f"--candidate-uplink-spread is {self.candidate_uplink_spread}; give 0 (all the same) to 3 at most"
            )
        if self.seed < 0:
            raise VivaError(f"--seed is {self.seed}; give a number from 0 up")


class Quantiles(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Over the candidates, ms."""

    p50: float
    p95: float
    p99: float
    worst: float


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of all candidates."""

    recorded: int
    arrived: int
    waiting: int


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What the day comes to. `slack_ms`: how long before their deadline uploads were complete, the worst last; negative: after it.

    `lag_ms`: each candidate's worst live lag while connected and not recovering from an own outage; one step of the grid is in it.
    """

    schema: str = "viva-forecast/1"
    exam: str
    candidates: int
    art: int
    seed: int
    missed_deadline: int
    unfinished: int  # of them: not complete when the simulation was given up
    slack_ms: Quantiles
    lag_ms: dict[str, float]
    lag_over_limit: int  # candidates whose worst lag passed the plan's `upload_lag`
    catch_up_ms: dict[str, float]  # from the network's return until the lag was back to two steps
    outages: int
    outlasted: int  # outages whose backlog was still there when the interview ended
    peak_bytes_per_s: int
    bytes: Transfer
    setup: Setup
    step_ms: int = STEP_MS
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class Course:
    """How the day went: when the service held everything of each candidate (infinite: never), and the uplink at its end."""

    day: Day
    outages: Outages
    complete: NDArray[np.float64]
    uplink: Uplink


def simulate(plan: Plan, setup: Setup, *, given: Day | None = None, step_ms: int = STEP_MS) -> Course:
    """Plays the day. `given`: these candidates rather than drawn ones. Raises `VivaError` for a setup that makes no sense."""
    setup.check()
    arrivals, homes, failures = (np.random.default_rng([setup.seed, stream]) for stream in range(3))
    day_ = day(plan, setup.candidates, arrivals, art_share=setup.art_share) if given is None else given
    caps = setup.candidate_uplink_kbps * _KBPS * homes.lognormal(0.0, setup.candidate_uplink_spread, len(day_))
    out = outages(day_, failures, share=setup.outage_share, mean_ms=setup.outage_minutes * 60_000)
    environment = simpy.Environment(initial_time=int(day_.bind.min()) // step_ms * step_ms)
    uplink = Uplink(environment, setup.uplink_mbps * 1_000 * _KBPS, caps, step_ms)
    complete = np.full(len(day_), np.inf)
    running = [environment.process(_candidate(each, day_, setup, uplink, complete)) for each in range(len(day_))]
    for index in range(len(out.candidate)):
        environment.process(_outage(index, out, uplink))
    environment.process(uplink.run())
    last = int(day_.end.max()) + _HORIZON * plan.spans.upload_deadline
    over = environment.all_of(running) | environment.timeout(last - environment.now)
    environment.run(until=over)
    return Course(day_, out, complete, uplink)


def _candidate(
    number: int, day_: Day, setup: Setup, uplink: Uplink, complete: NDArray[np.float64]
) -> Generator[simpy.Event, Any, None]:
    """One candidate: live from entry to the end, the evidence from the phone's stop."""
    environment = uplink.environment
    enter, end, stop = int(day_.enter[number]), int(day_.end[number]), int(day_.stop[number])
    yield environment.timeout(enter - environment.now)
    uplink.record(number, (setup.camera_kbps + setup.screen_kbps) * _KBPS)
    yield environment.timeout(end - enter)
    uplink.record(number, 0.0)
    yield environment.timeout(stop - end)
    uplink.offer(number, (stop - int(day_.bind[number])) * setup.evidence_kbps * _KBPS)
    complete[number] = yield uplink.emptied(number)


def _outage(index: int, out: Outages, uplink: Uplink) -> Generator[simpy.Event, Any, None]:
    """One candidate's network goes, and comes back."""
    environment, candidate = uplink.environment, int(out.candidate[index])
    begins, ends = int(out.begins[index]), int(out.ends[index])
    yield environment.timeout(begins - environment.now)
    uplink.cut(candidate)
    yield environment.timeout(ends - begins)
    uplink.mend(candidate)


def summarise(plan: Plan, setup: Setup, course: Course, elapsed_s: float = 0.0) -> Forecast:
    """The figures of a day that was played."""
    uplink, day_ = course.uplink, course.day
    now = float(uplink.environment.now)
    finite = np.minimum(course.complete, now)  # who never finished is at least so late
    slack = day_.end + plan.spans.upload_deadline - finite
    missed = (slack < 0) | np.isinf(course.complete)
    lag = uplink.worst_lag
    return Forecast(
        exam=plan.id,
        candidates=len(day_),
        art=int(day_.art.sum()),
        seed=setup.seed,
        missed_deadline=int(missed.sum()),
        unfinished=int(np.isinf(course.complete).sum()),
        slack_ms=Quantiles(
            # The unlucky ones are those with little: p95 is what 95 of a hundred have or more.
            p50=_round(np.percentile(slack, 50)),
            p95=_round(np.percentile(slack, 5)),
            p99=_round(np.percentile(slack, 1)),
            worst=_round(slack.min()),
        ),
        lag_ms=_quantiles(lag),
        lag_over_limit=int((lag > plan.limits.upload_lag).sum()),
        catch_up_ms=_quantiles(np.array(uplink.catch_up)),
        outages=len(course.outages.candidate),
        outlasted=uplink.outlasted,
        peak_bytes_per_s=round(uplink.peak * 1_000 / uplink.step_ms),
        bytes=Transfer(
            recorded=round(uplink.recorded),
            arrived=round(float(uplink.arrived.sum())),
            waiting=round(float(uplink.waiting.sum())),
        ),
        setup=setup,
        step_ms=uplink.step_ms,
        elapsed_s=elapsed_s,
    )


def _quantiles(values: NDArray[np.float64]) -> dict[str, float]:
    """p50, p95, p99 and max, ms; empty where there is nothing to take them of."""
    if not len(values):
        return {}
    shares = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    return {name: _round(np.percentile(values, share)) for name, share in shares.items()}


def _round(value: Any) -> float:
    return round(float(value), 1)


def answer(forecast: Forecast) -> tuple[str, str]:
    """The one line that an organiser wants, in Chinese and in English."""
    late, everyone = forecast.missed_deadline, forecast.candidates
    if late:
        over = show(round(-forecast.slack_ms.worst / 1_000) * 1_000)
        least = "至少" if forecast.unfinished else ""
        at_least = "at least " if forecast.unfinished else ""
        return (
            f"{everyone} 名考生中有 {late} 名赶不上上传截止时间，最晚的超过{least} {over}。",
            f"{late} of {everyone} candidates miss the deadline, the last by {at_least}{over}.",
        )
    spare = show(round(forecast.slack_ms.worst / 1_000) * 1_000)
    return (
        f"{everyone} 名考生都能在截止时间之前完成上传，最紧的还余 {spare}。",
        f"All {everyone} candidates are in time; the tightest has {spare} to spare.",
    )


def _table(forecast: Forecast) -> Table:
    table = Table(title=f"{forecast.exam}: {forecast.candidates} 名考生 · candidates (seed {forecast.seed})")
    for heading in ("", "p50", "p95", "p99", "最差 · worst"):
        table.add_column(heading, justify="left" if not heading else "right")
    slack = forecast.slack_ms
    table.add_row("截止前余量 · slack", *(_seconds(each) for each in (slack.p50, slack.p95, slack.p99, slack.worst)))
    for name, values in (("实时滞后 · live lag", forecast.lag_ms), ("断网后追赶 · catch-up", forecast.catch_up_ms)):
        if values:
            table.add_row(name, *(_seconds(each) for each in values.values()))
    table.add_row("峰值 · peak", f"{forecast.peak_bytes_per_s * 8 / 1e6:,.0f} Mbit/s", "", "", "")
    table.add_row("断网 · outages", str(forecast.outages), "", "", "")
    table.add_row("滞后超限 · lag beyond the limit", str(forecast.lag_over_limit), "", "", "")
    return table


def _seconds(ms: float) -> str:
    return f"{ms / 1_000:,.1f} s"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("exam")
@click.option("--candidates", type=int, default=1_000, show_default=True, help="How many take the exam.")
@click.option("--seed", type=int, default=1, show_default=True, help="One seed is one day.")
@click.option("--uplink-mbps", type=float, default=10_000.0, show_default=True, help="The service's ingress, Mbit/s.")
@click.option(
    "--candidate-uplink-kbps", type=float, default=4_000.0, show_default=True, help="Median of the home links, kbit/s."
)
@click.option(
    "--candidate-uplink-spread",
    type=float,
    default=0.4,
    show_default=True,
    help="Their sigma (log-normal); 0: all alike.",
)
@click.option("--camera-kbps", type=float, default=500.0, show_default=True, help="Camera with sound, live.")
@click.option("--screen-kbps", type=float, default=200.0, show_default=True, help="Screen, live.")
@click.option("--evidence-kbps", type=float, default=500.0, show_default=True, help="The phone's film, at the end.")
@click.option("--art-share", type=float, default=0.0, show_default=True, help="Who takes the art track, 0…1.")
@click.option("--outage-share", type=float, default=0.02, show_default=True, help="Who loses the network once, 0…1.")
@click.option("--outage-minutes", type=float, default=3.0, show_default=True, help="For how long on average.")
@click.option("--json", "as_json", is_flag=True, help="Print the forecast as data, alone on stdout.")
def command(exam: str, as_json: bool, **options: Any) -> int:
    """Forecast EXAM's day: who misses the upload deadline over this uplink, and by how much."""
    clock = WallClock()
    began = clock.now()
    plan, setup = load_exam(exam), Setup(**options)
    course = simulate(plan, setup)
    forecast = summarise(plan, setup, course, elapsed_s=(clock.now() - began) / 1_000)
    if as_json:
        click.echo(msgspec.json.encode(forecast))
    else:
        Console().print(_table(forecast))
        click.echo("\n".join(answer(forecast)))
    return 1 if forecast.missed_deadline else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; what was wrong with its input is one sentence on stderr, and 2."""
    try:
        status = command.main(args=arguments, prog_name="python -m load.forecast", standalone_mode=False)
    except VivaError as error:
        click.echo(f"{error}", err=True)
        return 2
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.Abort:
        return 130
    return int(status or 0)


if __name__ == "__main__":
    sys.exit(main())
