"""The rig: all virtual devices of one script, on exam time, and the clock that reads their marks back.

Every device's own time begins at the rig's epoch, so frame n of a camera was due at epoch + n·1000/fps and nothing else. Virtual time
pulls from the devices; real time pumps them into shared rings. Both worlds build one rig a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError
from harness.core.events import DeviceChanged, InView, Scene
from harness.core.script import SILENT, DeviceSpec, Say, Script, ShowScene
from harness.core.view import Role
from harness.protocol.capture import Device, Raw
from virtual_devices.camera import CameraSpec, Port, VirtualCamera
from virtual_devices.microphone import RATE, RING, MicrophoneSpec, SoundPort, VirtualMicrophone
from virtual_devices.scenes import Programme
from virtual_devices.timecode import Mark

# The suite's pictures: small, so that two cores carry many clients at once; marks were measured to survive H.264 at 180 lines.
WIDTH: Final = 320
HEIGHT: Final = 180
SLOTS: Final = 8
SETTLED_MS: Final = (
    1_000  # after a change of scene: drawing a scene for the first time takes a camera's pump up to half a second
)
ALWAYS_MS: Final = 10**9  # longer than any run

Source = VirtualCamera | VirtualMicrophone


class Outlet:
    """Where a rig's devices are plugged in: this one nowhere, so that virtual time asks them for what they would have delivered."""

    def port(self, _spec: DeviceSpec) -> Port:
        """A camera's or screen's."""
        return Port()

    def ring(self, _spec: DeviceSpec) -> Path | None:
        """The file of a microphone that sounds into shared memory."""
        return None

    def sound(self, _spec: DeviceSpec) -> SoundPort | None:
        """The server of a microphone that sounds there."""
        return None


class Rings(Outlet):
    """Rings in a folder, for clients that read raw media."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def port(self, spec: DeviceSpec) -> Port:
        """A ring of pictures."""
        return Port(backend="y4m", device=str(self._folder / f"{spec.id}.y4m"), slots=SLOTS)

    def ring(self, spec: DeviceSpec) -> Path | None:
        """A ring of sound."""
        return self._folder / f"{spec.id}.s16"


class RigClock(msgspec.Struct, frozen=True, kw_only=True):
    """How inspection reads the marks of one rig: a `MarkClock`, as a value that another process can be given."""

    session: int
    epoch: int
    fps: int
    numbers: frozenset[int]

    def frame_ms(self, device: int, session: int, frame: int) -> int | None:
        """The exam ms at which that frame was due; None for a mark that is not of this rig."""
        if session != self.session or device not in self.numbers:
            return None
        return round(self.epoch + frame * 1_000 / self.fps)

    def sound_ms(self, device: int, session: int, device_ms: float) -> float | None:
        """The exam ms of that time of a microphone; None for a mark that is not of this rig."""
        return self.epoch + device_ms if session == self.session and device in self.numbers else None


class RigPictures(msgspec.Struct, frozen=True, kw_only=True):
    """What the cameras of one rig delivered, drawn again: inspection's `CameraPictures`, as a value that another process can be given."""

    session: int
    cameras: dict[int, tuple[CameraSpec, Programme]]

    def luma(self, device: int, session: int, frame: int) -> NDArray[np.uint8] | None:
        """That frame's luma; None for another rig's, and close to a change of scene, of which a pump may have been late to hear."""
        known = self.cameras.get(device) if session == self.session else None
        if known is None:
            return None
        spec, programme = known
        own_ms = frame * 1_000 // spec.fps
        if any(0 <= own_ms - showing.from_ms < SETTLED_MS for showing in programme.showings if showing.from_ms > 0):
            return None
        return camera_again(spec, programme).picture(frame).luma


@lru_cache(maxsize=8)
def camera_again(spec: CameraSpec, programme: Programme) -> VirtualCamera:
    """The same camera once more, for its pictures alone."""
    return VirtualCamera(spec, programme=programme)


