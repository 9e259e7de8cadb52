"""Known failures: what a build is known to break, so that its nightly run fails for news alone.

Laws: an entry names one requirement in one scenario, why, and the last day on which it holds; it covers `broken` and nothing else, and a
certificate is withheld as ever. An entry that is stale (kept by now, no such scenario, its day gone) fails the run. Dates are passed in.
Called by the certification.

    [[known]]
    id = "ENTER-2"
    scenario = "入口按时自动激活，进入后自动录屏并实时上传"
    track = "art"                                    left out: on both
    reason = "the poll takes 3 s; ticket 4711"
    until = 2026-12-31
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import VivaError
from harness.core.plan import Track
from harness.core.record import Judgement, Known
from harness.rules.requirement import requirement

FILE_NAME: Final = "known-failures.toml"
MAX_FILE: Final = 1 << 18  # bytes: an entry takes about 200, and a build that breaks everything has some hundreds
MAX_REASON: Final = 400  # characters, as a manifest's `[unsupported]`


class KnownFailure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the file."""

    id: str
    scenario: str
    reason: str
    until: dt.date
    track: Track | None = None

    def covers(self, judgement: Judgement) -> bool:
        """It speaks of this requirement in this scenario."""
        same = (judgement.requirement, judgement.scenario) == (self.id, self.scenario)
        return same and self.track in (None, judgement.track)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    known: tuple[KnownFailure, ...] = ()


def beside(manifest: Path) -> Path | None:
    """The file in a subject's folder, where there is one."""
    file = manifest.parent / FILE_NAME
    return file if file.is_file() else None


def read(file: Path) -> tuple[KnownFailure, ...]:
    """The entries of a file. Raises `VivaError`: one sentence that names file, entry, value and remedy."""
    try:
        with file.open("rb") as stream:
            text = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise VivaError(f"{file}: can't be read ({error.strerror}); name a file of known failures") from error
    if len(text) > MAX_FILE:
        raise VivaError(f"{file}: is longer than {MAX_FILE} bytes; take entries out, or name another file")
    try:
        entries = msgspec.toml.decode(text, type=_File).known
    except msgspec.ValidationError as error:
        raise VivaError(f"{file}: {_explain(str(error))}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise VivaError(f"{file}: is not TOML ({error}); write each entry as a table [[known]]") from error
    for number, entry in enumerate(entries, start=1):
        _check(f"{file}: entry {number}", entry)
        if any(_overlap(entry, earlier) for earlier in entries[: number - 1]):
            raise VivaError(f"{file}: entry {number} says {entry.id} in {entry.scenario!r} again; keep one of the two")
    return entries


def _explain(problem: str) -> str:
    """The decoder's sentence with the entry first, counted from one, and a remedy."""
    what, _, where = problem.partition(" - at `$")
    place = re.match(r"\.known\[(\d+)\]\.?(\w*)", where)
    entry = f"entry {int(place[1]) + 1}" if place else "the top of the file"
    field = f", {place[2]}" if place and place[2] else ""
    keys = "id, scenario, reason, until and, where one alone is meant, track" if place else "[[known]] alone"
    return f"{entry}{field}: {' '.join(what.replace('`', '').split())[:200]}; its keys are {keys}"


def _check(where: str, entry: KnownFailure) -> None:
    try:
        judged_of = requirement(entry.id).judged_of
    except VivaError as error:
        raise VivaError(f"{where}, id: {error}") from error
    if judged_of != "client":
        raise VivaError(f"{where}, id: {entry.id} is judged of a service, not of a client; take the entry out")
    for field, value in (("scenario", entry.scenario), ("reason", entry.reason)):
        if not value.strip():
            raise VivaError(f"{where}, {field}: is empty; say it in words")
        if len(value) > MAX_REASON or not value.isprintable():
            raise VivaError(f"{where}, {field}: write one printable line of at most {MAX_REASON} characters")


def _overlap(one: KnownFailure, other: KnownFailure) -> bool:
    same = (one.id, one.scenario) == (other.id, other.scenario)
    return same and (None in (one.track, other.track) or one.track == other.track)


def marked(judgements: Iterable[Judgement], entries: Sequence[KnownFailure], today: dt.date) -> tuple[Judgement, ...]:
    """The judgements, with what is broken as said marked as known."""
    standing = [entry for entry in entries if entry.until >= today]

    def mark(judgement: Judgement) -> Judgement:
        entry = next((each for each in standing if each.covers(judgement)), None)
        if entry is None or judgement.verdict != "broken":
            return judgement
        return msgspec.structs.replace(judgement, known=Known(reason=entry.reason, until=entry.until))

    return tuple(map(mark, judgements))


def stale(
    entries: Sequence[KnownFailure],
    judgements: Sequence[Judgement],
    suite: Mapping[tuple[str, str], int],
    today: dt.date,
) -> tuple[str, ...]:
    """A sentence for each entry that holds no longer.

    `suite` counts (requirement, scenario): as often as the whole suite judges it, one for each row of an outline. What this run left out
    can't be kept, and so is not stale for that.
    """
    sentences = []
    for entry in entries:
        whole = [each for each in judgements if (each.requirement, each.scenario) == (entry.id, entry.scenario)]
        found = [each for each in whole if entry.covers(each)]
        times = suite.get((entry.id, entry.scenario), 0)
        complete = len(whole) == times
        why = ""
        if not times or (complete and not found):
            why = "the suite has no such scenario; correct the entry or take it out"
        elif entry.until < today:
            why = f"it was to be over by {entry.until}; mend it, or give it a later day"
        elif found and (complete or entry.track) and all(each.verdict == "kept" for each in found):
            why = "it is kept now; take the entry out"
        if why:
            track = f" ({entry.track})" if entry.track else ""
            sentences.append(f"the known failure {entry.id} in {entry.scenario!r}{track} is stale: {why}")
    return tuple(sentences)
