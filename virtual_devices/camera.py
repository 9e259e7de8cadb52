"""A camera that exists only in software: looks at a programme of scenes, marks each frame and delivers it when it is due.

Laws: frame n is due at epoch + n·1000/fps, whatever happened before; a frame that is late is delivered late, one that is a whole interval
late is skipped and its number never used again; what frame n shows depends on n and the programme alone. So a recording's marks give the
very time at which each frame was due, and the lateness of every delivery is on record. A camera is pumped (`schedule`) into a
pyvirtualcam backend while it is plugged in, within a `with`; in virtual time a reader asks `frame_at`, and nothing is plugged in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import TracebackType
from typing import Final, Literal

import msgspec
import numpy as np
import pyvirtualcam

from harness.core.errors import HarnessError, VivaError
from virtual_devices import backends, timecode
from virtual_devices.scenes import Frame, Programme, Scene, Setting, Showing, always, make
from virtual_devices.scenes.base import BLACK, Plane
from virtual_devices.scenes.panorama import Panorama
from virtual_devices.scenes.room import Dark
from virtual_devices.schedule import Lateness, Now


class CameraSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a camera is. `device` (0…15) and `session` (0…255) are what its marks say."""

    device: int
    session: int
    label: str
    kind: Literal["camera", "screen"] = "camera"
    facing: Literal["user", "environment"] = "user"
    width: int = 320
    height: int = 180
    fps: int = 10
    person: int = 0  # the candidate's seed: whose face scenes show
    module_px: int | None = None  # of printed symbols; None: in proportion to the height


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """Where a camera's pictures go: a backend by name, the device's name there (a path for y4m, the label that pages show for pipewire,
    a display for x11), the length of a y4m ring, and the runtime folder of a pipewire camera's device stack.
    """

    backend: str = "memory"
    device: str | None = None
    slots: int | None = None
    runtime: str = ""


IN_PROCESS: Final = Port()

Tap = Callable[[int, Plane], None]  # a frame's number, and its I420 that nobody writes on any more


