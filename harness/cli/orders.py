"""Many orders of the suite: those in virtual time on scenarios that are gone through once for all, the others each as a child of its own.

Laws: so many run at once as there are places; one that hangs or leaves no record is told of, and the others go on. Called for the matrix.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.cli.child import child
from harness.cli.suite import LOG, POLL_S, Follower, Order, Run, ended, no_record, output_folder, record_in
from harness.core.errors import VivaError
from harness.core.plan import TRACKS, VIRTUAL_TIME
from harness.core.record import Record
from harness.session import batch
from harness.wallclock import WallClock

LIMIT_MS: Final = 600_000  # a whole suite takes seconds in virtual time and a minute and a half over HTTP
BATCH: Final = "batch.json"
SHAPED: Final = "shaped"  # folders for what was shaped, and for what recordings were found to show
FOOTAGE: Final = "footage"

Told = Callable[[str, str], None]  # (name, sentence: why it left no record, or nothing)
Through = Callable[[str, int, bool], None]  # (name, exit status, whether it was ended for taking too long)


def play(orders: dict[str, Order], folder: Path, places: int, told: Told) -> dict[str, Record]:
    """Plays every order in a folder of its name; returns the records of those that left one. Raises `HarnessError` where none can be played."""
    records: dict[str, Record] = {}

    def through(name: str, status: int, hung: bool) -> None:
        try:
            records[name] = record_in(_place(folder, name), status)
            told(name, "")
        except VivaError as error:
            told(name, f"did not end within {LIMIT_MS // 60_000} minutes" if hung else str(error))

    forked = {name: order for name, order in orders.items() if order.speed in VIRTUAL_TIME}
    if forked:
        for line in _played(_batch(forked, folder, places), folder):
            through(line.name, line.status, line.hung)
    _side_by_side({name: order for name, order in orders.items() if name not in forked}, folder, places, through)
    return records


def _place(folder: Path, name: str) -> Path:
    return folder / Path(name).name


# -- in virtual time -------------------------------------------------------------------------------------------------


def _scenarios(order: Order) -> Order:
    """What decides which scenarios are shaped, and how: all of it but the subject."""
    return msgspec.structs.replace(order, subject="", parallel=0)


def _shaped(orders: dict[str, Order], folder: Path) -> dict[Order, Path]:
    """The shaped suite for every kind of order, each made by a child. Raises `HarnessError` with the sentence that a child's log holds."""
    kinds = {_scenarios(order): order for order in orders.values()}
    with contextlib.ExitStack() as stack:
        runs = {
            kind: stack.enter_context(Run(order, output_folder(folder / SHAPED / str(number), SHAPED), shape=True))
            for number, (kind, order) in enumerate(kinds.items())
        }
        while not all(run.ended() for run in runs.values()):
            pass
        return {kind: run.shaped() for kind, run in runs.items()}


def _batch(orders: dict[str, Order], folder: Path, places: int) -> batch.Batch:
    suites = _shaped(orders, folder)
    entries = tuple(
        batch.Entry(
            name=name,
            subject=order.subject,
            exam=order.exam,
            speed=order.speed,
            tracks=(order.track,) if order.track else TRACKS,
            known=None if order.known is None else str(order.known.resolve()),
            shaped=str(suites[_scenarios(order)]),
            out=str(output_folder(_place(folder, name), name)),
        )
        for name, order in orders.items()
    )
    return batch.Batch(entries=entries, at_once=places, limit_ms=LIMIT_MS, footage=str(folder / FOOTAGE))


def _played(whole: batch.Batch, folder: Path) -> Iterator[batch.Told]:
    """Each entry as it ends. Raises `HarnessError` where not all could be played."""
    shutil.rmtree(folder / FOOTAGE, ignore_errors=True)  # of other code, perhaps
    (folder / FOOTAGE).mkdir()
    (folder / batch.TOLD).unlink(missing_ok=True)
    (folder / BATCH).write_bytes(msgspec.json.encode(whole))
    lines = Follower(folder / batch.TOLD, batch.Told)
    with (
        (folder / LOG).open("wb") as log,
        child("harness.session.batch", [str(folder / BATCH)], stdout=log, stderr=log) as process,
    ):
        running = True
        while running:
            running = not ended(process, POLL_S)
            yield from lines.news()
    if process.returncode:
        raise no_record(folder / LOG, process.returncode)


# -- each as a child of its own --------------------------------------------------------------------------------------


def _side_by_side(orders: dict[str, Order], folder: Path, places: int, through: Through) -> None:
    """Plays every order, so many at once."""
    clock = WallClock()
    waiting = list(orders.items())
    running: dict[str, tuple[Run, contextlib.ExitStack, int]] = {}
    with contextlib.ExitStack() as everything:
        while waiting or running:
            while waiting and len(running) < places:
                name, order = waiting.pop(0)
                stack = everything.enter_context(contextlib.ExitStack())
                run = stack.enter_context(Run(order, output_folder(_place(folder, name), name)))
                running[name] = (run, stack, clock.now())
            for name, (run, stack, began) in list(running.items()):
                hung = clock.now() - began > LIMIT_MS
                if run.ended(0.1) or hung:
                    del running[name]
                    stack.close()
                    through(name, run.status, hung)
