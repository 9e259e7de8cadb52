"""What the client records and keeps: a journal of segments, and the recorders that run.

Laws: a segment is in the journal before its first byte is stored, and a byte is stored before it is offered for upload; each start is a
segment of its own, which names the one before; a segment that a kill cut off is complete as it stands. Nothing of the person or of a
device's label is in it. The journal is the document `recordings`; the uploader works it off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from harness.protocol.capture import Capture, CaptureError, Recorder
from harness.protocol.client import Storage
from harness.protocol.vocabulary import Stream

DOCUMENT: Final = "recordings"
# A device that can't be opened is tried again so much later.
REOPEN_MS: Final = 500


class Segment(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One recording: its place in its stream, and how far its upload is."""

    recording: str
    stream: Stream
    segment: int
    mime: str
    started_ms: int
    previous: str = ""
    complete: bool = False  # nothing will be added
    upload: str = ""  # path of its tus upload, once made
    declared: bool = False  # the service knows its length
    held: bool = False  # the service said that it holds exactly this


class Journal:
    """All segments of this client, in the order of their start."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        kept = storage.load(DOCUMENT)
        self.segments: list[Segment] = msgspec.json.decode(kept, type=list[Segment]) if kept else []
        self.interrupted = [segment for segment in self.segments if not segment.complete]
        for segment in self.interrupted:
            segment.complete = True  # whoever recorded it is gone

    def save(self) -> None:
        """Every change is kept at once."""
        self._storage.save(DOCUMENT, msgspec.json.encode(self.segments))

    def begin(self, stream: Stream, recording: str, mime: str, exam: int) -> Segment:
        """The next segment of a stream."""
        before = [segment for segment in self.segments if segment.stream == stream]
        segment = Segment(
            recording=recording,
            stream=stream,
            segment=len(before),
            mime=mime,
            started_ms=exam,
            previous=before[-1].recording if before else "",
        )
        self.segments.append(segment)
        self.save()
        return segment

    def streams(self) -> dict[Stream, list[Segment]]:
        """The segments by stream."""
        found: dict[Stream, list[Segment]] = {}
        for segment in self.segments:
            found.setdefault(segment.stream, []).append(segment)
        return found


class Source(NamedTuple):
    """What a stream is recorded from: ids of devices."""

    video: str
    microphone: str | None


class Running(NamedTuple):
    """A segment that is being recorded."""

    source: Source
    segment: Segment
    recorder: Recorder


class Recordings:
    """The recorders that run, one a stream at most."""

    def __init__(self, journal: Journal, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        self.running: dict[Stream, Running] = {}
        self.failed: dict[Stream, str] = {}  # why a stream that is wanted is not recorded
        self._journal = journal
        self._storage = storage
        self._capture = capture
        self._mint = mint
        self._take_at = 0
        self._retry_at: dict[Stream, int] = {}

    def follow(self, wanted: Mapping[Stream, Source], exam: int, now: int) -> None:
        """Records exactly what is wanted: starts, stops, and begins a new segment where the source is another."""
        for stream in list(self.running):
            if wanted.get(stream) != self.running[stream].source:
                self.stop(stream, now)
        for stream in list(self.failed):
            if stream not in wanted:
                del self.failed[stream]
        for stream, source in wanted.items():
            if stream not in self.running and now >= self._retry_at.get(stream, now):
                self._start(stream, source, exam, now)

    def take(self, now: int) -> None:
        """Stores what the devices gave since the last time, if it is time for that."""
        if now < self._take_at or not self.running:
            return
        self._take_at = now + self._pace()
        for stream, running in list(self.running.items()):
            try:
                self._keep(running, running.recorder.advance(now))
            except CaptureError as error:
                self._lost(stream, str(error), now)

    def stop(self, stream: Stream, now: int) -> None:
        """Ends a stream's segment, stores its last bytes and lets go of its devices."""
        running = self.running.pop(stream)
        try:
            self._keep(running, running.recorder.stop(now))
        except CaptureError as error:
            self.failed[stream] = str(error)
        running.segment.complete = True
        self._journal.save()

    def stop_all(self, now: int) -> None:
        """Every device is released."""
        for stream in list(self.running):
            self.stop(stream, now)

    def next_due(self) -> int | None:
        """When `take` or a new attempt is due."""
        due = [self._retry_at[stream] for stream in self.failed if stream in self._retry_at]
        return min([*due, self._take_at] if self.running else due, default=None)

    def _start(self, stream: Stream, source: Source, exam: int, now: int) -> None:
        try:
            recorder = self._capture.record(video=source.video, microphone=source.microphone, now=now)
        except CaptureError as error:
            self.failed[stream] = str(error)
            self._retry_at[stream] = now + REOPEN_MS
            return
        self.failed.pop(stream, None)
        self._retry_at.pop(stream, None)
        segment = self._journal.begin(stream, self._mint(), recorder.mime, exam)
        self.running[stream] = Running(source, segment, recorder)
        due = now + self._pace()
        self._take_at = min(self._take_at, due) if len(self.running) > 1 else due

    def _pace(self) -> int:
        """How often it is worth taking from the recorders that run."""
        return min(running.recorder.pace_ms for running in self.running.values())

    def _lost(self, stream: Stream, reason: str, now: int) -> None:
        self.stop(stream, now)
        self.failed[stream] = reason
        self._retry_at[stream] = now + REOPEN_MS

    def _keep(self, running: Running, data: bytes) -> None:
        if data:
            self._storage.append(running.segment.recording, data)
