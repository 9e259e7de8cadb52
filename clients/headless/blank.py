"""One segment of a blank source: bytes by the second, and no picture, no sound, no container.

A source is blank where whoever gave it says that nobody will look at what is recorded of it (`blank`). Then the recording's course alone
matters: when it begins and ends, that it grows, what becomes of its bytes. Made by `capture` in the place of `media.Mp4Recorder`.
"""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeGuard

from harness.protocol.capture import CaptureError

MIME: Final = "video/x-blank"
BYTES_PER_S: Final = 64
# Two slices at least fall into the shortest outage that a plan asks about, twice its stall limit.
PACE_MS: Final = 2_000


class BlankSource(Protocol):
    """A camera, screen or microphone that need not be encoded."""

    @property
    def blank(self) -> bool:
        """Nobody will look at what is recorded of it."""
        ...

    def delivers(self, now: int) -> bool:
        """Takes from it; False: it is gone."""
        ...


def is_blank(source: Any) -> TypeGuard[BlankSource]:
    """The source says of itself that it is blank; what says nothing is not."""
    return bool(getattr(source, "blank", False))


class BlankRecorder:
    """Gives bytes for each second begun since the segment's start, so that the shortest segment has some as well."""

    mime = MIME
    pace_ms = PACE_MS

    def __init__(self, video: BlankSource, sound: BlankSource | None, now: int) -> None:
        self._video = video
        self._sound = sound
        self._start = now
        self._given = 0
        self._stopped = False

    def advance(self, now: int) -> bytes:
        """The bytes of the seconds begun since the last call. Raises `CaptureError` where the camera gives nothing any more."""
        if self._stopped:
            return b""
        if self._sound is not None:
            self._sound.delivers(now)  # one that is gone is silent from here on
        if not self._video.delivers(now):
            raise CaptureError("the camera gives no picture any more")
        return self._due(now)

    def stop(self, now: int) -> bytes:
        """The last bytes; takes from the devices no more."""
        if self._stopped:
            return b""
        self._stopped = True
        for source in (self._video, self._sound):
            if source is not None:
                source.delivers(now)
        return self._due(now)

    def _due(self, now: int) -> bytes:
        due = BYTES_PER_S * (1 + (now - self._start) // 1_000) - self._given
        self._given += due
        return bytes(due)
