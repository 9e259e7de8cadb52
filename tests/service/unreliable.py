"""Stores that lose power, and stores that lie: what the durability suite is for, and what it must catch."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.service.store import DocumentKey, Store


class PowerLost(Exception):
    """The machine is off from here on."""


class PowerCutStore(Store):
    """A disk with a volatile cache. Each write, sync and commit burns the fuse; at its end the power goes, in the middle of whatever ran.

    What was not synced may afterwards be there, be there in part, or be garbage of the right length; a new file that was not synced may
    be missing; a deletion may not have happened.
    """

    def __init__(self, fuse: int = 10**9) -> None:
        super().__init__()
        self.fuse = fuse
        self.documents: dict[DocumentKey, bytes] = {}
        self.synced: dict[str, bytes] = {}
        self.cached: dict[str, bytearray] = {}

    def after_the_cut(self, chance: random.Random) -> PowerCutStore:
        """What is found when the machine is on again."""
        found = type(self)()
        found.documents = dict(self.documents)
        for blob in {*self.synced, *self.cached}:
            kept = self._remains(self.synced.get(blob), self.cached.get(blob), chance)
            if kept is not None:
                found.synced[blob] = kept
                found.cached[blob] = bytearray(kept)
        return found

    @staticmethod
    def _remains(synced: bytes | None, cached: bytearray | None, chance: random.Random) -> bytes | None:
        if cached is None or (synced is None and chance.random() < 0.3):
            return synced
        base = synced or b""
        tail = bytes(cached[len(base) :])
        keep = chance.randint(0, len(tail))
        return base + chance.choice((tail[:keep], bytes(keep), chance.randbytes(len(tail)), b""))

    def _burn(self) -> None:
        self.fuse -= 1
        if self.fuse <= 0:
            raise PowerLost

    def load(self, kind: str) -> Iterator[tuple[str, bytes]]:
        return iter(sorted((key, body) for (its_kind, key), body in self.documents.items() if its_kind == kind))

    def document(self, kind: str, key: str) -> bytes | None:
        return self.documents.get((kind, key))

    def write(self, blob: str, offset: int, data: bytes) -> None:
        self._burn()
        self.cached.setdefault(blob, bytearray())[offset : offset + len(data)] = data

    def truncate(self, blob: str, length: int) -> None:
        self._burn()
        del self.cached.get(blob, bytearray())[length:]

    def read(self, blob: str, offset: int, size: int) -> bytes:
        return bytes(self.cached.get(blob, b"")[offset : offset + size])

    def size(self, blob: str) -> int:
        return len(self.cached.get(blob, b""))

    def blobs(self) -> list[str]:
        return sorted(self.cached)

    def path(self, blob: str) -> Path:
        raise NotImplementedError(blob)  # nobody asks for files here

    def close(self) -> None:
        self.cached.clear()

    def _sync(self, blobs: Iterable[str]) -> None:
        for blob in blobs:
            self._burn()
            if blob in self.cached:
                self.synced[blob] = bytes(self.cached[blob])

    def _commit(self, documents: Mapping[DocumentKey, bytes | None]) -> None:
        self._burn()
        for key, body in documents.items():
            if body is None:
                self.documents.pop(key, None)
            else:
                self.documents[key] = body

    def _discard(self, blob: str) -> None:
        self._burn()
        self.cached.pop(blob, None)
        self.synced.pop(blob, None)


class NeverSyncing(PowerCutStore):
    """Says that bytes are durable and leaves them in the cache."""

    def _sync(self, blobs: Iterable[str]) -> None:
        for _ in blobs:
            self._burn()


class CommitsFirst(PowerCutStore):
    """Commits what is said of the bytes before the bytes themselves."""

    def flush(self) -> None:
        batch = self._batch
        self._burn()
        for key, body in batch.documents.items():
            if body is not None:
                self.documents[key] = body
        super().flush()


class ForgetsDocuments(PowerCutStore):
    """Keeps documents in memory alone."""

    def _commit(self, documents: Mapping[DocumentKey, bytes | None]) -> None:
        self._burn()
