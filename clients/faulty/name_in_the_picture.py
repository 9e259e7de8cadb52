"""The admission number stands in a corner of every picture that is recorded."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.media import Mp4Recorder
from harness.protocol.exam_api import LoginReply

BREAKS = "PRIV-4"


class NamesThePicture(Mp4Recorder):
    number: ClassVar[str] = ""

    def taken(self, picture: Any) -> Any:
        wide, high = self._video.width, self._video.height
        data = np.frombuffer(picture, np.uint8).copy()
        luma = data[: wide * high].reshape(high, wide)
        cv2.putText(luma, self.number, (4, high - high // 8), cv2.FONT_HERSHEY_PLAIN, 0.6, (235,))
        return data


class NamesThePictureCapture(MediaCapture):
    recorder_type = NamesThePicture


class TellsTheNumber(Laptop):
    def logged_in(self, login: LoginReply) -> None:
        super().logged_in(login)
        NamesThePicture.number = self.kept.admission_number


laptop, phone = factories(laptop=TellsTheNumber, capture=NamesThePictureCapture)
