"""Sound is recorded four tenths of a second after the picture that it belongs to."""

from __future__ import annotations

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.media import Mp4Recorder

BREAKS = "ANS-15"


class LateSound(Mp4Recorder):
    def _put(self, sound: bytes) -> None:
        if not self._written:
            self._lag += 6_400
            super()._put(bytes(2 * 6_400))
        super()._put(sound)


class LateSoundCapture(MediaCapture):
    recorder_type = LateSound


laptop, phone = factories(capture=LateSoundCapture)
