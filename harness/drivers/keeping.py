"""What a client keeps, looked through for a text: its state folder, the `home` of one in process, a page's document and storage.

Laws: nothing of the client is called or changed; what is looked for never enters the client; retained recordings are apart (what begins as
WebM or MP4 does is passed over); of each piece the first `LONGEST` bytes are looked at, and of all together `MOST`; the text is found as it
is, in UTF-8 or UTF-16, with other white space, escaped as in JSON, HTML or a URL, or in base64. What is enciphered or compressed isn't seen
through. Called by the drivers and the worlds.
"""

from __future__ import annotations

import base64
import gc
import html
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final, NamedTuple
from urllib.parse import quote

LONGEST: Final = 256 << 10  # bytes of one piece
MOST: Final = 8 << 20  # bytes of all: a client's documents are a few KiB, what a page holds some hundred
PIECES: Final = 2_000
NAMED: Final = 60  # characters of a place's name
WEBM: Final = b"\x1a\x45\xdf\xa3"
BROWSER: Final = "profile"  # the folder of a browser's own bookkeeping, compressed; its pages are asked instead
_HEAD: Final = 16  # bytes by which media is told
_SPACE: Final = re.compile(r"\s|\\[nrt]")
_CODE: Final = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


class Kept(NamedTuple):
    """One piece of what a client keeps: where it is, for people, and the bytes."""

    place: str
    data: bytes


def found(text: str, pieces: Iterable[Kept]) -> tuple[str, ...]:
    """The places of the pieces in which that text stands. An empty text stands nowhere."""
    needles = _needles(text)
    places: dict[str, None] = {}
    left = MOST
    for piece in pieces:
        if left <= 0 or not needles:
            break
        data = piece.data[: min(LONGEST, left)]
        left -= len(data)
        if not media(data) and _holds(data, needles):
            places[piece.place[:NAMED]] = None
    return tuple(places)


def media(data: bytes | bytearray) -> bool:
    """It begins as a recording does."""
    return data[:4] == WEBM or data[4:8] == b"ftyp"


def _needles(text: str) -> tuple[str, ...]:
    """The text and its escapes, without white space. Of base64, which shifts with what stands before, the part that doesn't depend on that."""
    if not text.strip():
        return ()
    raw = text.strip().encode()
    shifted = (base64.b64encode(b"\0" * shift + raw).decode()[4 * (shift > 0) :].rstrip("=")[:-1] for shift in range(3))
    plain = _SPACE.sub("", text)
    escaped = (
        json.dumps(plain)[1:-1],
        html.escape(plain),
        html.escape(plain, quote=False),
        quote(text.strip(), safe=""),
    )
    return tuple(dict.fromkeys((plain, *escaped, *shifted)))


def _holds(data: bytes, needles: tuple[str, ...]) -> bool:
    texts = [data.decode("utf-8", "ignore")]
    if b"\0" in data:  # UTF-16 of either alignment
        texts += [data[shift:].decode("utf-16-le", "ignore") for shift in (0, 1)]
    return any(needle in squashed for squashed in (_SPACE.sub("", text) for text in texts) for needle in needles)


def in_folder(folder: Path) -> Iterator[Kept]:
    """The files of a client's state folder, with a browser's own left out; one that goes meanwhile is no fault."""
    files = sorted(folder.rglob("*"), key=str)
    own = folder / BROWSER
    for file in (each for each in files[:PIECES] if own not in each.parents):
        try:
            if not file.is_file():
                continue
            with file.open("rb") as opened:
                data = opened.read(_HEAD)
                if not media(data):
                    yield Kept(f"file {file.relative_to(folder)}", data + opened.read(LONGEST - _HEAD))
        except OSError:
            continue


def in_home(home: dict[str, Any]) -> Iterator[Kept]:
    """Every text and every byte string that can be reached from a client's `home`, whatever objects it has put there."""
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [(f"storage {name}", value) for name, value in home.items()]
    while waiting and len(seen) < PIECES:
        place, value = waiting.pop()
        if id(value) in seen or isinstance(value, _CODE):
            continue
        seen.add(id(value))
        match value:
            case str():
                yield Kept(place, value[:LONGEST].encode("utf-8", "ignore"))
            case bytes() | bytearray() | memoryview():
                yield Kept(place, bytes(value[:LONGEST]))
            case dict():
                waiting += [(f"{place} {key}" if isinstance(key, str) else place, each) for key, each in value.items()]
            case _:
                waiting += [(place, each) for each in gc.get_referents(value)]
