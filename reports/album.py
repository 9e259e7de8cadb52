"""The pictures of the runs on the page: strips of recordings and what pages looked like, inlined, and bounded as a whole.

Laws: an album that is not there or can't be read costs the page nothing but its pictures; what does not fit into the page's bound is left
out and said so, strips before pages, run after run in the record's order. Called by the page.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from harness.core.record import Album, Run, Shot
from harness.core.units import show_moment
from reports.words import PAGES, ROLES, STREAMS, Words

# With base64's third on top the page stays below 3 MB, which opens at once and goes through any mail.
MOST_BYTES: Final = 2_000_000


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One picture on the page. `moments` stand below its columns."""

    source: str  # a data: address
    caption: Words
    moments: tuple[str, ...] = ()
    paired: bool = False


class Pictures(msgspec.Struct, frozen=True, kw_only=True):
    """Those of one run; `left_out` did not fit."""

    strips: tuple[Figure, ...] = ()
    shots: tuple[Figure, ...] = ()
    left_out: int = 0


def pictures(runs: Sequence[Run], folder: Path) -> list[Pictures]:
    """What the page shows of each run."""
    albums = [_album(run, folder) for run in runs]
    room = MOST_BYTES
    strips: list[tuple[Figure, ...]] = []
    for album in albums:
        fitting = []
        for each in album.strips:
            if len(each.jpeg) <= room:
                room -= len(each.jpeg)
                moments = tuple(show_moment(instant.at_ms) for instant in each.instants)
                caption = STREAMS[each.stream]
                fitting.append(Figure(source=_address(each.jpeg), caption=caption, moments=moments, paired=each.paired))
        strips.append(tuple(fitting))
    found = []
    for album, shown in zip(albums, strips, strict=True):
        shots = []
        for shot in album.shots:
            if len(shot.jpeg) <= room:
                room -= len(shot.jpeg)
                shots.append(Figure(source=_address(shot.jpeg), caption=_caption(shot)))
        left_out = len(album.strips) - len(shown) + len(album.shots) - len(shots)
        found.append(Pictures(strips=shown, shots=tuple(shots), left_out=left_out))
    return found


def _caption(shot: Shot) -> Words:
    """Which page it was and when, and which alerts came up on it."""
    role, page, at = ROLES[shot.role], PAGES[shot.page], show_moment(shot.at_ms)
    alerts = ", ".join(shot.alerts)
    zh, en = (f"，提示（{alerts}）", f", alert {alerts},") if alerts else ("", "")
    return Words(f"{role.zh}“{page.zh}”{zh} {at}", f"{role.en}, {page.en}{en} at {at}")


def _album(run: Run, folder: Path) -> Album:
    if not run.album:
        return Album()
    try:
        return msgspec.json.decode((folder / run.album).read_bytes(), type=Album)
    except (OSError, msgspec.DecodeError):
        return Album()


def _address(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
