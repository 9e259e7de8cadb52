"""The phone blurs the room around the candidate, as a meeting's background filter does: the pan shows nothing of it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.media import Mp4Recorder

BREAKS = "EVID-2"


class Blurs(Mp4Recorder):
    def taken(self, picture: Any) -> Any:
        wide, high = self._video.width, self._video.height
        data = np.frombuffer(picture, np.uint8).copy()
        room = data[: wide * high].reshape(high, wide)[high // 8 : high // 2]
        room[:] = cv2.blur(room, (15, 15))
        return data


class BlurringCapture(MediaCapture):
    recorder_type = Blurs


laptop = factories()[0]
phone = factories(capture=BlurringCapture)[1]
