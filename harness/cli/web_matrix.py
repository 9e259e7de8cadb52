"""The faulty web clients against the suite: who was caught by what it breaks, and what else fell among what was played.

Laws: a suite in browsers takes minutes, so of a client one script is played that judges what it breaks, with one whole interview where that
is none; whoever stands through it is played on the others, one after the other. It is compared with the honest pages on the very same scripts,
and caught means kept there and broken here. As many clients at once as there are cores, each in one interview. Each row is kept as soon
as it is there, with a digest of all that it rests on, and so are the honest pages' answers, so that what was interrupted goes on where
it stopped. Called by `viva faulty --web`.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, Literal

import msgspec

from harness.cli.child import ROOT
from harness.cli.faulty_clients import FaultyClient
from harness.cli.matrix import FELL, Row, sources
from harness.cli.suite import RUNS, Order, Run, output_folder
from harness.core.errors import HarnessError, VivaError
from harness.core.plan import Speed
from harness.core.record import Judgement, Record
from harness.core.verdict import Outcome
from harness.wallclock import WallClock

HONEST: Final = "clients/web"
KEPT_FILE: Final = RUNS / "matrix-web.json"
SPEED: Final[Speed] = "scaled"
LIMIT_MS: Final = (
    1_800_000  # the honest pages around everything: the whole suite, which takes ten minutes on two free cores
)

WHOLE: Final = 0.5  # a script that judges so much of what the fullest one does is a whole interview

PLAYED: Final = (
    "Of each web client scripts are played that judge what it breaks, one after the other until it is caught, and one whole interview, in "
    "browsers and in real time: a minute a client. What is said to have fallen or to stand is among what was judged there."
)

Told = Callable[[str, str], None]  # (client, sentence: why it left no record, or nothing)
Answers = dict[str, Outcome]  # by script's digest and requirement


class Honest(msgspec.Struct, frozen=True, kw_only=True):
    """What the honest pages were found to do: around which requirements, and the answers."""

    digest: str
    around: tuple[str, ...]
    answers: Answers


class KeptWeb(msgspec.Struct, frozen=True, kw_only=True):
    """The last rows with the digest of all that each rests on, and the honest pages' answers by exam."""

    schema: Literal["viva-matrix-web/1"] = "viva-matrix-web/1"
    rows: dict[str, Row] = {}
    digests: dict[str, str] = {}
    honest: dict[str, Honest] = {}


def digest(client: FaultyClient | None, exam: str, root: Path = ROOT) -> str:
    """Of all that a row rests on, or without a client that the honest pages' answers do."""
    sha = hashlib.sha256(msgspec.json.encode((client, exam, SPEED)))
    own = sorted((root / "clients" / "faulty_web" / client.name).rglob("*")) if client else []
    for file in (*(file for file in own if file.is_file()), *sources(root, exam, HONEST)):
        sha.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return sha.hexdigest()


def read_kept(file: Path) -> KeptWeb:
    """The last rows; none where there is no file that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=KeptWeb)
    except (OSError, msgspec.DecodeError):
        return KeptWeb()


def run_all(clients: Sequence[FaultyClient], exam: str, out: Path | None, file: Path, told: Told) -> dict[str, Row]:
    """Plays every client of the sequence, and the honest pages wherever their answers are not known; the rows by name, also in `file`.

    Raises `HarnessError` where the honest pages leave no record.
    """
    folder = output_folder(out, "faulty-web")
    exams = {each.name: each.exam or exam for each in clients}
    honest = {
        where: _honest(
            where, tuple(sorted({each.breaks for each in clients if exams[each.name] == where})), folder, file, told
        )
        for where in sorted(set(exams.values()))
    }
    rows: dict[str, Row] = {}
    stop = threading.Event()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            waiting = {
                pool.submit(_sought, each, exams[each.name], honest[exams[each.name]], folder, stop): each
                for each in clients
            }
            for future in as_completed(waiting):
                client, (found, problem) = waiting[future], future.result()
                told(client.name, problem or blind(client, honest[exams[client.name]]))
                rows[client.name] = row(client, honest[exams[client.name]], found)
                _keep(
                    file,
                    rows={client.name: rows[client.name]},
                    digests={client.name: digest(client, exams[client.name])},
                )
        except BaseException:  # an interrupt as well: no browser is left behind
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return rows


def _sought(
    client: FaultyClient, exam: str, honest: Answers, folder: Path, stop: threading.Event
) -> tuple[Answers, str]:
    """What the client's interviews answered, up to the one that catches it, and why one left no record."""
    found: Answers = {}
    for number, scripts in enumerate(courses(client, honest)):
        name = f"{client.name}-{number + 1}" if number else client.name
        order = Order(
            subject=client.subject, exam=exam, speed=SPEED, around=(client.breaks,), scripts=scripts, parallel=1
        )
        answers, problem = _answers(order, folder / name, stop)
        found |= answers
        if problem or stop.is_set():
            return found, problem
        if row(client, honest, found).caught_by:
            break
    return found, ""


