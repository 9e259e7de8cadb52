"""What a recording shows: the value that inspection makes of a file and that rules read.

Times called `*_ms` are source time: when the device delivered the frame or the sound, read off its marks and mapped by a
`MarkClock` (exam time in a session, the device's own time where a file is inspected alone). A recording's own timestamps are
written by the subject and prove nothing; they appear only as `media_*`.
"""

from __future__ import annotations

from typing import Final, Literal, Protocol

import msgspec

# A camera at 10 fps on two loaded cores was measured to leave holes of up to 0.56 s between frames that arrive;
# spans are broken only above it, so that a span reads as "it was recording". Every hole above `GAP_FLOOR` is listed.
SPAN_BREAK_MS: Final = 1_000
GAP_FLOOR_MS: Final = 250

Problem = Literal["empty", "not-a-recording", "truncated", "damaged", "no-marks"]


class MarkClock(Protocol):
    """Maps what marks say to source time; one for each session, made from the devices' schedules."""

    def frame_ms(self, device: int, session: int, frame: int) -> int | None:
        """When the camera delivered that frame; None for a device or session that is not ours."""
        ...

    def sound_ms(self, device: int, session: int, device_ms: float) -> float | None:
        """When the microphone delivered the sound of its own time `device_ms`; None where it is not ours."""
        ...


class FrameCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How the frames of a recording read: each is exactly one of these."""

    read: int = 0
    repeat: int = 0
    skip: int = 0  # frames of the source that are missing between two that were read
    blend: int = 0
    absent: int = 0
    foreign: int = 0  # a mark of a device or session that is not ours: an old recording, played again


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One device seen without a break above `SPAN_BREAK_MS`."""

    device: int
    session: int
    first: int  # frame numbers
    last: int
    from_ms: int
    to_ms: int
    media_ms: float  # the recording's own time of the first frame


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One microphone heard without a break above `SPAN_BREAK_MS` plus the chirps' own spacing."""

    device: int
    session: int
    from_ms: int
    to_ms: int
    chirps: int
    media_ms: float


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Source time that is not in the recording, between two marks that are."""

    from_ms: int
    to_ms: int

    @property
    def length(self) -> int:
        """How long, in ms."""
        return self.to_ms - self.from_ms


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """A spoken phrase found in the sound by correlation with the very clip that was injected."""

    text: str
    at_ms: int
    until_ms: int
    score: float  # normalised correlation, 0…1
    whole: bool  # every part of the clip correlates, none is cut off


class Symbol(msgspec.Struct, frozen=True, kw_only=True):
    """A printed symbol that was legible: `sheet-front`, `sheet-back`, `drawing`, `yaw-045`."""

    text: str
    from_ms: int
    to_ms: int
    frames: int


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """A camera recording against the pictures that its camera delivered: fine detail alone, and the worst of any three seconds."""

    compared: int  # pictures
    face_missing: float  # the share of the face's detail that is missing and there in its scrambled twin; about 0 as the camera saw it
    face_added: float  # the same where there is more of it than in the twin
    ground_left: (
        float | None
    )  # the share of the room's detail that is left: 1 is all, about 0 a room that was blurred or replaced
    added_cells: int  # of 18 rows of square cells, those with detail that the camera did not deliver
    added_levels: float  # the most of it in one cell, RMS


class Footage(msgspec.Struct, frozen=True, kw_only=True):
    """What one recording (all its segments, in order) shows."""

    problem: Problem | None = None
    reason: str = ""
    container: str = ""
    video: str = ""
    audio: str = ""
    width: int = 0
    height: int = 0
    duration_ms: int = 0
    playable: bool = False  # decodes to its end
    mirrored: bool | None = None
    frames: FrameCounts = FrameCounts()
    seen: tuple[Seen, ...] = ()
    heard: tuple[Heard, ...] = ()
    gaps: tuple[Gap, ...] = ()  # in the picture, above GAP_FLOOR_MS
    sound_gaps: tuple[Gap, ...] = ()
    out_of_order: int = 0  # marks that went back in time
    av_offset_ms: float | None = None  # median; positive: sound lags behind the picture
    av_worst_ms: float | None = None
    av_drift_ms_per_min: float | None = None
    phrases: tuple[Phrase, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    likeness: Likeness | None = None  # None: not compared, or nothing there to compare
    metadata: dict[str, str] = {}
    personal: tuple[str, ...] = ()  # personal details that were found in names, metadata or container

    @property
    def first_ms(self) -> int | None:
        """Source time of the first mark seen, ms; None where no mark was read."""
        return min((span.from_ms for span in self.seen), default=None)

    @property
    def last_ms(self) -> int | None:
        """Source time of the last mark seen, ms; None where no mark was read."""
        return max((span.to_ms for span in self.seen), default=None)

    @property
    def devices(self) -> tuple[int, ...]:
        """The cameras (or screens) that were seen, in order of appearance, once each."""
        return tuple(dict.fromkeys(span.device for span in self.seen))
