"""Sources of virtual time: what a client's recorder takes from a rig's devices, frame by frame, with no pump and no ring.

A *blank* source gives the same pictures and sound, and says by `blank` that nobody will look at what is recorded of it: a client may leave the
encoding out, and ask `delivers` alone. Most of a run's time is encoding, and most rules never look at a recording.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.core.view import Role
from harness.session.rig import HEIGHT, WIDTH, Rig
from virtual_devices.camera import VirtualCamera
from virtual_devices.microphone import RATE, VirtualMicrophone, to_s16

Pulls = dict[str, tuple[int, int]]


class _Pulled:
    """What both kinds share: the device, the client's clock, and a note of when it was taken from."""

    def __init__(self, rig: Rig, device: str, offset: int, pulls: Pulls, *, blank: bool) -> None:
        self.blank = blank
        self._rig = rig
        self._device = device
        self._offset = offset  # exam time = the client's own time + offset
        self._pulls = pulls

    def _exam(self, now: int) -> int:
        exam = now + self._offset
        first, _ = self._pulls.get(self._device, (exam, exam))
        self._pulls[self._device] = (first, exam)
        return exam

    def delivers(self, now: int) -> bool:
        """Takes from the device without looking at what it gives; False: it is not plugged in."""
        self._exam(now)
        return self._plugged

    @property
    def _plugged(self) -> bool:
        return self._device in self._rig.plugged


class PulledVideo(_Pulled):
    """A camera or a screen. `latest(now)` → (count from 1, I420 tightly packed), or None where it is not plugged in."""

    width = WIDTH
    height = HEIGHT

    def __init__(self, rig: Rig, device: str, offset: int, pulls: Pulls, camera: VirtualCamera, *, blank: bool) -> None:
        super().__init__(rig, device, offset, pulls, blank=blank)
        self._camera = camera
        self.frames_per_second = camera.spec.fps

    def latest(self, now: int) -> tuple[int, NDArray[np.uint8]] | None:
        """The newest frame at that time of the client's clock."""
        found = self._camera.frame_at(self._exam(now)) if self._plugged else None
        if found is None:
            return None
        number, frame = found
        return number + 1, frame.data


class PulledSound(_Pulled):
    """A microphone. `count(now)` → samples so far (None: not plugged in); `samples(first, count)` → s16."""

    rate = RATE

    def __init__(
        self, rig: Rig, device: str, offset: int, pulls: Pulls, microphone: VirtualMicrophone, *, blank: bool
    ) -> None:
        super().__init__(rig, device, offset, pulls, blank=blank)
        self._microphone = microphone

    def count(self, now: int) -> int | None:
        """How many samples there are at that time of the client's clock."""
        return self._microphone.samples_until(self._exam(now)) if self._plugged else None

    def samples(self, first: int, count: int) -> NDArray[np.int16]:
        """Samples [first, first + count)."""
        return to_s16(self._microphone.samples_at(first, count))


def pulled_sources(
    rig: Rig, role: Role, offset: int, pulls: Pulls, *, blank: bool = False
) -> dict[str, PulledVideo | PulledSound]:
    """A source for each device of that side, by the device's id."""
    sources: dict[str, PulledVideo | PulledSound] = {}
    for spec in rig.script.devices:
        source = rig.sources[spec.id]
        if spec.role != role:
            continue
        if isinstance(source, VirtualCamera):
            sources[spec.id] = PulledVideo(rig, spec.id, offset, pulls, source, blank=blank)
        else:
            sources[spec.id] = PulledSound(rig, spec.id, offset, pulls, source, blank=blank)
    return sources
