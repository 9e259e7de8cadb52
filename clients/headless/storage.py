"""What survives a killed client: documents that are replaced whole, and recordings that only grow.

`FileStorage` keeps them in a folder; a document is written beside, synced and renamed, so that a cut leaves the old one or the new one.
`MemoryStorage` is the same for virtual time and outlives the client that is killed there. Both fill the `Storage` port.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

_HASHED_AT_ONCE: Final = 1 << 20


class MemoryStorage:
    """Documents and recordings in dictionaries."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}
        self._recordings: dict[str, bytearray] = {}

    def load(self, name: str) -> bytes | None:
        """The document, or None."""
        return self._documents.get(name)

    def save(self, name: str, data: bytes) -> None:
        """Replaces the document."""
        self._documents[name] = data

    def append(self, recording: str, data: bytes) -> None:
        """Adds to the recording."""
        self._recordings.setdefault(recording, bytearray()).extend(data)

    def read(self, recording: str, offset: int, size: int) -> bytes:
        """A part of it."""
        return bytes(self._recordings.get(recording, b"")[offset : offset + size])

    def size(self, recording: str) -> int:
        """How many bytes of it there are; 0 if none."""
        return len(self._recordings.get(recording, b""))

    def sha256(self, recording: str) -> str:
        """Of the whole recording, hex."""
        return hashlib.sha256(self._recordings.get(recording, b"")).hexdigest()

    def recordings(self) -> Sequence[str]:
        """The names of all recordings that are kept."""
        return sorted(self._recordings)

    def remove(self, name: str) -> None:
        """Deletes a document or a recording; one that is not there is no fault."""
        self._documents.pop(name, None)
        self._recordings.pop(name, None)


class FileStorage:
    """Documents as `NAME.json`, recordings as `recordings/NAME`, in a folder that is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._media = folder / "recordings"
        self._media.mkdir(parents=True, exist_ok=True)
        self._open: dict[str, BinaryIO] = {}

    def load(self, name: str) -> bytes | None:
        """The document, or None."""
        try:
            return self._document(name).read_bytes()
        except FileNotFoundError:
            return None

    def save(self, name: str, data: bytes) -> None:
        """Replaces the document at once and whole."""
        target = self._document(name)
        part = target.with_suffix(".part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)

    def append(self, recording: str, data: bytes) -> None:
        """Adds to the recording's file, unbuffered: a killed process loses nothing that was appended."""
        file = self._open.get(recording)
        if file is None:
            file = self._open[recording] = (self._media / recording).open("ab", buffering=0)
        view = memoryview(data)
        while view:  # an unbuffered write may be short
            view = view[file.write(view) :]

    def read(self, recording: str, offset: int, size: int) -> bytes:
        """A part of it."""
        try:
            with (self._media / recording).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            return b""

    def size(self, recording: str) -> int:
        """How many bytes of it there are; 0 if none."""
        try:
            return (self._media / recording).stat().st_size
        except FileNotFoundError:
            return 0

    def sha256(self, recording: str) -> str:
        """Of the whole file, hex."""
        digest = hashlib.sha256()
        if self.size(recording):
            with (self._media / recording).open("rb") as file:
                while block := file.read(_HASHED_AT_ONCE):
                    digest.update(block)
        return digest.hexdigest()

    def recordings(self) -> Sequence[str]:
        """The names of all recordings that are kept."""
        return sorted(entry.name for entry in self._media.iterdir())

    def remove(self, name: str) -> None:
        """Deletes a document or a recording; one that is not there is no fault."""
        if (file := self._open.pop(name, None)) is not None:
            file.close()
        self._document(name).unlink(missing_ok=True)
        (self._media / name).unlink(missing_ok=True)

    def _document(self, name: str) -> Path:
        return self._folder / f"{name}.json"
