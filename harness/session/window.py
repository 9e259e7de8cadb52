"""What was seen of the laptop's window, as it stands on a timeline: of which camera its live picture was and when, what its text was got out by.

Made by the real world, told by a driver that has a window. Marks are read by the rig's own clock; a picture in which none can be read says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import psutil

from harness.core.events import Machine, PreviewSeen, Watched, Yielded
from harness.core.view import Role
from harness.drivers.web.window import Figures, Glimpse, Got, OfWindow
from harness.inspection import still_luma
from harness.session.observer import Observer
from harness.session.rig import Rig
from virtual_devices.timecode import read

# Looks follow each other within 0.8 s on a free machine; after a longer pause nobody had been looking.
LOOKING_MS: Final = 2_000
_GIB: Final = 1 << 30


class WindowNotes:
    """Writes down what one role's window showed. `origin` is what the driver's clock shows at T0, `now` tells exam ms."""

    def __init__(self, role: Role, observer: Observer, rig: Rig, *, origin: int, now: Callable[[], int]) -> None:
        self._role = role
        self._observer = observer
        self._rig = rig
        self._origin = origin
        self._now = now
        self._looked_ms: int | None = None  # exam time of the last look

    def told(self, seen: OfWindow) -> None:
        """The driver's `OnWindow`."""
        match seen:
            case Glimpse():
                self._glimpsed(seen)
            case Got(way, text):
                self._observer.note(self._now(), "laptop", Yielded(role=self._role, by=way, text=text))
            case Figures(cores, memory_gib):
                # What a browser keeps to itself no client could know; then the machine's own figure stands for it.
                machine = Machine(
                    role=self._role,
                    cores=cores or os.cpu_count() or 1,
                    memory_gib=memory_gib or psutil.virtual_memory().total / _GIB,
                )
                self._observer.note(self._now(), "harness", machine)

    def _glimpsed(self, seen: Glimpse) -> None:
        at, until = seen.at_ms - self._origin, seen.until_ms - self._origin
        if self._looked_ms is not None and at - self._looked_ms <= LOOKING_MS:
            self._observer.note(self._looked_ms, "harness", Watched(what="preview"), until_ms=at)
        self._looked_ms = at
        if not seen.picture:
            return
        luma = still_luma(seen.picture)
        reading = None if luma is None else read(luma)
        mark = None if reading is None else reading.mark
        taken = None if mark is None else self._rig.clock.frame_ms(*mark)
        if reading is None or mark is None or taken is None:
            shown = PreviewSeen(role=self._role)
        else:
            shown = PreviewSeen(role=self._role, device=mark.device, frame_ms=taken, mirrored=reading.mirrored)
        self._observer.note(at, "laptop", shown, until_ms=until)
