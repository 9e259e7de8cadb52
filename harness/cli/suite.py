"""One run of the suite as a child process: its order, its folder, its progress, and the record that it leaves.

Laws: everything that can be known to be wrong is said before anything starts; a child that leaves no record is one sentence that names its
log. Called by certify and by faulty.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from pathlib import Path
from typing import Final, Generic, Self, TypeVar

import msgspec

from harness.cli.child import ROOT, child, exam_argument, from_root
from harness.core.errors import HarnessError, VivaError
from harness.core.plan import LENGTHS, Plan, Speed, Track
from harness.core.record import Record
from harness.rules.requirement import requirement
from harness.session import shaped
from harness.session.exams import load_exam
from harness.session.pause import RESUME, Paused
from harness.session.subjects import is_built_to_fail
from harness.wallclock import stamp
from reports import certificate, html, junit, results
from reports.text import bounded

RUNS: Final = ROOT / "reports" / "runs"
RECORD: Final = "record.json"
PROGRESS: Final = "progress.jsonl"
LOG: Final = "suite.log"
POLL_S: Final = 0.2  # how often people see the progress move
# What pytest says of an order that it can't take (`ERROR: …`), and what ended it (`… Exit: … !!!`).
_SENTENCE: Final = re.compile(r"^(?:ERROR: |viva: |!+ _pytest\.outcomes\.Exit: )(.+?)(?: !+)?$", re.MULTILINE)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the suite is asked to do; `parallel` 0 leaves it to the suite."""

    subject: str
    exam: str
    speed: Speed
    track: Track | None = None
    only: tuple[str, ...] = ()
    around: tuple[str, ...] = ()  # no scripts but those that judge these, and one whole interview
    scripts: tuple[str, ...] = ()  # by digest: none but these, for the sake of what they go `around`
    parallel: int = 0
    known: Path | None = None  # known failures; those beside the manifest, if left out
    headed: bool = False  # a person watches the browsers
    trace: bool = False  # what was broken is played once more, and filmed
    pause_at: str = ""  # the first interview on which this is judged stays open until a person has looked

    def arguments(self, out: Path) -> list[str]:
        """The child's command line after `python -m`."""
        options = {
            "--viva-subject": self.subject if is_built_to_fail(self.subject) else from_root(self.subject),
            "--viva-exam": exam_argument(self.exam),
            "--viva-speed": self.speed,
            "--viva-track": self.track or "",
            "--viva-only": ",".join(self.only),
            "--viva-around": ",".join(self.around),
            "--viva-scripts": ",".join(self.scripts),
            "--viva-parallel": str(self.parallel or ""),
            "--viva-out": str(out),
            "--viva-pause-at": self.pause_at,
            "--viva-known": "" if self.known is None else str(self.known.resolve()),
        }
        given = [f"{name}={value}" for name, value in options.items() if value]
        return ["features", "-p", "no:cacheprovider", *given, *self._flags()]

    def _flags(self) -> list[str]:
        return [name for name, given in (("--viva-headed", self.headed), ("--viva-trace", self.trace)) if given]

    def plan(self) -> Plan:
        """The exam, at full length. Raises `PlanError`, also where it has not every length that the run takes."""
        plan = load_exam(self.exam)
        for length in LENGTHS[self.speed]:
            plan.at(length)
        return plan


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `progress.jsonl`."""

    total: int
    done: int
    running: tuple[str, ...] = ()
    last: str | dict[str, str] = ""
    paused: Paused | None = None


def chosen(only: str) -> tuple[str, ...]:
    """The ids of `--only ID,...`. Raises `VivaError` with the nearest id, or where it is no client's to keep."""
    ids = tuple(dict.fromkeys(part.strip() for part in only.split(",") if part.strip()))
    for identifier in ids:
        if requirement(identifier).judged_of != "client":
            raise VivaError(f"{identifier} is judged of a service, not of a client; `viva rehearse` does")
    return ids


