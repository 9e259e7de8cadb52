"""Camera and microphone are not recorded around T0."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ANS-14"


class CameraPauses(Laptop):
    def camera_is_due(self) -> bool:
        return super().camera_is_due() and not -2_500 <= self.exam_time < 200


laptop, phone = factories(laptop=CameraPauses)
