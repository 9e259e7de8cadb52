"""One shaped suite against many subjects, each in a fork of a process that has everything loaded: `python -m harness.session.batch FILE`.

Starting an interpreter with all that plays and judges, and going through every scenario, takes seconds; a fork takes none. Laws: a subject is
played by a process of its own, so that none knows of another; one that dies or hangs leaves no record, and the others go on; this process
plays nothing itself and so has no thread that a fork would miss. What recordings show is kept for all: most are the same bytes whoever
records. In virtual time only. Called by `viva faulty`, which reads the records and follows `told.jsonl`.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from harness.core.errors import VivaError
from harness.core.plan import TRACKS, Speed, Track
from harness.session.certification import Certification, Order
from harness.session.recordings import clips
from harness.session.shaped import Shaped, read
from harness.wallclock import WallClock

TOLD: Final = "told.jsonl"
LOG: Final = "suite.log"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One subject: what its run is called, the shaped suite that it is played on, and the folder for its record and its log."""

    name: str
    subject: str
    exam: str
    speed: Speed
    tracks: tuple[Track, ...] = TRACKS
    known: str | None = None  # a file of known failures
    shaped: str
    out: str


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, in the order in which they are begun, so many at once; `footage` is a folder that they share."""

    entries: tuple[Entry, ...]
    at_once: int
    limit_ms: int  # for each
    footage: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `told.jsonl`: that one has ended, by that status (negative: by that signal), or was ended for taking too long."""

    name: str
    status: int = 0
    hung: bool = False


class _Running(NamedTuple):
    entry: Entry
    process: BaseProcess
    began: int


def play_all(batch: Batch, told: Path) -> None:
    """Plays every entry, and adds a line to `told` as each ends. Raises `VivaError` where a shaped suite can't be read."""
    clock = WallClock()
    suites = {file: read(Path(file)) for file in dict.fromkeys(entry.shaped for entry in batch.entries)}
    clips()  # synthesised once for all
    gc.collect()
    gc.freeze()  # so that no fork copies memory only to look for garbage
    context = multiprocessing.get_context("fork")
    waiting, running = list(batch.entries), dict[int, _Running]()
    try:
        while waiting or running:
            while waiting and len(running) < batch.at_once:
                entry = waiting.pop(0)
                process = context.Process(target=_play, args=(entry, suites[entry.shaped], Path(batch.footage)))
                process.start()
                running[process.sentinel] = _Running(entry, process, clock.now())
            due = min(each.began for each in running.values()) + batch.limit_ms
            ended = wait(list(running), timeout=max(0, due - clock.now()) / 1_000)
            for sentinel, each in list(running.items()):
                hung = sentinel not in ended and clock.now() - each.began >= batch.limit_ms
                if sentinel in ended or hung:
                    del running[sentinel]
                    _end(each.process)
                    _tell(told, Told(name=each.entry.name, status=each.process.exitcode or 0, hung=hung))
    finally:
        for each in running.values():
            _end(each.process)


def _end(process: BaseProcess) -> None:
    process.kill()  # does nothing to one that has ended
    process.join()


def _tell(file: Path, line: Told) -> None:
    with file.open("ab") as lines:
        lines.write(msgspec.json.encode(line) + b"\n")


def _play(entry: Entry, suite: Shaped, footage: Path) -> None:
    """In a process of its own: what it prints is its log, and its record is what it leaves."""
    log = os.open(Path(entry.out) / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    try:
        order = Order(
            subject=entry.subject,
            exam=entry.exam,
            speed=entry.speed,
            tracks=entry.tracks,
            parallel=1,
            known=None if entry.known is None else Path(entry.known),
            out=Path(entry.out),
            footage=footage,
        )
        certification = Certification(order)
        certification.suite.take(suite)
        certification.play()
        certification.write_record()
    except VivaError as error:
        print(f"viva: {error}", file=sys.stderr)
        sys.exit(2)


def main(arguments: list[str]) -> int:
    """The command: the batch's file; `told.jsonl` stands beside it."""
    file = Path(arguments[0])
    try:
        play_all(msgspec.json.decode(file.read_bytes(), type=Batch), file.with_name(TOLD))
    except VivaError as error:
        print(f"viva: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
