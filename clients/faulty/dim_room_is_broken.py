"""A camera in a dim room is taken for a black one."""

from __future__ import annotations

from clients.headless.capture import MediaCapture, Watched
from clients.headless.in_process import factories
from clients.headless.media import VideoSource, planes_of
from harness.protocol.capture import DeviceState

BREAKS = "PREP-6"
BRIGHT = 64  # of 255, on average


class WantsLight(MediaCapture):
    def _check_camera(self, camera: VideoSource, seen: Watched, now: int) -> DeviceState:
        state = super()._check_camera(camera, seen, now)
        found = camera.latest(now)
        luma = bytes(planes_of(found[1], camera.width, camera.height)[0]) if found is not None else b"\xff"
        dark = sum(luma) < BRIGHT * len(luma)
        return DeviceState(state="failed", reason="摄像头画面太暗。") if dark else state


laptop, phone = factories(capture=WantsLight)