def courses(client: FaultyClient, honest: Answers) -> list[tuple[str, ...]]:
    """The scripts to play together, in turn: those on which the honest pages keep what the client breaks, the fullest first, by digest.

    With the first of them one whole interview, if it is none itself; that alone where the honest pages keep it on none.
    """
    kept = Counter(key.partition(" ")[0] for key, outcome in honest.items() if outcome == "kept")
    fullest = sorted(kept, key=lambda script: (-kept[script], script))
    judging = [script for script in fullest if honest.get(f"{script} {client.breaks}") == "kept"]
    if not judging:
        return [tuple(fullest[:1])] if fullest else []
    first, *others = judging
    whole = kept[first] >= WHOLE * kept[fullest[0]]
    return [(first,) if whole else (first, fullest[0]), *((each,) for each in others)]


def row(client: FaultyClient, honest: Answers, faulty: Answers) -> Row:
    """What the two say of one client, on the scripts that it was played on."""
    verdicts: dict[str, list[tuple[Outcome | None, Outcome]]] = {}
    for key, outcome in faulty.items():
        verdicts.setdefault(key.partition(" ")[2], []).append((honest.get(key), outcome))
    kept = {each: [now for before, now in pairs if before == "kept"] for each, pairs in verdicts.items()}
    own = kept.pop(client.breaks, [])
    return Row(
        id=client.name,
        client=client.client,
        breaks=client.breaks,
        caught_by=(client.breaks,) if "broken" in own else (),
        also_fell=tuple(sorted(each for each, found in kept.items() if FELL & set(found))),
        declared={each: why for each, why in client.declared.items() if each in kept},  # of the rest nothing is known
        unobserved=tuple(
            sorted(each for each, found in kept.items() if "unobserved" in found and not FELL & set(found))
        ),
    )


def blind(client: FaultyClient, honest: Answers) -> str:
    """Why nothing can be seen of this client here; empty where it can."""
    if any(outcome == "kept" and key.partition(" ")[2] == client.breaks for key, outcome in honest.items()):
        return ""
    return (
        f"the honest pages did not keep {client.breaks} in any of these interviews, so that nobody can be caught by it"
    )


def _honest(exam: str, around: tuple[str, ...], folder: Path, file: Path, told: Told) -> Answers:
    """The honest pages' answers around these requirements; only what is not kept is played."""
    mark = digest(None, exam)
    known = read_kept(file).honest.get(exam)
    if known is None or known.digest != mark:
        known = Honest(digest=mark, around=(), answers={})
    missing = tuple(sorted(set(around) - set(known.around)))
    if not missing:
        return known.answers
    name = f"honest-{Path(exam).stem}"
    answers, problem = _answers(Order(subject=HONEST, exam=exam, speed=SPEED, around=missing), folder / name)
    told(name, problem)
    if problem:
        raise HarnessError(f"The honest pages left no record, so that nothing can be compared with them: {problem}")
    known = Honest(digest=mark, around=(*known.around, *missing), answers={**known.answers, **answers})
    _keep(file, honest={exam: known})
    return known.answers


def _answers(order: Order, folder: Path, stop: threading.Event | None = None) -> tuple[Answers, str]:
    """What one run of the suite answered, or why it left no record; `stop` ends it."""
    clock = WallClock()
    began = clock.now()
    with Run(order, output_folder(folder, folder.name)) as run:
        while not run.ended():
            if clock.now() - began > LIMIT_MS:
                return {}, f"did not end within {LIMIT_MS // 60_000} minutes"
            if stop is not None and stop.is_set():
                return {}, "was interrupted"
        try:
            return answers_of(run.record()), ""
        except VivaError as error:
            return {}, str(error)


def answers_of(record: Record) -> Answers:
    """What each requirement came to on each script."""
    return {_key(each): each.verdict for each in record.judgements}


def _key(judgement: Judgement) -> str:
    return f"{judgement.run} {judgement.requirement}"


def _keep(
    file: Path,
    *,
    rows: dict[str, Row] | None = None,
    digests: dict[str, str] | None = None,
    honest: dict[str, Honest] | None = None,
) -> None:
    old = read_kept(file)
    new = KeptWeb(
        rows={**old.rows, **(rows or {})},
        digests={**old.digests, **(digests or {})},
        honest={**old.honest, **(honest or {})},
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(new), indent=1))
    except OSError as error:
        raise VivaError(f"{file} can't be written ({error.strerror}); make the folder writable") from error
