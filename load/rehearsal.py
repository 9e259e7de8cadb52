"""The exam day as load on a service: `python -m load.rehearsal EXAM`. Locust users play the candidates, then every byte is checked.

Laws: traffic goes to loopback alone; the run is bounded in count and in time by the plan; what was started is ended. Importing Locust patches
the process, so that this module is only ever run as a process of its own. Exit status 0: everything judged was kept, 1: something was
broken or unobserved, 2: the use or the harness was at fault.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import click
import cv2
import gevent
import locust.env  # patches the process: before anything below opens a socket
import psutil
from gevent.event import Event

from harness.core.errors import HarnessError, VivaError
from harness.core.plan import Plan, Speed
from harness.core.platform import Entrant, HeldSegment
from harness.core.units import show
from harness.core.view import Stream
from harness.service.bundled import BundledPlatform
from harness.session.exams import ROOT, load_exam
from harness.wallclock import WallClock
from load.check import fates
from load.hall import Hall, Seat, Settings
from load.intruder import Intruder
from load.judgement import Run, judge, summary
from load.order import Order, check_room, check_target
from load.outcome import (
    FILE,
    PHASES,
    Findings,
    Load,
    Rehearsal,
    answer,
    encode,
    exit_status,
    phase,
    slack,
    spread,
    totals,
)
from load.pacing import ExamClock
from load.platforms import AttachedPlatform, Registrar
from load.screen import Screen
from load.timetable import Timetable, lead_ms, timetables
from load.users import Candidate
from virtual_devices.candidates import candidate
from virtual_devices.scenes.base import Setting
from virtual_devices.scenes.portrait import portrait

MARGIN_MS: Final = 5_000  # after the last deadline the run is stopped, whatever still goes on
TRESPASSES: Final = 20
SPAWN_PER_S: Final = 100  # Locust warns above it; opening the pages begins later than that takes
KBPS: Final = click.IntRange(8, 100_000)


def rehearse(order: Order, screen: Screen) -> Rehearsal:
    """The whole run. Raises `VivaError` where the use, and `HarnessError` where the harness was at fault."""
    plan = load_exam(order.exam)
    plan = plan if order.speed == "full" else plan.at_scale()
    check_target(order)
    tables = timetables(plan, order.candidates, order.art_share, order.seed)
    try:
        order.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VivaError(f"--out {order.out}: can't be written ({error.strerror}); name another folder") from error
    with _platform(order, tables) as platform:
        return _with_service(order, plan, tables, platform, screen)


@contextmanager
def _platform(order: Order, tables: tuple[Timetable, ...]) -> Iterator[Registrar]:
    """The target, or the bundled service for as long as the run lasts."""
    if order.target:
        with closing(AttachedPlatform(order.target.rstrip("/"), order.control)) as attached:
            yield attached
        return
    check_room(order, tables)
    with BundledPlatform(Path(tempfile.mkdtemp(prefix="service-", dir=order.out))) as bundled:
        yield bundled


def _with_service(
    order: Order, plan: Plan, tables: tuple[Timetable, ...], platform: Registrar, screen: Screen
) -> Rehearsal:
    # A ticket is a bearer token, so nobody may guess it; and a service that is rehearsed again has seen the last run's.
    tickets = [f"{table.number:05d}-{secrets.token_hex(8)}" for table in tables]
    entrants = [_entrant(ticket, table, order.seed) for ticket, table in zip(tickets, tables, strict=True)]
    give_up = max(table.ends for table in tables) + plan.spans.upload_deadline
    exam = platform.configure(plan, entrants, exam_now=plan.windows.login_opens - lead_ms(len(tables)))
    clock, wall = ExamClock(), WallClock()
    sent = wall.now()
    exam_ms, _ = platform.exam_time(exam)
    clock.learn(sent, wall.now(), exam_ms)
    hall = Hall(
        settings=Settings(
            plan=plan,
            exam=exam,
            seed=order.seed,
            slice_ms=order.slice_ms,
            kbps={
                Stream.CAMERA: order.camera_kbps,
                Stream.SCREEN: order.screen_kbps,
                Stream.EVIDENCE: order.evidence_kbps,
            },
            give_up_ms=give_up,
            trespasses=TRESPASSES,
            still=_still(),
        ),
        seats=iter([Seat(ticket=ticket, timetable=table) for ticket, table in zip(tickets, tables, strict=True)]),
        clock=clock,
        findings=Findings(),
        wall=wall,
    )
    service = psutil.Process(platform.pid) if isinstance(platform, BundledPlatform) else None
    load = _play(hall, len(tables), platform.url, service, screen)
    if hall.findings.faults:
        raise HarnessError(f"the load generator failed: {hall.findings.faults[0]}")
    screen.says("checking every byte · 逐字节核对")
    held = {ticket: platform.recordings(exam, ticket) for ticket in tickets}
    return _result(order, hall, dict(zip(tickets, tables, strict=True)), held, load)


def _entrant(ticket: str, table: Timetable, seed: int) -> Entrant:
    person = candidate(seed * 100_000 + table.number, art=table.track == "art")
    return Entrant(
        ticket=ticket,
        name=person.name,
        admission_number=person.admission_number,
        id_number=person.id_number,
        phone=person.phone,
        track=table.track,
    )


def _still() -> bytes:
    """A face picture as a camera takes it, JPEG; one for all, since a rehearsal is not about faces."""
    width, height = 640, 360
    frame = portrait(Setting(width, height)).render(0)
    picture = cv2.cvtColor(frame.data.reshape(height * 3 // 2, width), cv2.COLOR_YUV2BGR_I420)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def _play(hall: Hall, candidates: int, url: str, service: psutil.Process | None, screen: Screen) -> Load:
    """Until every user is done, or the day is over."""
    stall_s = hall.settings.plan.limits.stall / 1_000
    shared = {"abstract": False, "hall": hall}
    patience = {"network_timeout": stall_s, "connection_timeout": stall_s}
    users = [
        type("Candidates", (Candidate,), {**shared, **patience, "fixed_count": candidates}),
        type("Intruders", (Intruder,), {**shared, "fixed_count": 1}),
    ]
    environment = locust.env.Environment(user_classes=users, host=url)
    runner = environment.create_local_runner()
    processes = [psutil.Process()] + ([service] if service is not None else [])
    before, began = [_cpu_s(each) for each in processes], hall.wall.now()
    stops = hall.settings.give_up_ms + MARGIN_MS
    lasts = show(round(stops - hall.now(), -3))
    screen.begins(hall.now(), stops, f"{candidates} candidates, {url}; over in {lasts} at the latest")
    try:
        with _interruptible() as interrupted:
            runner.start(candidates + 1, spawn_rate=min(SPAWN_PER_S, candidates + 1))
            gevent.joinall([runner.spawning_greenlet])
            while runner.user_count and hall.now() < stops and not interrupted.wait(0.25):
                screen.shows(hall.now(), hall.findings, candidates)
        took = hall.wall.now() - began
        spent = [_cpu_s(each) - old for each, old in zip(processes, before, strict=True)]
    finally:
        runner.quit()
    if interrupted.is_set():
        raise KeyboardInterrupt
    share = [round(each * 100_000 / max(1, took)) for each in spent]
    requests, sent = hall.findings.requests_at, hall.findings.bytes_at
    return Load(
        took_ms=took,
        requests=requests.total(),
        requests_per_s=round(requests.total() * 1_000 / max(1, took)),
        peak_requests_per_s=max(requests.values(), default=0),
        peak_bytes_per_s=max(sent.values(), default=0),
        generator_cpu_percent=share[0],
        service_cpu_percent=share[1] if service is not None else None,
    )


@contextmanager
def _interruptible() -> Iterator[Event]:
    """SIGINT and SIGTERM set the event: an exception would strike whichever user happens to run."""
    told = Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _result(
    order: Order, hall: Hall, tables: dict[str, Timetable], held: dict[str, Sequence[HeldSegment]], load: Load
) -> Rehearsal:
    """What it all says; `tables` and `held` are by ticket."""
    findings = hall.findings
    checked = fates(findings.sents, held, order.seed)
    tracks = {ticket: table.track for ticket, table in tables.items()}
    judged = judge(Run(plan=hall.settings.plan, tracks=tracks, findings=findings, fates=checked))
    counts, total, late = summary(judged), totals(findings.sents, checked), spread(findings.woke_late)
    failed = [each.id for each in judged if each.verdict in ("broken", "unobserved")]
    live = [each for each in findings.sents if each.lateness]
    return Rehearsal(
        exam=order.exam,
        speed=order.speed,
        seed=order.seed,
        slice_ms=order.slice_ms,
        candidates=order.candidates,
        tracks={track: list(tracks.values()).count(track) for track in dict.fromkeys(tracks.values())},
        requirements=judged,
        bytes=total,
        lateness_ms=spread(ms for each in live for ms in each.lateness),
        generator_late_ms=late,
        lag_ms=spread(ms for each in live for ms in each.lag),
        slack_ms=slack(findings.sents),
        phases=tuple(phase(name, [each for each in findings.arrivals if each.phase == name]) for name in PHASES),
        given_up=len(findings.given_up),
        load=load,
        summary=counts,
        answer=answer(counts, order.candidates, total, failed, late),
    )


@click.command(help="The exam day of EXAM as load on a service (the bundled one, unless --target names another).")
@click.argument("exam")
@click.option("--target", default="", help="the exam API's address, on this machine")
@click.option("--control", default="", help="the address of that service's control port")
@click.option("--candidates", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option("--speed", type=click.Choice(["scaled", "full"]), default="scaled", show_default=True)
@click.option("--art-share", type=click.FloatRange(0, 1), default=0.2, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--slice-ms", type=click.IntRange(100, 60_000), default=1_000, show_default=True, help="of live uploads")
@click.option("--camera-kbps", type=KBPS, default=250, show_default=True, help="Camera with sound, live.")
@click.option("--screen-kbps", type=KBPS, default=250, show_default=True, help="Screen, live.")
@click.option("--evidence-kbps", type=KBPS, default=250, show_default=True, help="The phone's film, at the end.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="default: reports/runs/<time>-rehearsal")
@click.option("--keep", is_flag=True, help="keep the bundled service's recordings although nothing was lost")
@click.option("--json", "as_json", is_flag=True, help="print rehearsal.json alone on stdout")
def main(out: Path | None, keep: bool, as_json: bool, speed: Speed, **chosen: Any) -> None:
    """The command."""
    if out is None:
        out = ROOT / "reports" / "runs" / f"{dt.datetime.now():%Y%m%d-%H%M%S}-rehearsal"
    try:
        with Screen() as screen:
            rehearsal = rehearse(Order(out=out.absolute(), speed=speed, **chosen), screen)
            (out / FILE).write_bytes(encode(rehearsal))
            screen.results(rehearsal)
            screen.says(str(out / FILE))
    except VivaError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        click.echo("interrupted; nothing was judged, and the bundled service was stopped", err=True)
        sys.exit(2)
    status = exit_status(rehearsal.summary)
    if status == 0 and not keep:
        for folder in out.glob("service-*"):
            shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        click.echo(encode(rehearsal), nl=False)
    sys.exit(status)


if __name__ == "__main__":
    main(prog_name="viva rehearse")
