"""The room behind the candidate is blurred while the lesson runs: right in every other stage."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.media import Mp4Recorder
from harness.protocol.vocabulary import Page

BREAKS = "ANS-18"
FACE = (slice(42, 138), slice(60, 156))  # where a face detector would find it, of 180×320


class BlursTheBackground(Mp4Recorder):
    teaching: ClassVar[bool] = False

    def taken(self, picture: Any) -> Any:
        wide, high = self._video.width, self._video.height
        data = np.frombuffer(picture, np.uint8).copy()
        if self.teaching:
            scene = data[: wide * high].reshape(high, wide)[high // 8 : -high // 8]
            face = (slice(FACE[0].start - high // 8, FACE[0].stop - high // 8), FACE[1])
            kept = scene[face].copy()
            scene[:] = cv2.blur(np.ascontiguousarray(scene), (9, 9))
            scene[face] = kept
        return data


class BlursTheBackgroundCapture(MediaCapture):
    recorder_type = BlursTheBackground


class TellsTheStage(Laptop):
    def step(self, now: int) -> None:
        super().step(now)
        BlursTheBackground.teaching = self.page is Page.LESSON


laptop, phone = factories(laptop=TellsTheStage, capture=BlursTheBackgroundCapture)
