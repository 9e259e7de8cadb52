"""From a recording's files to its `Footage`: opens each segment, plays it once, and puts together what the tracks found.

Laws: bad bytes are a `problem` with one sentence, never an exception; whatever decodes is reported beside it; memory holds a few seconds of
media, and marks. The session calls `inspect` for every recording that a service holds; `viva inspect` calls it for one file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import VivaError
from harness.core.footage import Footage, MarkClock, Phrase, Problem
from harness.inspection import container, lipsync, pictures, sounds
from harness.inspection.container import Source, Structure
from harness.inspection.decoder import Picture, Playback, play
from harness.inspection.fidelity import CameraPictures, FidelityTrack
from harness.inspection.symbols import LegibleSymbol, SymbolReader, SymbolTrack
from virtual_devices import symbols as printed
from virtual_devices.chirps import ChirpHeard

FALLBACK_RATE: Final = 30.0  # frames a second of a device that was seen once, where no clock says better


@dataclass(frozen=True)
class DeviceClock:
    """Source time where nothing better is known: each device's own time, by its nominal rate in frames a second."""

    rates: Mapping[int, float] = field(default_factory=dict)

    def frame_ms(self, device: int, session: int, frame: int) -> int | None:
        """The frame's number over its device's rate."""
        return round(frame * 1_000 / self.rates.get(device, FALLBACK_RATE))

    def sound_ms(self, device: int, session: int, device_ms: float) -> float | None:
        """The microphone's own time."""
        return device_ms


def _upright(luma: NDArray[np.uint8]) -> Sequence[LegibleSymbol]:
    return printed.read(luma, mirrored=False)


def inspect(
    segments: Sequence[Source],
    *,
    clock: MarkClock | None = None,
    clips: Mapping[str, NDArray[np.float32]] | None = None,
    persons: Sequence[str] = (),
    read_symbols: bool = True,
    symbol_reader: SymbolReader = _upright,
    pictures_of: CameraPictures | None = None,
) -> Footage:
    """What the segments of one recording, in their order, show together.

    `clock` maps marks to source time (without one: the device's own time, its rate guessed from its frame numbers). `clips` are phrases to
    search for, by their text: mono, 16 kHz, full scale 1. `persons` are personal details that must stand neither in a file's name nor in
    its metadata or headers. `symbol_reader` finds printed symbols in a luma plane. `pictures_of` draws the cameras' frames again,
    so that the recording can be compared with them. Raises `VivaError` only for a file that can't be opened.
    """
    if not segments:
        return Footage(problem="empty", reason="The recording has no segment.")
    track = pictures.PictureTrack()
    symbols = SymbolTrack(symbol_reader) if read_symbols else None
    fidelity = FidelityTrack(pictures_of) if pictures_of is not None else None
    looking = _Looking(track, symbols, fidelity)
    played = []
    for number, source in enumerate(segments):
        track.segment = number
        played.append(_play(source, looking, sounds.SoundTrack(number, clips or {}), persons))
    return _assemble(played, looking, clock or DeviceClock(track.rates()), persons)


@dataclass
class _Segment:
    """One segment, played."""

    structure: Structure
    playback: Playback
    chirps: list[tuple[ChirpHeard, float]] = field(default_factory=list)
    phrases: list[sounds.Spoken] = field(default_factory=list)
    personal: set[str] = field(default_factory=set)
    problem: tuple[Problem, str] | None = None


@dataclass
class _Looking:
    """Whoever looks at the pictures."""

    track: pictures.PictureTrack
    symbols: SymbolTrack | None
    fidelity: FidelityTrack | None

    def look(self, picture: Picture) -> None:
        reading = self.track.look(*picture)
        if self.symbols is not None:
            self.symbols.look(*picture, reading)
        if self.fidelity is not None:
            self.fidelity.look(*picture, reading)


def _play(
    source: Source,
    looking: _Looking,
    sound: sounds.SoundTrack,
    persons: Sequence[str],
) -> _Segment:
    name = source.name if isinstance(source, Path) else ""
    try:
        with container.opened(source) as file:
            structure = container.walk(file)
            segment = _Segment(structure, Playback())
            if structure.kind is not None:
                file.seek(0)
                for piece in play(file, structure.kind, segment.playback):
                    if isinstance(piece, Picture):
                        looking.look(piece)
                    else:
                        sound.hear(piece)
                segment.chirps, segment.phrases = sound.finish()
                segment.personal = container.search(file, structure.headers, persons)
            segment.problem = _problem(segment)
    except OSError as problem:
        raise VivaError(f"the recording {name!r} can't be read ({problem.strerror}): name a file that can") from problem
    told = [name, *segment.playback.metadata, *segment.playback.metadata.values()]
    segment.personal |= {person for person in persons if any(person.casefold() in text.casefold() for text in told)}
    return segment


