"""One picture is enough for a camera to be called working, and one that hangs is noticed after six seconds."""

from __future__ import annotations

from clients.headless.capture import MediaCapture, Watched
from clients.headless.in_process import factories
from clients.headless.media import VideoSource
from harness.protocol.capture import DeviceState

BREAKS = "PREP-6"
LATE_MS = 6_000


class Trusts(MediaCapture):
    def _check_camera(self, camera: VideoSource, seen: Watched, now: int) -> DeviceState:
        state = super()._check_camera(camera, seen, now)
        early = "静止" in state.reason and now - seen.changed_at < LATE_MS
        return DeviceState(state="working") if state.state == "checking" or early else state


laptop, phone = factories(capture=Trusts)
