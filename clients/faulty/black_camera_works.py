"""A camera that shows nothing at all is called working."""

from __future__ import annotations

from clients.headless.capture import MediaCapture, Watched
from clients.headless.in_process import factories
from clients.headless.media import VideoSource
from harness.protocol.capture import DeviceState

BREAKS = "PREP-6"


class SeesBlack(MediaCapture):
    def _check_camera(self, camera: VideoSource, seen: Watched, now: int) -> DeviceState:
        state = super()._check_camera(camera, seen, now)
        return DeviceState(state="working") if "全黑" in state.reason else state


laptop, phone = factories(capture=SeesBlack)
