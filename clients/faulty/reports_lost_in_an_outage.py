"""A change of stage that falls into an outage is never reported."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.laptop import Laptop

BREAKS = "ANS-20"


class ForgetsOffline(Laptop):
    def report_boundaries(self) -> None:
        if self.schedule is None or not self.links.offline(self.now):
            super().report_boundaries()
            return
        passed = (boundary.name for boundary in self.schedule.boundaries(self.exam_time, self.course))
        self.kept.reported.extend(name for name in passed if name not in self.kept.reported)


laptop, phone = factories(laptop=ForgetsOffline)
