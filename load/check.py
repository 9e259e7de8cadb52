"""After the run: every byte of every recording against the seed that it was made from.

Laws: a byte is lost when the service had acknowledged it and does not hold it, or holds another; what was never acknowledged can't be lost.
The bytes are read from the service's own file where this machine can reach it, otherwise its SHA-256 decides: one that differs makes
everything acknowledged of that recording lost, since nobody can say which part. Pure but for reading files. Called by the rehearsal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from harness.core.platform import HeldSegment
from harness.core.view import Stream
from load.material import Material
from load.uploads import Sent


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """One recording, on both sides; bytes."""

    ticket: str
    stream: Stream
    length: int  # recorded
    acknowledged: int
    held: int  # held, and the very bytes that were recorded
    lost: int
    complete: bool  # all of it is held, and declared with the right SHA-256


def fate(sent: Sent, segment: HeldSegment | None, seed: int) -> Fate:
    """What became of a recording; `segment` is what the service holds of it, None: nothing."""
    material = Material(seed, sent.label)
    held, safe = _same(material, segment, sent.acknowledged) if segment is not None else (0, 0)
    return Fate(
        ticket=sent.ticket,
        stream=sent.stream,
        length=sent.length,
        acknowledged=sent.acknowledged,
        held=held,
        lost=sent.acknowledged - safe,
        complete=segment is not None
        and sent.held_ms is not None
        and held == segment.length == sent.length
        and segment.sha256 == material.sha256(sent.length),
    )


def fates(sents: Iterable[Sent], held: dict[str, Sequence[HeldSegment]], seed: int) -> tuple[Fate, ...]:
    """Of all recordings; `held` is by ticket."""
    found = []
    for sent in sents:
        mine = [each for each in held.get(sent.ticket, ()) if each.stream == sent.stream]
        named = [each for each in mine if each.upload == sent.upload.rpartition("/")[2]]
        best = named or mine
        found.append(fate(sent, best[-1] if best else None, seed))
    return tuple(found)


def _same(material: Material, segment: HeldSegment, acknowledged: int) -> tuple[int, int]:
    """How many of the bytes held are the recorded ones at their place: of all, and of those acknowledged."""
    path = Path(segment.path) if segment.path else None
    if path is None or not path.is_file():
        same = segment.length if segment.sha256 == material.sha256(segment.length) else 0
        return same, min(same, acknowledged)
    size = path.stat().st_size
    held = safe = at = 0
    with path.open("rb") as file:
        for expected in material.chunks(size):
            found = file.read(len(expected))
            matches = _matches(found, expected)
            held += int(np.count_nonzero(matches))
            safe += int(np.count_nonzero(matches[: max(0, acknowledged - at)]))
            at += len(expected)
    return held, safe


def _matches(found: bytes, expected: bytes) -> npt.NDArray[np.bool_]:
    return np.equal(np.frombuffer(found, np.uint8), np.frombuffer(expected[: len(found)], np.uint8))
