"""Where the exam service keeps what it must not lose: small documents, and the bytes of recordings (blobs).

Its laws: nothing counts before `flush` has returned, and everything that was put or settled before it counts after; a document that
speaks of a blob's bytes becomes durable after those bytes, never before; a blob longer than the document says is cut back when the
service starts (bytes that nobody was told about may be anything after a power cut). The application writes on one thread; `flush`
may run on another. Several requests share one flush: who needs an answer to be durable compares `staged` with `durable`.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

DocumentKey = tuple[str, str]  # kind and key


class Batch:
    """What the next flush makes durable."""

    __slots__ = ("documents", "removed", "settled")

    def __init__(self) -> None:
        self.documents: dict[DocumentKey, bytes | None] = {}  # None: deleted
        self.settled: set[str] = set()
        self.removed: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.documents or self.settled or self.removed)


class Store(ABC):
    """The order in which things become durable; how is a subclass's business."""

    def __init__(self) -> None:
        self._batch = Batch()
        self._staging = threading.Lock()
        self._flushing = threading.Lock()
        self.staged = 0  # counts what an answer may have to wait for
        self.durable = 0  # the value of `staged` that the last flush reached

    def put(self, kind: str, key: str, body: bytes, *, lazily: bool = False) -> None:
        """Stages a document. `lazily`: no answer waits for it; it is written with the next flush, whoever needs that."""
        with self._staging:
            self._batch.documents[kind, key] = body
            self.staged += not lazily

    def drop(self, kind: str, key: str) -> None:
        """Stages a document's deletion."""
        with self._staging:
            self._batch.documents[kind, key] = None
            self.staged += 1

    def settle(self, blob: str) -> None:
        """Stages the bytes written to a blob so far."""
        with self._staging:
            self._batch.settled.add(blob)
            self.staged += 1

    def remove(self, blob: str) -> None:
        """Stages a blob's deletion; it happens after the batch's documents are durable."""
        with self._staging:
            self._batch.settled.discard(blob)
            self._batch.removed.append(blob)
            self.staged += 1

    @property
    def pending(self) -> bool:
        """Something is staged, lazily or not."""
        return bool(self._batch)

    def flush(self) -> None:
        """Makes durable what was staged before the call. Raises OSError: then nothing more may be acknowledged."""
        with self._flushing:
            with self._staging:
                batch, self._batch = self._batch, Batch()
                reached = self.staged
            if batch:
                self._sync(sorted(batch.settled))
                if batch.documents:
                    self._commit(batch.documents)
                for blob in batch.removed:
                    self._discard(blob)
            self.durable = reached

    @abstractmethod
    def load(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """The durable documents of one kind, ordered by key. Called before anything is staged."""

    @abstractmethod
    def document(self, kind: str, key: str) -> bytes | None:
        """One durable document; None where there is none."""

    @abstractmethod
    def write(self, blob: str, offset: int, data: bytes) -> None:
        """Writes into a blob, which is made where there is none; durable once settled and flushed."""

    @abstractmethod
    def truncate(self, blob: str, length: int) -> None:
        """Cuts a blob back."""

    @abstractmethod
    def read(self, blob: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes."""

    @abstractmethod
    def size(self, blob: str) -> int:
        """Length in bytes; 0 where there is none."""

    @abstractmethod
    def blobs(self) -> list[str]:
        """The names of all blobs."""

    @abstractmethod
    def path(self, blob: str) -> Path:
        """A file with the blob's bytes."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of files and connections; flushes nothing."""

    @abstractmethod
    def _sync(self, blobs: Iterable[str]) -> None:
        """Makes the bytes of these blobs durable."""

    @abstractmethod
    def _commit(self, documents: Mapping[DocumentKey, bytes | None]) -> None:
        """Makes these documents durable, all or none."""

    @abstractmethod
    def _discard(self, blob: str) -> None:
        """Deletes a blob."""


class MemoryStore(Store):
    """Everything in dictionaries, for virtual time: it outlives an `Application`, as a folder outlives a process.

    `folder` is where `path` writes blobs out; a temporary one that `close` deletes, if left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._documents: dict[DocumentKey, bytes] = {}
        self._blobs: dict[str, bytearray] = {}
        self._folder = folder
        # Deletes the temporary folder, at the latest as this process ends.
        self._tidy: weakref.finalize[..., MemoryStore] | None = None

    def crash(self) -> None:
        """As kill -9 leaves it: what was staged and not flushed never was."""
        self._batch = Batch()

    def load(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """The durable documents of one kind, ordered by key."""
        found = [(key, body) for (its_kind, key), body in self._documents.items() if its_kind == kind]
        return iter(sorted(found))

    def document(self, kind: str, key: str) -> bytes | None:
        """One durable document."""
        return self._documents.get((kind, key))

    def write(self, blob: str, offset: int, data: bytes) -> None:
        """Writes into a blob."""
        self._blobs.setdefault(blob, bytearray())[offset : offset + len(data)] = data

    def truncate(self, blob: str, length: int) -> None:
        """Cuts a blob back."""
        del self._blobs.get(blob, bytearray())[length:]

    def read(self, blob: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes."""
        return bytes(self._blobs.get(blob, b"")[offset : offset + size])

    def size(self, blob: str) -> int:
        """Length in bytes."""
        return len(self._blobs.get(blob, b""))

    def blobs(self) -> list[str]:
        """The names of all blobs."""
        return sorted(self._blobs)

    def path(self, blob: str) -> Path:
        """Writes the blob out."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="viva-recordings-"))
            self._tidy = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        file = self._folder / blob
        file.write_bytes(self._blobs.get(blob, b""))
        return file

    def close(self) -> None:
        """Deletes the temporary folder."""
        if self._tidy is not None:
            self._tidy()
            self._folder = self._tidy = None

    def _sync(self, blobs: Iterable[str]) -> None:
        pass  # memory is as durable as this store gets

    def _commit(self, documents: Mapping[DocumentKey, bytes | None]) -> None:
        for key, body in documents.items():
            if body is None:
                self._documents.pop(key, None)
            else:
                self._documents[key] = body

    def _discard(self, blob: str) -> None:
        self._blobs.pop(blob, None)
