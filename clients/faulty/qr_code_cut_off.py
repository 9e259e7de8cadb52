"""The lower part of the QR code is cut off, so that no phone can read it."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from msgspec.structs import replace

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.vocabulary import BindingShown

BREAKS = "BIND-1"


class CutsOff(Laptop):
    def binding_shown(self) -> BindingShown:
        shown = super().binding_shown()
        if not shown.qr_png:
            return shown
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(shown.qr_png), np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        _, png = cv2.imencode(".png", picture[: len(picture) * 2 // 3])
        return replace(shown, qr_png=base64.b64encode(png.tobytes()).decode())


laptop, phone = factories(laptop=CutsOff)
