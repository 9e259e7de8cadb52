"""The window in which a person watches a stack's display: its picture, ten times a second, on another display; nothing goes the other way.

Watching changes nothing: the display under test is not asked, its picture is read from the file that it keeps it in, and keys and clicks in
the window go nowhere. A script of its own, run by `stack` with the person's display in `DISPLAY`; its arguments are that file and the window's
title. A window that is closed, or a display that has gone, ends the watching alone: it runs until its standard input ends.
"""

from __future__ import annotations

import mmap
import select
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from Xlib import X
from Xlib import display as xlib
from Xlib.error import ConnectionClosedError, DisplayError

STEP_S: Final = 0.1
SLICE: Final = 250_000  # bytes: the largest request of X without an extension is 262,140
DEPTH: Final = 24  # bits: colours as the display under test keeps them
_HEADER: Final = struct.Struct(">25I")  # XWDFileHeader of X11/XWDFile.h

Pixels = npt.NDArray[np.uint8]


def framebuffer(path: Path) -> Pixels:
    """The picture of an Xvfb that was started with `-fbdir`, as it is at any time: rows of BGRX, height × (4 · width)."""
    with path.open("rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    header = _HEADER.unpack_from(memory)
    size, width, height, stride, colours = header[0], header[4], header[5], header[12], header[19]
    rows = np.frombuffer(memory, np.uint8, stride * height, size + 12 * colours)
    return rows.reshape(height, stride)[:, : 4 * width]


def slices(rows: Pixels, before: Pixels) -> Iterator[tuple[int, Pixels]]:
    """What has changed between two pictures: (first row, rows), in pieces that fit into a request of X."""
    changed = np.flatnonzero((rows != before).any(axis=1))
    if not changed.size:
        return
    height = max(1, SLICE // rows.shape[1])
    for top in range(int(changed[0]), int(changed[-1]) + 1, height):
        yield top, rows[top : min(top + height, int(changed[-1]) + 1)]


class Viewer:
    """One window on the person's display."""

    def __init__(self, picture: Pixels, title: str) -> None:
        self._picture = picture
        self._before = np.zeros_like(picture)
        self._width = picture.shape[1] // 4
        self._x: Any = xlib.Display()
        screen = self._x.screen()
        if screen.root_depth != DEPTH:
            raise SystemExit(
                f"the display {self._x.get_display_name()} has {screen.root_depth} bits a pixel, not {DEPTH}"
            )
        self._window: Any = screen.root.create_window(
            0, 0, self._width, picture.shape[0], 0, DEPTH, event_mask=X.ExposureMask
        )
        self._window.set_wm_name(title)
        self._closing = self._x.intern_atom("WM_DELETE_WINDOW")
        self._window.set_wm_protocols([self._closing])
        self._gc: Any = self._window.create_gc()
        self._window.map()
        self._x.sync()

    def step(self) -> bool:
        """Shows what has changed; False once the window was closed."""
        while self._x.pending_events():
            event = self._x.next_event()
            if event.type == X.Expose:
                self._before = np.zeros_like(self._before)
            elif event.type == X.ClientMessage and event.data[1][0] == self._closing:
                self._x.close()
                return False
        now = self._picture.copy()
        for top, rows in slices(now, self._before):
            self._window.put_image(self._gc, 0, top, self._width, len(rows), X.ZPixmap, DEPTH, 0, rows.tobytes())
        self._x.flush()
        self._before = now
        return True


def main() -> None:
    """Until the standard input ends."""
    path, title = Path(sys.argv[1]), sys.argv[2]
    viewer: Viewer | None = Viewer(framebuffer(path), title)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], STEP_S if viewer else None)[0]:
        try:
            if viewer and not viewer.step():
                viewer = None
        except (ConnectionClosedError, DisplayError, OSError):
            viewer = None


if __name__ == "__main__":
    main()