class Rig:
    """The devices of `script`. `session` (0…255) stands in every mark; `epoch` is the exam ms at which the devices' time begins.

    `origin` is what the pump's clock shows at T0: 0 where devices are pulled in exam time itself.
    """

    def __init__(
        self, script: Script, *, session: int, epoch: int, origin: int = 0, outlet: Outlet | None = None
    ) -> None:
        self.script = script
        self.session = session
        self.epoch = epoch
        self.origin = origin
        self.fps = script.plan.media.frames_per_second
        self.sources: dict[str, Source] = {
            spec.id: self._make(spec, outlet or Outlet()) for spec in script.devices if spec.kind != "display"
        }
        self.specs: Mapping[str, DeviceSpec] = {spec.id: spec for spec in script.devices}
        self.plugged = {spec.id for spec in script.devices if spec.plugged}

    def _make(self, spec: DeviceSpec, outlet: Outlet) -> Source:
        if spec.kind == "microphone":
            microphone = VirtualMicrophone(
                MicrophoneSpec(device=spec.number, session=self.session, label=spec.label),
                epoch_ms=self.epoch + self.origin,
                ring=outlet.ring(spec),
                port=outlet.sound(spec),
            )
            if spec.scene == SILENT:
                microphone.mute(0, ALWAYS_MS)
            return microphone
        camera = VirtualCamera(
            CameraSpec(
                device=spec.number,
                session=self.session,
                label=spec.label,
                kind="screen" if spec.kind == "screen" else "camera",
                facing="environment" if spec.facing == "environment" else "user",
                width=WIDTH,
                height=HEIGHT,
                fps=self.fps,
                person=self.script.candidate_seed,
            ),
            epoch_ms=self.epoch + self.origin,
            port=outlet.port(spec),
        )
        camera.show(0, spec.scene)
        return camera

    # -- what a client is given ----------------------------------------------------------------------------------

    def devices(self, role: Role) -> tuple[Device, ...]:
        """What is plugged in on that side now, as the client is told."""
        return tuple(
            Device(id=spec.id, kind=spec.kind, label=spec.label, facing=spec.facing, raw=self._raw(spec))
            for spec in self.script.devices
            if spec.role == role and spec.id in self.plugged and spec.kind != "display"
        )

    def _raw(self, spec: DeviceSpec) -> Raw | None:
        source = self.sources[spec.id]
        if isinstance(source, VirtualMicrophone):
            return Raw(path=_address(source), rate=RATE, slots=RING)
        return Raw(path=_address(source), width=WIDTH, height=HEIGHT, frames_per_second=self.fps, slots=SLOTS)

    def address(self, device: str) -> str:
        """The path of that device's ring; nothing where it is not pumped."""
        return _address(self.sources[device])

    def plug(self, device: str, *, present: bool) -> DeviceChanged:
        """That device is there from now on, or gone."""
        if device not in self.specs:
            raise HarnessError(f"no device of the script is called {device!r}; there are {sorted(self.specs)}")
        if present and device not in self.plugged and device in self.sources:
            self.sources[device].plug()
        (self.plugged.add if present else self.plugged.discard)(device)
        return DeviceChanged(device=device, change="plugged" if present else "unplugged", role=self.specs[device].role)

    # -- what happens before the devices -------------------------------------------------------------------------

    def show(self, action: ShowScene, now: int) -> Scene:
        """The camera sees another scene from now on, or for so long."""
        camera = self.sources[action.device]
        if not isinstance(camera, VirtualCamera):
            raise HarnessError(f"{action.device!r} is a microphone; it can't be shown {action.scene!r}")
        own = camera.own_ms(now + self.origin)
        if action.for_ms:
            camera.during(own, own + action.for_ms, action.scene)
        else:
            camera.show(own, action.scene)
        return Scene(device=action.device, scene=action.scene)

    def pan(self, action: ShowScene, now: int) -> list[tuple[InView, int, int]]:
        """Which yaw marks pass through the picture in the scene that is shown from `now` on, with the exam ms of their first and last frame."""
        camera = self.sources[action.device]
        if not isinstance(camera, VirtualCamera) or not action.for_ms:
            return []
        own = camera.own_ms(now + self.origin)
        return [
            (InView(device=action.device, symbol=symbol), self._frame_ms(first), self._frame_ms(last))
            for symbol, first, last in camera.passing(own, own + action.for_ms)
        ]

    def _frame_ms(self, frame: int) -> int:
        """When that frame is due, exam ms."""
        return round(self.epoch + frame * 1_000 / self.fps)

    def say(self, action: Say, now: int) -> list[tuple[Scene, int]]:
        """Every microphone of that role hears it; returns the events with the exam ms at which the speech is over."""
        heard = []
        for device, source in self._microphones(action.role):
            spoken = source.say(action.text, source.own_ms(now + self.origin))
            heard.append((Scene(device=device, scene=action.text), self.epoch + spoken.until_ms))
        return heard

    def _microphones(self, role: Role) -> Iterator[tuple[str, VirtualMicrophone]]:
        for device, source in self.sources.items():
            if isinstance(source, VirtualMicrophone) and self.specs[device].role == role:
                yield device, source

    def picture(self, mark: Mark) -> NDArray[np.uint8] | None:
        """The luma (H, W) of the frame that carries this mark; None where none of the rig's cameras delivered it."""
        numbered = (source for device, source in self.sources.items() if self.specs[device].number == mark.device)
        camera = next(numbered, None)
        if mark.session != self.session or not isinstance(camera, VirtualCamera):
            return None
        return camera.picture(mark.frame).luma

    @property
    def clock(self) -> RigClock:
        """How the marks of this rig are read."""
        return RigClock(
            session=self.session,
            epoch=self.epoch,
            fps=self.fps,
            numbers=frozenset(d.number for d in self.script.devices),
        )

    @property
    def pictures(self) -> RigPictures:
        """What its cameras have delivered so far."""
        cameras = {
            source.spec.device: (source.spec, source.programme)
            for source in self.sources.values()
            if isinstance(source, VirtualCamera)
        }
        return RigPictures(session=self.session, cameras=cameras)

    @property
    def lateness_ms(self) -> int:
        """The latest delivery of all devices so far; 0 in virtual time."""
        return round(max((source.lateness.worst for source in self.sources.values()), default=0.0))


def _address(source: Source) -> str:
    """The path of a pumped device; nothing in virtual time, where sources are handed over."""
    try:
        return source.address
    except HarnessError:
        return ""
