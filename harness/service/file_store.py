"""The store on disk: documents in SQLite (write-ahead log, synchronous), each recording a file of its own in a folder.

A flush syncs the files it settles, then their folder if any is new, then commits the documents, which syncs the log. So what a document
says of a file is never ahead of the file, at whatever instant the power goes. A sync that fails is not tried again: its pages may be gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from harness.core.errors import VivaError
from harness.service.store import DocumentKey, Store

# Syncing 64 slices of 20 kB: 22 to 35 ms one by one, 7 ms eight at once, and no less with more (ext4).
SYNCS_AT_ONCE: Final = 8
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS documents (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"
)


class FileStore(Store):
    """A folder; one process at a time. Raises `VivaError` where it can't be written or is in use."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._blobs = folder / "recordings"
        self._new_files = False
        try:
            self._blobs.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / "lock").open("a")
        except OSError as error:
            raise VivaError(f"the folder {folder} can't be written ({error.strerror}); name another one") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise VivaError(
                f"the folder {folder} is in use by another exam service; stop that one, or name another"
            ) from error
        self._syncing = ThreadPoolExecutor(SYNCS_AT_ONCE, thread_name_prefix="sync")
        # Flushes run on another thread than the start; never two at once.
        self._documents = sqlite3.connect(folder / "state.sqlite", isolation_level=None, check_same_thread=False)
        self._documents.execute("PRAGMA journal_mode=WAL")
        self._documents.execute("PRAGMA synchronous=FULL")
        self._documents.execute(_SCHEMA)

    def load(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """The durable documents of one kind, ordered by key."""
        rows = self._documents.execute("SELECT key, body FROM documents WHERE kind = ? ORDER BY key", (kind,))
        return iter(rows.fetchall())

    def document(self, kind: str, key: str) -> bytes | None:
        """One durable document; None where there is none."""
        query = "SELECT body FROM documents WHERE kind = ? AND key = ?"
        row: tuple[bytes] | None = self._documents.execute(query, (kind, key)).fetchone()
        return None if row is None else row[0]

    def write(self, blob: str, offset: int, data: bytes) -> None:
        """Writes into a blob's file. Raises OSError, as when the disk is full."""
        path = self._blobs / blob
        try:
            file = os.open(path, os.O_WRONLY)
        except FileNotFoundError:
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            self._new_files = True
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(file, data[written:], offset + written)
        finally:
            os.close(file)

    def truncate(self, blob: str, length: int) -> None:
        """Cuts a blob's file back."""
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self._blobs / blob, length)

    def read(self, blob: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes."""
        try:
            with (self._blobs / blob).open("rb") as file:
                return os.pread(file.fileno(), size, offset)
        except FileNotFoundError:
            return b""

    def size(self, blob: str) -> int:
        """Length in bytes; 0 where there is none."""
        try:
            return (self._blobs / blob).stat().st_size
        except FileNotFoundError:
            return 0

    def blobs(self) -> list[str]:
        """The names of all blobs."""
        return sorted(path.name for path in self._blobs.iterdir())

    def path(self, blob: str) -> Path:
        """The blob's own file; an empty one is made where nothing was written yet."""
        path = self._blobs / blob
        path.touch()
        return path

    def close(self) -> None:
        """Lets go of the folder."""
        self._syncing.shutdown()
        self._documents.close()
        self._lock.close()

    def _sync(self, blobs: Iterable[str]) -> None:
        list(self._syncing.map(_fsync, [self._blobs / blob for blob in blobs]))
        if self._new_files:
            self._new_files = False
            _fsync(self._blobs)

    def _commit(self, documents: Mapping[DocumentKey, bytes | None]) -> None:
        puts = [(kind, key, body) for (kind, key), body in documents.items() if body is not None]
        drops = [key for key, body in documents.items() if body is None]
        self._documents.execute("BEGIN IMMEDIATE")
        try:
            self._documents.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", puts)
            self._documents.executemany("DELETE FROM documents WHERE kind = ? AND key = ?", drops)
            self._documents.execute("COMMIT")
        except sqlite3.Error as error:
            raise OSError(f"the documents could not be written: {error}") from error

    def _discard(self, blob: str) -> None:
        (self._blobs / blob).unlink(missing_ok=True)


def _fsync(path: Path) -> None:
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # deleted since
    try:
        os.fsync(file)
    finally:
        os.close(file)
