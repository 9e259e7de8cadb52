"""The outside of a recording: which container it is, whether it is all there, and what its headers give away.

FFmpeg guesses formats and forgives what is missing; a judge must do neither. So the first bytes decide which demuxer may open a file at
all (a playlist or a picture never reaches one), and the boxes or elements are walked to tell a file that ends early from one
that ends. Media payload is skipped. Laws: nothing here raises on any bytes; work is bounded by the number of elements.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

Kind = Literal["mp4", "webm"]
Source = Path | bytes | BinaryIO

MOST_ELEMENTS: Final = 4_000_000  # 90 minutes of a live WebM have 450,000 blocks
MOST_OF_ONE: Final = 4 << 20  # bytes of one header that are searched

_FOREIGN: Final = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"RIFF", "a RIFF file (WAV, AVI or WebP)"),
    (b"OggS", "an Ogg file"),
    (b"#EXTM3U", "a playlist"),
)


class Structure(NamedTuple):
    """What a walk over the container's outside showed."""

    kind: Kind | None
    size: int
    truncated: str  # a sentence, empty where the file is complete
    damaged: str
    headers: tuple[tuple[int, int], ...]  # (offset, length) of what is not media payload
    start: bytes = b""  # the first bytes, where they are of no container that is known


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The source as a seekable file at its start; one that the caller opened stays open."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        source.seek(0)
        yield source


def foreign(start: bytes) -> str:
    """What a file that is no recording seems to be, by its first bytes."""
    for magic, name in _FOREIGN:
        if start.startswith(magic):
            return name
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.start < len(start) - 3:
            return "no format that is known"
    return "text"


def walk(file: BinaryIO) -> Structure:
    """Walk the container's outside, from the file's start."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(64)
    if start[:4] == _EBML:
        return _walk_webm(file, size)
    if start[4:8] in (b"ftyp", b"styp"):
        return _walk_mp4(file, size)
    return Structure(None, size, "", "", (), start)


def search(file: BinaryIO, headers: Sequence[tuple[int, int]], wanted: Sequence[str]) -> set[str]:
    """Those of the texts that stand in the headers' bytes, in UTF-8, UTF-16 or GB 18030.

    Encodings under six bytes are left out: too short to tell from chance.
    """
    patterns = [
        (text, encoded)
        for text in wanted
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
        if len(encoded := text.encode(encoding, "replace")) >= 6
    ]
    found: set[str] = set()
    for offset, length in headers if patterns else ():
        file.seek(offset)
        content = file.read(min(length, MOST_OF_ONE))
        found.update(text for text, pattern in patterns if pattern in content)
    return found


def _walk_mp4(file: BinaryIO, size: int) -> Structure:
    position = 0
    kinds: set[bytes] = set()
    headers: list[tuple[int, int]] = []
    truncated = damaged = ""
    for _ in range(MOST_ELEMENTS):
        if position >= size:
            break
        file.seek(position)
        head = file.read(16)
        if len(head) < 8:
            truncated = f"it ends within the header of a box at byte {position}"
            break
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16])
        elif length == 0:
            length = size - position
        if length < 8 or not (kind.isascii() and kind.isalnum()):
            damaged = f"what stands at byte {position} is no MP4 box"
            break
        kinds.add(kind)
        if kind != b"mdat":
            headers.append((position, length))
        if position + length > size:
            truncated = (
                f"its '{kind.decode()}' box at byte {position} lacks {position + length - size} of {length} bytes"
            )
            break
        position += length
    if not (truncated or damaged) and b"moov" not in kinds:
        truncated = "it ends before its 'moov' box"
    return Structure("mp4", size, truncated, damaged, tuple(headers))


_EBML: Final = b"\x1a\x45\xdf\xa3"
_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_TRACKS: Final = 0x1654AE6B
_BLOCKS: Final = frozenset({0xA3, 0xA0})
# The rest of what may stand at the top of a file, a segment or a cluster (RFC 9559).
_KNOWN: Final = frozenset(
    {
        0x1A45DFA3,
        0x114D9B74,
        0x1549A966,
        0x1C53BB6B,
        0x1254C367,
        0x1043A770,
        0x1941A469,
        0xEC,
        0xBF,
        0xE7,
        0xA7,
        0xAB,
        0x5854,
    }
) | {_SEGMENT, _CLUSTER, _TRACKS, *_BLOCKS}


def _walk_webm(file: BinaryIO, size: int) -> Structure:
    position = 0
    seen: set[int] = set()
    headers: list[tuple[int, int]] = []
    truncated = damaged = ""
    for _ in range(MOST_ELEMENTS):
        if position >= size:
            break
        file.seek(position)
        head = file.read(12)
        element = _element(head)
        if element is None and len(head) < 12:
            truncated = f"it ends within the header of an element at byte {position}"
            break
        if element is None or element.identity not in _KNOWN:
            damaged = f"what stands at byte {position} is no Matroska element"
            break
        seen.add(element.identity)
        body = position + element.header
        enter = element.identity == _SEGMENT or (element.identity == _CLUSTER and element.length is None)
        if element.length is None and not enter:
            damaged = f"the element at byte {position} has no length"
            break
        end = body if element.length is None else body + element.length
        if end > size:
            truncated = f"the element at byte {position} lacks {end - size} of {element.length} bytes"
            if not enter:
                break
        if not enter and element.identity not in _BLOCKS and element.identity != _CLUSTER:
            headers.append((position, end - position))
        position = body if enter else end
    if not (truncated or damaged) and _TRACKS not in seen:
        truncated = "it ends before its tracks are described"
    return Structure("webm", size, truncated, damaged, tuple(headers))


class _Element(NamedTuple):
    identity: int
    header: int  # bytes
    length: int | None  # None: unknown, as live streams write it


def _element(head: bytes) -> _Element | None:
    """An EBML element's header (RFC 8794), or None where there is none."""
    if not head or head[0] < 0x10:
        return None
    width = 9 - head[0].bit_length()
    if len(head) <= width or head[width] == 0:
        return None
    size_width = 9 - head[width].bit_length()
    size = head[width : width + size_width]
    if len(size) < size_width:
        return None
    length = int.from_bytes(size) & ((1 << 7 * size_width) - 1)
    unknown = length == (1 << 7 * size_width) - 1
    return _Element(int.from_bytes(head[:width]), width + size_width, None if unknown else length)
