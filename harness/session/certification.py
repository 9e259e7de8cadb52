"""A certification: one subject, one exam, one speed; plays the suite's scripts and writes its record.

The features' plugin shapes scripts and asks; this plays them in the world of the chosen speed, keeps every timeline in the output
folder, tells the progress in a file, and writes `record.json`, from which all reports are made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import VivaError
from harness.core.plan import LENGTHS, VIRTUAL_TIME, Length, Plan, Speed, Track, encode_number
from harness.core.record import Judgement, Record, Run, SubjectInfo
from harness.core.script import Script
from harness.core.view import ROLES
from harness.drivers.in_process import factory_of
from harness.drivers.manifest import Subject
from harness.drivers.web.chromium import fit_chromium
from harness.rules.catalogue import rule_of
from harness.rules.rule import Need
from harness.session import known
from harness.session.declared import contradictions
from harness.session.exams import load_exam
from harness.session.headed import watched_on
from harness.session.pause import Paused, pause
from harness.session.real import Hold
from harness.session.subjects import driver_word, load_subject
from harness.session.suite import Played, Suite
from harness.session.waves import Onlooker
from harness.session.web_files import fitted, remark
from harness.session.worlds import lacks, play_all
from harness.wallclock import WallClock

TRACES: Final = "traces"  # below the output folder
MOST_FILMS: Final = 10  # interviews


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be certified, and how."""

    subject: str
    exam: str = "heshan-2022"
    speed: Speed = "scaled"
    tracks: tuple[Track, ...]
    parallel: int = 0
    out: Path | None = None
    known: Path | None = None  # the known failures; those beside the manifest, if left out
    headed: bool = False  # a person watches the browsers
    trace: bool = False  # what was broken is played once more, and filmed
    pause_at: str = ""  # the first script on which this requirement is judged stays open until a person has looked
    footage: Path | None = None  # where it is kept what recordings show, for other runs of the same code


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `progress.jsonl`."""

    total: int
    done: int
    running: tuple[str, ...] = ()
    last: str = ""
    paused: Paused | None = None


class Certification:
    """One run of the suite. Raises `VivaError` at once where exam or subject can't be had."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.full_plan: Plan = load_exam(order.exam)
        self.plans: dict[Length, Plan] = {length: self.full_plan.at(length) for length in LENGTHS[order.speed]}
        self.subject: Subject = load_subject(order.subject)
        if self.subject.laptop.driver == "web":
            check_web(self.subject, order.speed)
        elif order.speed in VIRTUAL_TIME:
            for role in ROLES:
                factory_of(self.subject.device(role))  # a class that can't be had is said before anything is played
        self._watched_on = watched_on(self.subject) if order.headed else None
        self._clock = WallClock()
        self._began = self._clock.now()
        self._started = dt.datetime.fromtimestamp(self._clock.unix_ms() // 1_000, dt.UTC)
        file = order.known or known.beside(self.subject.path)
        self._failures = () if file is None else known.read(file)
        self.suite = Suite(
            dict(self.subject.unsupported), self._failures, self._started.date(), lacks(order.speed, self.subject)
        )
        self._notes = {said for said in (remark(self.subject),) if said}
        if order.out is not None:
            try:
                (order.out / "timelines").mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise VivaError(
                    f"--out {order.out}: can't be written ({error.strerror}); name another folder"
                ) from error

    def length_of(self, requirement: str) -> Length:
        """At which of this run's lengths a requirement is judged: at the longest at which its rule finds what it reads.

        Of an interview at full length in virtual time no recording is looked at.
        """
        lengths = LENGTHS[self.order.speed]
        return lengths[-1] if Need.RECORDINGS in rule_of(requirement).needs else lengths[0]

    def ask(self, requirement: str, script: Script, *, scenario: str, feature: str) -> Script:
        """That scenario wants this judged; returns the script that will be played for it, which is as much of it as this machine can play."""
        poor = remark(self.subject)
        left = fitted(script) if poor else script
        unplayable = poor if left is None else ""
        self.suite.ask(requirement, left or script, scenario=scenario, feature=feature, unplayable=unplayable)
        return left or script

    def play(self) -> None:
        """Plays all scripts that were asked about; films what was broken, if that was ordered."""
        self.suite.play(self._play)
        if self.order.trace and self.order.out is not None:
            self._film(self.order.out / TRACES)

    def _film(self, folder: Path) -> None:
        """Plays again what was broken or an error, and judges nothing: a film costs a quarter of a core, which a judged run has not to spare."""
        folder.mkdir(exist_ok=True)
        failed = {each.run for each in self.suite.judgements() if each.verdict in ("broken", "error")}
        scripts = [script for digest, script in self.suite.scripts.items() if digest in failed][:MOST_FILMS]
        if not scripts:
            return
        play_all(
            scripts,
            self.subject,
            attempt=1,
            speed=self.order.speed,
            parallel=1,
            finished=lambda _: None,
            onlooker=Onlooker(watched_on=self._watched_on, films=folder),
        )

    def _told_of_film(self, judgement: Judgement) -> Judgement:
        """With the command that shows its film, where there is one."""
        if self.order.out is None or judgement.verdict not in ("broken", "error"):
            return judgement
        films = sorted((self.order.out / TRACES).glob(f"{judgement.run}-*.zip")) if self.order.trace else []
        shown = " and ".join(f"`playwright show-trace {TRACES}/{film.name}`" for film in films)
        if not shown:
            return judgement
        return msgspec.structs.replace(judgement, reason=f"{judgement.reason}; filmed when played once more: {shown}")

    def _play(self, scripts: Sequence[Script], attempt: int) -> Sequence[Played]:
        done = 0

        def finished(played: Played) -> None:
            nonlocal done
            done += 1
            self._notes.update(contradictions([played.timeline]))
            self._tell(Progress(total=len(scripts), done=done, last=played.run.digest))
            if self.order.out is not None:
                lines = b"".join(
                    msgspec.json.encode(event, enc_hook=encode_number) + b"\n" for event in played.timeline
                )
                (self.order.out / played.run.timeline).write_bytes(lines)
                if played.run.album:
                    (self.order.out / "albums").mkdir(exist_ok=True)
                    (self.order.out / played.run.album).write_bytes(msgspec.json.encode(played.album))

        def paused(what: Paused) -> None:
            self._tell(Progress(total=len(scripts), done=done, paused=what))

        self._tell(Progress(total=len(scripts), done=0))
        return play_all(
            scripts,
            self.subject,
            attempt=attempt,
            speed=self.order.speed,
            parallel=1 if attempt > 1 else self.order.parallel or (1 if self._watched_on else 0),
            blank=self.suite.blank(),
            footage=self.order.footage,
            finished=finished,
            onlooker=Onlooker(hold=self._hold(scripts, paused) if attempt == 1 else {}, watched_on=self._watched_on),
        )

    def _hold(self, scripts: Sequence[Script], tell: Callable[[Paused], None]) -> dict[str, Hold]:
        """Of the first script on which the requirement of `pause_at` is judged."""
        asked = {want.digest for want in self.suite.wanted if want.requirement == self.order.pause_at}
        script = next((each for each in scripts if each.digest() in asked), None)
        if script is None or self.order.out is None:
            return {}
        return {script.digest(): pause(self.order.pause_at, script, self.order.out, tell)}

    def _tell(self, progress: Progress) -> None:
        if self.order.out is not None:
            with (self.order.out / "progress.jsonl").open("ab") as file:
                file.write(msgspec.json.encode(progress) + b"\n")

    def record(self) -> Record:
        """Everything that was found."""
        subject = self.subject
        judgements = tuple(map(self._told_of_film, self.suite.judgements()))
        return Record(
            suite=version("viva"),
            subject=SubjectInfo(
                name=subject.name,
                vendor=subject.vendor,
                version=subject.version,
                path=self.order.subject,
                driver=driver_word(subject),
            ),
            exam=self.full_plan.id,
            tracks=self.order.tracks,
            speed=self.order.speed,
            started=self._started.isoformat(),
            took_ms=self._clock.now() - self._began,
            judgements=judgements,
            runs=tuple(self.suite.runs),
            unsupported=dict(subject.unsupported),
            plan_warnings=self.full_plan.warnings(),
            stale=known.stale(self._failures, judgements, self.suite.scenarios, self._started.date()),
            notes=tuple(sorted(self._notes)),
        )

    def write_record(self) -> None:
        """`record.json` in the output folder, if there is one."""
        if self.order.out is not None:
            (self.order.out / "record.json").write_bytes(
                msgspec.json.format(msgspec.json.encode(self.record(), enc_hook=encode_number))
            )


def check_web(subject: Subject, speed: Speed) -> None:
    """A browser runs in real time, on a machine that has one. Raises `VivaError` before anything is played."""
    if speed in VIRTUAL_TIME:
        raise VivaError(
            f"{subject.name} is a web client, and browsers run in real time: use --speed scaled or full, not {speed}"
        )
    fit_chromium()


def timeline_path(digest: str, attempt: int) -> str:
    """Where a run's timeline stands below the output folder."""
    return f"timelines/{digest}-{attempt}.jsonl"


__all__ = ["Certification", "Order", "Progress", "Run", "timeline_path"]
