"""Camera, microphone and screen run four seconds beyond the end."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "END-1"


class RunsOn(Laptop):
    def recording_stops_at(self) -> int | None:
        stops = super().recording_stops_at()
        return None if stops is None else stops + 4_000


laptop, phone = factories(laptop=RunsOn)
