"""The microphone is let go a second before the end of a stage."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ANS-21"


class CutsTheLastWords(Laptop):
    def recorded_microphone(self) -> str:
        chosen = super().recorded_microphone()
        end = self.schedule.end(self.course) if self.schedule is not None else None
        return "" if end is not None and end - 1_000 <= self.exam_time else chosen


laptop, phone = factories(laptop=CutsTheLastWords)
