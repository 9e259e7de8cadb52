"""A microphone that was pulled out and is back is recorded no more; another camera is: right only for cameras."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "DEV-7"


class LostMicrophoneStaysLost(Laptop):
    lost_once = False

    def recorded_microphone(self) -> str:
        microphone = super().recorded_microphone()
        self.lost_once |= self.inside and not self.is_present(microphone)
        return "" if self.lost_once else microphone


laptop, phone = factories(laptop=LostMicrophoneStaysLost)