def _problem(segment: _Segment) -> tuple[Problem, str] | None:
    structure, playback = segment.structure, segment.playback
    damage = structure.damaged or next(iter(playback.errors), "")
    found: tuple[Problem, str] | None = None
    if not structure.size:
        found = "empty", "The file has no bytes."
    elif structure.kind is None:
        found = "not-a-recording", f"The file is {container.foreign(structure.start)}, not an MP4 or WebM recording."
    elif structure.truncated:
        found = "truncated", f"The recording is cut off: {structure.truncated}."
    elif damage:
        found = "damaged", f"The recording is damaged: {damage}."
    elif playback.duration_ms <= 0:
        found = "empty", "The recording holds no picture and no sound."
    return found


def _assemble(
    played: Sequence[_Segment],
    looking: _Looking,
    clock: MarkClock,
    persons: Sequence[str],
) -> Footage:
    track, symbols, fidelity = looking.track, looking.symbols, looking.fidelity
    shown = pictures.judge(track, clock)
    chirps = [chirp for number, each in enumerate(played) for chirp in sounds.timed(each.chirps, number, clock)]
    offset = lipsync.offset(shown.frames, chirps)
    problem, reason = _worst(played)
    if problem is None and not shown.frames and not chirps:
        problem, reason = "no-marks", _unmarked(track, shown.counts.foreign)
    first = played[0]
    personal = set().union(*(each.personal for each in played))
    return Footage(
        problem=problem,
        reason=reason,
        container=first.structure.kind or "",
        video=first.playback.video,
        audio=first.playback.audio,
        width=first.playback.width,
        height=first.playback.height,
        duration_ms=round(sum(each.playback.duration_ms for each in played)),
        playable=all(each.problem is None for each in played),
        mirrored=track.mirrored,
        frames=shown.counts,
        seen=shown.seen,
        heard=sounds.spans(chirps),
        gaps=shown.gaps,
        sound_gaps=sounds.silences(chirps),
        out_of_order=shown.out_of_order,
        av_offset_ms=offset.median_ms,
        av_worst_ms=offset.worst_ms,
        av_drift_ms_per_min=offset.drift_ms_per_min,
        phrases=_phrases(played, chirps, shown.frames),
        symbols=symbols.found(clock) if symbols is not None else (),
        likeness=fidelity.found() if fidelity is not None else None,
        metadata={key: value for each in reversed(played) for key, value in each.playback.metadata.items()},
        personal=tuple(person for person in dict.fromkeys(persons) if person in personal),
    )


def _worst(played: Sequence[_Segment]) -> tuple[Problem | None, str]:
    """The first segment's problem, and which segment it is where there are several."""
    for number, segment in enumerate(played):
        if segment.problem is not None:
            problem, reason = segment.problem
            return problem, reason if len(played) == 1 else f"Segment {number}: {reason[0].lower()}{reason[1:]}"
    return None, ""


def _unmarked(track: pictures.PictureTrack, foreign: int) -> str:
    seen = f"None of its {len(track.codes)} pictures carries a mark of this session"
    return f"{seen}; {foreign} carry a mark of another." if foreign else f"{seen}, and no chirp is heard."


def _phrases(
    played: Sequence[_Segment], chirps: Sequence[sounds.Chirp], frames: Sequence[pictures.Frame]
) -> tuple[Phrase, ...]:
    """The phrases by source time: that of the nearest chirp, else of the nearest picture, else the recording's own time."""
    found = []
    for number, segment in enumerate(played):
        marks = [(chirp.media_ms, chirp.source_ms) for chirp in chirps if chirp.segment == number]
        marks = marks or [(frame.media_ms, float(frame.source_ms)) for frame in frames if frame.segment == number]
        for spoken in segment.phrases:
            near = min(marks, key=lambda mark: abs(mark[0] - spoken.media_ms), default=(0.0, 0.0))
            at_ms = round(near[1] + spoken.media_ms - near[0])
            until_ms = at_ms + round(spoken.heard.length * 1_000)
            score = round(min(1.0, spoken.heard.score), 3)
            found.append(
                Phrase(text=spoken.heard.text, at_ms=at_ms, until_ms=until_ms, score=score, whole=spoken.heard.whole)
            )
    return tuple(found)