class VirtualCamera:
    """One camera (or screen).

    `show` and `during` may be called while it is pumped, by one thread at a time; their times are ms of its own, since `epoch_ms`.
    `tap`, if there is one, hears of each frame that was delivered, in the pump's thread.
    """

    def __init__(
        self, spec: CameraSpec, *, epoch_ms: float = 0, programme: Programme | None = None, port: Port = IN_PROCESS
    ) -> None:
        if spec.fps < 1 or spec.width % 2 or spec.height % 2 or spec.width < 160 or spec.height < 90:
            raise VivaError(
                f"camera {spec.label!r} can't be {spec.width}x{spec.height} at {spec.fps} fps: take even sizes from 160x90 and 1 fps or more"
            )
        if not (0 <= spec.device < 16 and 0 <= spec.session < 256):
            raise VivaError(
                f"camera {spec.label!r} has device {spec.device}, session {spec.session}: a device is 0..15, a session 0..255"
            )
        self.spec = spec
        self.epoch_ms = epoch_ms
        self.lateness = Lateness()
        self.skipped: list[tuple[int, int]] = []  # spans of frame numbers that were never delivered, both ends included
        self.tap: Tap | None = None
        self._port = port
        self._plugged: pyvirtualcam.Camera | None = None
        self._next = 0
        self._delivering = False  # frames that were due before it was plugged in are not skipped: there was no camera
        self.programme = programme or always("screen" if spec.kind == "screen" else "portrait")

    # What it sees

    @property
    def programme(self) -> Programme:
        """What it sees when."""
        return self._programme

    @programme.setter
    def programme(self, programme: Programme) -> None:
        for showing in programme.showings:  # drawn here, in the caller's thread: the pump must not be late for it
            self._scene(showing)
        self._programme = programme

    def show(self, from_ms: int, scene: str, lasts_ms: int = 8_000) -> None:
        """From `from_ms` on it sees `scene`; what was to come after that is dropped."""
        self.programme = self.programme.then(from_ms, scene, lasts_ms)

    def during(self, from_ms: int, until_ms: int, scene: str) -> None:
        """Within [from_ms, until_ms) it sees `scene`, then what it would have seen."""
        self.programme = self.programme.during(from_ms, until_ms, scene)

    # Frames and times

    def own_ms(self, now_ms: float) -> int:
        """That time on the camera's own clock."""
        return math.floor(now_ms - self.epoch_ms)

    def due_ms(self, number: int) -> float:
        """When frame `number` is due."""
        return self.epoch_ms + number * 1_000 / self.spec.fps

    def number_at(self, now_ms: float) -> int:
        """The frame that was due last at that time; negative before the first."""
        return int((now_ms - self.epoch_ms) * self.spec.fps // 1_000)

    def frame_at(self, now_ms: float) -> tuple[int, Frame] | None:
        """The newest frame by the schedule: its number and the picture with its mark, the caller's to keep. None before the first."""
        number = self.number_at(now_ms)
        return None if number < 0 else (number, self.picture(number))

    def picture(self, number: int) -> Frame:
        """What frame `number` shows, with its mark."""
        own_ms = number * 1_000 // self.spec.fps
        showing = self._programme.at(own_ms)
        scene = self._scene(showing)
        if scene.marking == "held":
            before = -(-showing.from_ms * self.spec.fps // 1_000) - 1
            if before >= 0:
                return self.picture(before)
            number = 0
        frame = scene.render(own_ms - showing.from_ms)
        if scene.marking != "none":
            timecode.stamp(frame.luma, timecode.Mark(self.spec.device, self.spec.session, number))
        if scene.marking == "dim":
            high = timecode.strip_height(self.spec.height)
            for strip in (frame.luma[:high], frame.luma[-high:]):
                np.copyto(strip, BLACK + (strip - BLACK) // Dark.LIGHT)
        return frame

    def passing(self, from_ms: int, until_ms: int) -> list[tuple[str, int, int]]:
        """The marks of a pan, each time one is whole in frames of [from_ms, until_ms) of the camera's own time: name, first and last frame."""
        spans: list[tuple[str, int, int]] = []
        standing: dict[str, int] = {}
        fps = self.spec.fps
        last = -(-until_ms * fps // 1_000)  # the first frame that is not asked about
        for number in range(-(-from_ms * fps // 1_000), last + 1):
            own_ms = number * 1_000 // fps
            showing = self._programme.at(own_ms)
            scene = self._scene(showing)
            whole = scene.whole(own_ms - showing.from_ms) if isinstance(scene, Panorama) and number < last else ()
            for name in [name for name in standing if name not in whole]:
                spans.append((name, standing.pop(name), number - 1))
            for name in whole:
                standing.setdefault(name, number)
        return spans

    # Plugged in

    def __enter__(self) -> VirtualCamera:
        backends.register()
        self._delivering = False
        port, spec = self._port, self.spec
        if port.backend not in backends.known():
            raise VivaError(
                f"no camera backend is called {port.backend!r}: this system has {', '.join(backends.known())}"
            )
        options: dict[str, int | str] = {} if port.slots is None else {"slots": port.slots}
        if port.runtime:
            options["runtime"] = port.runtime
        try:
            self._plugged = pyvirtualcam.Camera(
                spec.width,
                spec.height,
                spec.fps,
                fmt=pyvirtualcam.PixelFormat.I420,
                device=port.device,
                backend=port.backend,
                **options,
            )
        except RuntimeError as error:
            raise HarnessError(f"camera {spec.label!r} can't be plugged in: {error}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._plugged is not None:
            self._plugged.close()
            self._plugged = None

    def plug(self) -> None:
        """It was pulled out and is back: what was due meanwhile is neither late nor missed. Called while nobody pumps it."""
        self._delivering = False

    @property
    def address(self) -> str:
        """How readers of the backend find it: a name, or the path of its ring. Only while it is plugged in."""
        return str(self._sink().device)

    @property
    def looked_at(self) -> bool:
        """Whether somebody looks at it now, where its backend knows; False while it is not plugged in."""
        backend = getattr(self._plugged, "_backend", None)  # pyvirtualcam keeps what was registered there
        return bool(getattr(backend, "streaming", False))

    @property
    def next_due_ms(self) -> float:
        """When the next frame is due."""
        return self.due_ms(self._next)

    def deliver(self, now: Now) -> None:
        """Send the newest frame that is due; those before it that were not sent are skipped."""
        sink = self._sink()
        number = max(self._next, self.number_at(now()))
        if number > self._next and self._delivering:
            self.skipped.append((self._next, number - 1))
        self._next, self._delivering = number + 1, True
        data = self.picture(number).data
        sink.send(data)
        if self.tap is not None:
            self.tap(number, data)
        self.lateness.record(now() - self.due_ms(number))

    def _sink(self) -> pyvirtualcam.Camera:
        if self._plugged is None:
            raise HarnessError(f"camera {self.spec.label!r} is not plugged in: use it within a `with`")
        return self._plugged

    def _scene(self, showing: Showing) -> Scene:
        spec = self.spec
        lasts_ms = showing.lasts_ms if showing.scene == "panorama" else 0  # no other scene has a course of its own
        return make(showing.scene, Setting(spec.width, spec.height, lasts_ms, spec.person, spec.module_px))
