"""Recording stops by itself, a fifth of a second later after the end than the plan allows."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "END-1"
BEYOND_MS = 200


class RunsOnALittle(Laptop):
    def recording_stops_at(self) -> int | None:
        stops = super().recording_stops_at()
        if stops is None or self.exam_info is None:
            return stops
        return stops + self.exam_info.limits["last_mark_late"] + BEYOND_MS


laptop, phone = factories(laptop=RunsOnALittle)