def output_folder(out: Path | None, subject: str) -> Path:
    """An empty place for a run, made and found writable: `out`, or `reports/runs/<time>-<subject>`. Raises `VivaError`.

    In a folder that holds an earlier run, the files of that run are removed: nobody may take an old report for a new one.
    """
    folder = (out or _fresh(subject)).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (RECORD, PROGRESS, LOG, RESUME, shaped.FILE, results.FILE, junit.FILE, html.FILE, certificate.FILE):
            (folder / name).unlink(missing_ok=True)
        for old in (*(folder / "timelines").glob("*.jsonl"), *(folder / "traces").glob("*.zip")):
            old.unlink()
        (folder / LOG).touch()
    except OSError as error:
        raise VivaError(f"--out {folder} can't be written ({error.strerror}); name another folder") from error
    return folder


def _fresh(subject: str) -> Path:
    slug = re.sub(r"[^\w.-]+", "-", Path(subject).stem if subject.endswith(".toml") else Path(subject).name).strip("-.")
    base = f"{stamp()}-{slug or 'subject'}"
    names = [base, *(f"{base}-{number}" for number in range(2, 100))]
    return next(folder for name in names if not (folder := RUNS / name).exists())


class Run:
    """One child that plays the suite, or shapes it alone; leaving the block ends it. Its log is `suite.log` in the folder."""

    def __init__(self, order: Order, folder: Path, *, shape: bool = False) -> None:
        self.order = order
        self.folder = folder
        self._shape = shape
        self._follower = Follower(folder / PROGRESS, Progress)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        arguments = [*self.order.arguments(self.folder), *(["--viva-shape"] if self._shape else [])]
        with (self.folder / LOG).open("wb") as log:
            started = child("pytest", arguments, stdout=log, stderr=log)
            self._process = self._stack.enter_context(started)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ended(self, patience_s: float = POLL_S) -> bool:
        """Waits so long for the child's end, and says whether it came."""
        return ended(self._process, patience_s)

    @property
    def status(self) -> int:
        """How the child ended; 0 while it runs."""
        return self._process.returncode or 0

    def news(self) -> list[Progress]:
        """What the child has told of its progress since the last question."""
        return self._follower.news()

    def record(self) -> Record:
        """The record, once the child has ended. Raises `HarnessError` where it left none, with the sentence that its log holds."""
        return record_in(self.folder, self.status)

    def shaped(self) -> Path:
        """The shaped suite, once the child has ended. Raises `HarnessError` where it left none, with the sentence that its log holds."""
        file = self.folder / shaped.FILE
        if not file.is_file():
            raise no_record(self.folder / LOG, self.status)
        return file


def ended(process: subprocess.Popen[bytes], patience_s: float) -> bool:
    """Waits so long for a child's end, and says whether it came."""
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def record_in(folder: Path, status: int) -> Record:
    """The record that a process with that end left there. Raises `HarnessError` where it left none, with the sentence that its log holds."""
    try:
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
    except FileNotFoundError as error:
        raise no_record(folder / LOG, status) from error
    except msgspec.DecodeError as error:
        raise HarnessError(f"The record {folder / RECORD} can't be read ({error}); run it again") from error


Line = TypeVar("Line")


class Follower(Generic[Line]):
    """Reads what was added to a file of lines since it was last asked, each of that kind; half a line waits for its end."""

    def __init__(self, file: Path, kind: type[Line]) -> None:
        self._file = file
        self._kind = kind
        self._read = 0

    def news(self) -> list[Line]:
        """The new lines, oldest first."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        return msgspec.json.Decoder(self._kind).decode_lines(whole)


def no_record(log: Path, status: int) -> HarnessError:
    """Why a process with that end left nothing, by what its log says."""
    said = _SENTENCE.findall(log.read_text("utf-8", errors="replace"))
    if said:
        return HarnessError(bounded(said[0], 600))
    ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return HarnessError(f"The suite {ended} and left no record; see {log}")
