"""A microphone before which nobody speaks for five seconds is called broken."""

from __future__ import annotations

from array import array
from typing import Any

from clients.headless.capture import HEARD_MS, MediaCapture, Watched
from clients.headless.in_process import factories
from clients.headless.media import SoundSource
from harness.protocol.capture import DeviceState

BREAKS = "PREP-6"
VOICE = 0.2 * 32_767  # louder than a room
PATIENCE_MS = 5_000


class WantsAVoice(MediaCapture):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._heard: dict[Watched, int] = {}

    def _check_microphone(self, microphone: SoundSource, seen: Watched, now: int) -> DeviceState:
        state = super()._check_microphone(microphone, seen, now)
        count, size = microphone.count(now) or 0, HEARD_MS * microphone.rate // 1_000
        sound = array("h", bytes(microphone.samples(count - size, size)) if count >= size else b"")
        heard = self._heard.setdefault(seen, now)
        if max(sound, default=0) > VOICE:
            heard = self._heard[seen] = now
        quiet = now - heard >= PATIENCE_MS
        return DeviceState(state="failed", reason="没有听到说话声。") if quiet else state


laptop, phone = factories(capture=WantsAVoice)
