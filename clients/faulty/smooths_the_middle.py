"""The middle of the laptop's picture is smoothed, as a background filter does: nothing held there can be read."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.media import Mp4Recorder

BREAKS = "ANS-16"
DECLARED = {
    "ANS-18": "what makes a sheet illegible by smoothing smooths the room and the candidate as well",
}


class Smooths(Mp4Recorder):
    def taken(self, picture: Any) -> Any:
        wide, high = self._video.width, self._video.height
        data = np.frombuffer(picture, np.uint8).copy()
        middle = data[: wide * high].reshape(high, wide)[high // 8 : -high // 8]
        middle[:] = cv2.blur(middle, (9, 9))
        return data


class SmoothingCapture(MediaCapture):
    recorder_type = Smooths


laptop = factories(capture=SmoothingCapture)[0]
phone = factories()[1]
