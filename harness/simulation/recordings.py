"""Recordings of the model: which device delivered picture and sound of a stream, when, and what inspection would find in it.

A `Tape` is one stream, its `Segment`s are what is uploaded one by one (a killed client begins a new one). Bytes are proportional to time;
their sizes only have to differ from stream to stream. `footage` makes of the held part what an inspector would: spans, gaps, phrases, symbols.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import simpy

from harness.core.events import Recorded
from harness.core.footage import GAP_FLOOR_MS, Footage, FrameCounts, Gap, Heard, Likeness, Phrase, Seen, Symbol
from harness.core.view import Role, Stream
from harness.simulation import pan
from harness.simulation.world import Said, Shown, World

BYTES_PER_MS: Final = {Stream.CAMERA: 60, Stream.SCREEN: 20, Stream.EVIDENCE: 40}
CHIRPS_PER_S: Final = 2
_PAPERS: Final = frozenset({"sheet-front", "sheet-back", "drawing"})
_FAITHFUL: Final = Likeness(
    compared=3, face_missing=0.0, face_added=0.0, ground_left=1.0, added_cells=0, added_levels=0.0
)


class Run:
    """One device delivered without a break from `from_ms` to `to_ms`; None: it still does."""

    __slots__ = ("device", "from_ms", "to_ms")

    def __init__(self, device: int, from_ms: int) -> None:
        self.device = device
        self.from_ms = from_ms
        self.to_ms: int | None = None


class Segment:
    """What is recorded from one start to one stop, and how much of it the service holds."""

    __slots__ = (
        "began",
        "finished",
        "number",
        "offset",
        "pictures",
        "sounds",
        "started",
        "stopped",
        "stream",
        "upload",
        "wake",
    )

    def __init__(self, stream: Stream, number: int, started: int) -> None:
        self.stream = stream
        self.number = number
        self.upload = f"{stream}-{number}"
        self.started = started
        self.stopped: int | None = None
        self.offset = 0
        self.began: int | None = None  # the PATCH that is under way
        self.finished = False
        self.pictures: list[Run] = []
        self.sounds: list[Run] = []
        self.wake: simpy.Event | None = None  # what its upload waits on while nothing changes

    def produced(self, at_ms: int) -> int:
        """How many bytes there are at that time."""
        end = at_ms if self.stopped is None else min(at_ms, self.stopped)
        return (end - self.started) * BYTES_PER_MS[self.stream]

    @property
    def held_until(self) -> int:
        """The exam time up to which the service holds it."""
        return self.started + self.offset // BYTES_PER_MS[self.stream]

    def sha256(self) -> str:
        """A digest to declare: of what identifies these bytes."""
        return hashlib.sha256(f"{self.upload} {self.started} {self.stopped}".encode()).hexdigest()

    def ring(self) -> None:
        """Something changed that its upload should look at."""
        if self.wake is not None and not self.wake.triggered:
            self.wake.succeed()


class Tape:
    """One stream from its first segment to its last."""

    __slots__ = ("segments", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.segments: list[Segment] = []

    @property
    def rolling(self) -> Segment | None:
        """The segment that is being recorded."""
        return self.segments[-1] if self.segments and self.segments[-1].stopped is None else None

    def start(self, now: int) -> Segment:
        """A new segment begins."""
        segment = Segment(self.stream, len(self.segments), now)
        self.segments.append(segment)
        return segment

    def take(self, now: int, picture: int | None, sound: int | None) -> None:
        """From now on these devices deliver; None: nothing does. No effect while nothing is recorded."""
        segment = self.rolling
        if segment is not None:
            _switch(segment.pictures, picture, now)
            _switch(segment.sounds, sound, now)

    def stop(self, now: int) -> None:
        """The segment ends, if one is being recorded."""
        segment = self.rolling
        if segment is not None:
            _switch(segment.pictures, None, now)
            _switch(segment.sounds, None, now)
            segment.stopped = now
            segment.ring()

    def lose(self) -> None:
        """The service has lost what it had confirmed; the client does not know."""
        for segment in self.segments:
            if segment.finished:
                segment.offset = 0

    def progress(self) -> tuple[Stream, int, int, bool]:
        """What of the stopped segments is sent: stream, bytes sent, bytes in all, whether the service holds them."""
        sent, milliseconds, finished = 0, 0, True
        for segment in self.segments:
            if segment.stopped is not None:
                sent += segment.offset
                milliseconds += segment.stopped - segment.started
                finished = finished and segment.finished
        return self.stream, sent, milliseconds * BYTES_PER_MS[self.stream], finished


def _switch(runs: list[Run], device: int | None, now: int) -> None:
    if runs and runs[-1].to_ms is None:
        if runs[-1].device == device:
            return
        runs[-1].to_ms = now
    if device is not None:
        runs.append(Run(device, now))


def recorded(tape: Tape, world: World) -> Recorded | None:
    """What the service holds of the stream at the end of the run; None where it holds nothing."""
    held = [segment for segment in tape.segments if segment.offset]
    if not held:
        return None
    complete = all(segment.finished for segment in held)
    length = sum(segment.offset for segment in held)
    return Recorded(
        stream=tape.stream,
        segments=len(held),
        length=length,
        declared=length if complete else None,
        intact=complete,
        footage=footage(held, world),
    )


def footage(held: list[Segment], world: World) -> Footage:
    """What inspection would find in the held part of these segments, in order."""
    rate, begins = world.plan.media.frames_per_second, world.script.begins
    seen: list[Seen] = []
    heard: list[Heard] = []
    media = 0
    for segment in held:
        for device, start, end in _clipped(segment.pictures, segment.held_until):
            first, last = ((at - begins) * rate // 1_000 for at in (start, end))
            at_media = float(media + start - segment.started)
            seen.append(
                Seen(device=device, session=0, first=first, last=last, from_ms=start, to_ms=end, media_ms=at_media)
            )
        for device, start, end in _clipped(segment.sounds, segment.held_until):
            chirps = (end - start) * CHIRPS_PER_S // 1_000
            at_media = float(media + start - segment.started)
            heard.append(Heard(device=device, session=0, from_ms=start, to_ms=end, chirps=chirps, media_ms=at_media))
        media += segment.held_until - segment.started
    role = Role.PHONE if held[0].stream is Stream.EVIDENCE else Role.LAPTOP
    return Footage(
        container="matroska,webm",
        video="vp8",
        audio="opus" if heard else "",
        width=1280,
        height=720,
        duration_ms=media,
        playable=True,
        mirrored=False,
        frames=FrameCounts(read=sum(span.last - span.first + 1 for span in seen)),
        seen=tuple(seen),
        heard=tuple(heard),
        gaps=_gaps(seen),
        sound_gaps=_gaps(heard),
        av_offset_ms=0.0 if heard else None,
        av_worst_ms=0.0 if heard else None,
        av_drift_ms_per_min=0.0 if heard else None,
        likeness=_FAITHFUL if held[0].stream is Stream.CAMERA and seen else None,
        phrases=tuple(_phrases(world.said, role, heard)) if world.said else (),
        symbols=tuple(_symbols(world.scenes, seen, rate)),
    )


def _clipped(runs: list[Run], until: int) -> Iterator[tuple[int, int, int]]:
    for run in runs:
        end = until if run.to_ms is None else min(run.to_ms, until)
        if run.from_ms < end:
            yield run.device, run.from_ms, end


def _gaps(spans: Sequence[Seen | Heard]) -> tuple[Gap, ...]:
    if len(spans) < 2:
        return ()
    return tuple(
        Gap(from_ms=one.to_ms, to_ms=other.from_ms)
        for one, other in pairwise(spans)
        if other.from_ms - one.to_ms > GAP_FLOOR_MS
    )


def _phrases(said: list[Said], role: Role, heard: list[Heard]) -> Iterator[Phrase]:
    for each in said:
        if each.role is not role:
            continue
        for span in heard:
            start, end = max(each.from_ms, span.from_ms), min(each.to_ms, span.to_ms)
            if start < end:
                whole = (start, end) == (each.from_ms, each.to_ms)
                score = (end - start) / (each.to_ms - each.from_ms)
                yield Phrase(text=each.text, at_ms=start, until_ms=end, score=score, whole=whole)


def _symbols(scenes: list[Shown], seen: list[Seen], rate: int) -> Iterator[Symbol]:
    """What was printed on a scene while it was recorded: a sheet all the time, a pan's marks as they pass."""
    for scene in scenes:
        is_pan = scene.scene == pan.SCENE
        if not is_pan and scene.scene not in _PAPERS:
            continue
        for span in seen:
            if span.device != scene.device:
                continue
            ends = span.to_ms if scene.to_ms is None else scene.to_ms
            whole = pan.Passing(scene.scene, scene.from_ms, ends)
            for text, start, end in pan.passing(scene.from_ms, ends) if is_pan else (whole,):
                seen_from, seen_to = max(start, span.from_ms), min(end, span.to_ms)
                if seen_from < seen_to:
                    frames = (seen_to - seen_from) * rate // 1_000
                    yield Symbol(text=text, from_ms=seen_from, to_ms=seen_to, frames=frames or 1)
