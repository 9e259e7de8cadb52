"""What the harness and the encoders' process say to each other: JSON, a message a line, orders on its stdin and word of them on its stdout.

Laws: an order is written before anybody can act on it, and the process reads every order that was written before it answers a
request, so no acknowledgement is needed. Times are ms of this machine's monotonic clock.
"""

from __future__ import annotations

import msgspec


class PlugCamera(msgspec.Struct, frozen=True, tag="camera"):
    """A camera or screen can be read as `name` from now on; its pictures stand in the ring at `path`."""

    name: str
    path: str
    width: int
    height: int
    fps: int
    epoch_ms: float


class PlugMicrophone(msgspec.Struct, frozen=True, tag="microphone"):
    """A microphone can be read as `name` since `since_ms`; its sound stands in the ring at `path`, after what is left there from before."""

    name: str
    path: str
    epoch_ms: float
    since_ms: float


class Unplug(msgspec.Struct, frozen=True, tag="unplug"):
    """That device is gone since `at_ms`."""

    name: str
    at_ms: float


Order = PlugCamera | PlugMicrophone | Unplug


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process serves on that port of the loopback."""

    port: int


class Held(msgspec.Struct, frozen=True, tag="held"):
    """Somebody reads the device from now on, or nobody does."""

    name: str
    held: bool


class Late(msgspec.Struct, frozen=True, tag="late"):
    """Something of that folder came out so late; later than anything of it before."""

    folder: str
    late_ms: float


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Something went wrong in there, in one sentence."""

    why: str


Word = Ready | Held | Late | Failed


def folder_of(name: str) -> str:
    """The folder of FOLDER/DEVICE: whose devices these are."""
    return name.rpartition("/")[0]
