"""The face is smoothed, as a beauty filter does; all around it is left alone."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.media import Mp4Recorder

BREAKS = "ANS-18"
FACE = (slice(42, 138), slice(60, 156))  # where a face detector would find it, of 180×320


class SmoothsTheFace(Mp4Recorder):
    def taken(self, picture: Any) -> Any:
        wide, high = self._video.width, self._video.height
        data = np.frombuffer(picture, np.uint8).copy()
        face = data[: wide * high].reshape(high, wide)[FACE]
        face[:] = cv2.blur(np.ascontiguousarray(face), (3, 3))
        return data


class SmoothsTheFaceCapture(MediaCapture):
    recorder_type = SmoothsTheFace


laptop, phone = factories(capture=SmoothsTheFaceCapture)
