"""The service's observations: each request, report, and the arrival of every upload's bytes, in exam time, for the harness."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from harness.core.events import Data, Event, Source
from harness.core.plan import encode_number
from harness.service.store import Store

# Per exam. A full-length art interview that uploads two streams in slices of a second makes about fifty thousand.
OBSERVATIONS_KEPT: Final = 100_000


class Observer:
    """Keeps what was observed of each exam; the oldest goes when there is too much."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events: dict[str, deque[Event]] = {}
        self._next: dict[str, int] = {}
        for key, body in store.load("event"):
            self._of(key.rpartition("/")[0]).append(msgspec.json.decode(body, type=Event))
        for exam, events in self._events.items():
            self._next[exam] = events[-1].seq + 1

    def saw(
        self,
        exam: str,
        at_ms: int,
        data: Data,
        *,
        candidate: str = "",
        until_ms: int | None = None,
        source: Source = "service",
    ) -> None:
        """Adds an observation. It is written with the next flush; no answer waits for it."""
        seq = self._next.get(exam, 1)
        self._next[exam] = seq + 1
        event = Event(seq, at_ms, source, data, until_ms=until_ms, candidate=candidate)
        self._of(exam).append(event)
        self._store.put("event", f"{exam}/{seq:010}", msgspec.json.encode(event, enc_hook=encode_number), lazily=True)

    def since(self, exam: str, seq: int = 0) -> list[Event]:
        """The observations after that one, in the order in which they were made."""
        events = self._of(exam)
        if not events or events[-1].seq <= seq:
            return []
        newer = events[-1].seq - seq
        return list(events) if newer >= len(events) else list(events)[-newer:]

    def _of(self, exam: str) -> deque[Event]:
        return self._events.setdefault(exam, deque(maxlen=OBSERVATIONS_KEPT))
