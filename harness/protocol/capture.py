"""The capture port: how a client's core takes pictures and sound, whatever the devices are.

In its own process the reference client fills it from the harness's shared rings; in virtual time a session hands it the very
same virtual devices. `now` is the client's own clock, ms.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec


class Raw(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a device's raw media is: a y4m ring (picture) or an s16le ring (sound), each with a counter file beside it (`.idx`)."""

    path: str
    width: int = 0
    height: int = 0
    frames_per_second: int = 0
    rate: int = 0  # sound: samples a second, mono
    slots: int = 0  # frames (or samples) that the ring holds


class Device(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device as the client sees it."""

    id: str
    kind: Literal["camera", "microphone", "screen"]
    label: str
    facing: Literal["user", "environment", "none"] = "none"
    raw: Raw | None = None
    encoded: str = ""  # address of a live WebM; with `?microphone=ID`, that microphone's sound is in it
    still: str = ""  # cameras and screens: address of the present picture as JPEG


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a device gives what it should: frames that change, sound that is not digital silence."""

    state: Literal["working", "failed", "checking"]
    reason: str = ""


class Recorder(Protocol):
    """One segment while it is recorded: a container that plays alone."""

    mime: str
    pace_ms: int  # how often it is worth taking from

    def advance(self, now: int) -> bytes:
        """Takes what the devices delivered until now; returns the container's new bytes, whole fragments only."""
        ...

    def stop(self, now: int) -> bytes:
        """Ends the segment and returns its last bytes."""
        ...


class Capture(Protocol):
    """The client's access to its devices."""

    def check(self, device: str, now: int) -> DeviceState:
        """Whether it works, as far as seen until now."""
        ...

    def still(self, camera: str, now: int) -> bytes:
        """The camera's present picture as JPEG. Raises `CaptureError` when there is none."""
        ...

    def record(self, *, video: str, microphone: str | None, now: int) -> Recorder:
        """Starts a segment from a camera or screen and a microphone. Raises `CaptureError`."""
        ...


class CaptureError(Exception):
    """A device is not there, or gives nothing; one sentence for the candidate."""
