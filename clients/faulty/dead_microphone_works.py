"""A microphone that delivers anything is called working, digital silence included."""

from __future__ import annotations

from clients.headless.capture import MediaCapture, Watched
from clients.headless.in_process import factories
from clients.headless.media import SoundSource
from harness.protocol.capture import DeviceState

BREAKS = "PREP-6"


class CountsAlone(MediaCapture):
    def _check_microphone(self, microphone: SoundSource, seen: Watched, now: int) -> DeviceState:
        state = super()._check_microphone(microphone, seen, now)
        return DeviceState(state="working") if microphone.count(now) else state


laptop, phone = factories(capture=CountsAlone)
