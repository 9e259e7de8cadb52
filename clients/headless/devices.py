"""The laptop's devices from entry on: which are listed, chosen, recorded and missing (the notice's section six).

Laws: the screen is recorded from entry, camera and microphone from 进入待考 (from T0 at the latest), all of it until a moment after the end; the
chosen devices are recorded and no others; what goes missing is said and reported at once, and the other streams go on. Base of
`interview.Interview`.
"""

from __future__ import annotations

from typing import Final

from clients.headless.admission import Admission
from clients.headless.core import DONE
from clients.headless.recordings import Source
from harness.protocol.client import DoResult
from harness.protocol.vocabulary import AlertCode, DeviceShown, Stream

# What ends in a stage's last second must be whole in the recording, and devices deliver late: so much is recorded beyond the end.
TAIL_MS: Final = 600


class Equipped(Admission):
    """What every page from `devices` on needs of the devices."""

    inside = False  # the service has let this client in since it was started
    _reported_lost: frozenset[str] = frozenset()

    @property
    def entered(self) -> bool:
        """The service has let this candidate in, now or before a restart."""
        return self.kept.entered_ms is not None

    @property
    def ended(self) -> bool:
        """The interview is over."""
        return self.kept.ended_ms is not None

    def refresh_devices(self) -> DoResult:
        """【刷新设备】."""
        self.list_devices()
        return DONE

    def choose(self, device: str) -> DoResult:
        """Another camera or microphone: from 进入待考 on, recording goes on with it."""
        kind = next((item.kind for item in self.present if item.id == device), "")
        if kind == "camera":
            self.kept.camera = device
        elif kind == "microphone":
            self.kept.microphone = device
        else:
            return DoResult("refused", f"there is no camera or microphone {device!r}")
        self.save()
        return DONE

    def recorded_camera(self) -> str:
        """The camera that is recorded: the chosen one."""
        return self.kept.camera

    def recorded_microphone(self) -> str:
        """The microphone that is recorded: the chosen one."""
        return self.kept.microphone

    def screen_is_due(self) -> bool:
        """From entry on."""
        return self.entered

    def camera_is_due(self) -> bool:
        """From 进入待考 on, and from T0 in any case."""
        return self.entered and (self.kept.waited or self.exam_time >= 0)

    def recording_stops_at(self) -> int | None:
        """A moment after the end; None while that is open."""
        return None if self.kept.ended_ms is None else self.kept.ended_ms + TAIL_MS

    def wanted(self) -> dict[Stream, Source]:
        """What is to be recorded now, from the devices that are there."""
        stops = self.recording_stops_at()
        if not self.inside or (stops is not None and self.exam_time >= stops):
            return {}
        found = {}
        screen = self.first("screen")
        if self.screen_is_due() and screen is not None:
            found[Stream.SCREEN] = Source(screen, None)
        camera, microphone = self.recorded_camera(), self.recorded_microphone()
        if self.camera_is_due() and self.is_present(camera):
            found[Stream.CAMERA] = Source(camera, microphone if self.is_present(microphone) else None)
        return found

    def lost_devices(self) -> frozenset[str]:
        """What should be recorded and can't be."""
        if not self.entered or self.ended:
            return frozenset()
        lost = {str(stream) for stream in self.recordings.failed}
        if self.screen_is_due() and self.first("screen") is None:
            lost.add(Stream.SCREEN)
        if self.camera_is_due():
            chosen = (("camera", self.recorded_camera()), ("microphone", self.recorded_microphone()))
            lost |= {kind for kind, device in chosen if not self.is_present(device)}
        return frozenset(lost)

    def tell_lost_devices(self) -> None:
        """Says at once what is not recorded any more, and reports it once."""
        lost = self.lost_devices()
        for what in lost - self._reported_lost:
            self.report_lost(what)
        self._reported_lost = lost
        self.say(AlertCode.NO_SCREEN) if Stream.SCREEN in lost else self.unsay(AlertCode.NO_SCREEN)
        self.say(AlertCode.DEVICE_LOST) if lost - {Stream.SCREEN} else self.unsay(AlertCode.DEVICE_LOST)

    def report_lost(self, what: str) -> None:
        """The service is told what is not recorded any more, or never was."""
        self.reports.incident("capture-stopped" if what == Stream.SCREEN else "device-lost", self.exam_time, what)

    def devices_shown(self) -> tuple[DeviceShown, ...]:
        """The cameras and microphones of the list, as it was last refreshed."""
        chosen = {self.kept.camera, self.kept.microphone}
        shown = (device for device in self.present if device.id in self.listed and device.kind != "screen")
        return tuple(DeviceShown(id=d.id, kind=d.kind, label=d.label, chosen=d.id in chosen) for d in shown)
