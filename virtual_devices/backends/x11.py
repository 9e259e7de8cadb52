"""The backend for a real display: two windows at the very edges of an X display carry a screen's marks, registered as `x11`.

Laws: the topmost and the lowest tenth of the display show the two mark strips of the newest frame and nothing else of it; both change at
once, for every other client of the display; what lies between is the browser's. So a recording of the whole display carries the marks where
`timecode.read` looks for them. A display that has died raises `HarnessError` at the next frame.
"""

from __future__ import annotations

import contextlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from Xlib import X
from Xlib import display as xlib
from Xlib.error import ConnectionClosedError, DisplayError, XError

from harness.core.errors import HarnessError
from virtual_devices import timecode

_I420: Final = int.from_bytes(b"I420", "little")
_FAILURES: Final = (DisplayError, ConnectionClosedError, XError, OSError)


class X11:
    """One screen; arguments as pyvirtualcam gives them, `device` being the display (`:N`)."""

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        if device is None or fourcc != _I420:
            raise HarnessError("an x11 screen needs device=DISPLAY, such as :7, and I420")
        self._width, self._height = width, height
        self._device = device
        try:
            self._x: Any = xlib.Display(device)
        except _FAILURES as error:
            raise HarnessError(f"X display {device!r} can't be opened ({error}): is its device stack up?") from None
        screen = self._x.screen()
        self._size = screen.width_in_pixels, screen.height_in_pixels
        self._strip = timecode.strip_height(self._size[1])
        self._pen = screen.root.create_gc(graphics_exposures=False)
        self._windows = [self._window(screen, top) for top in (0, self._size[1] - self._strip)]
        self._pictures = [
            window.create_pixmap(self._size[0], self._strip, screen.root_depth) for window in self._windows
        ]
        self._x.sync()

    def send(self, frame: NDArray[np.uint8]) -> None:
        """Show the frame's strips. Raises `HarnessError` once the display has died."""
        luma = frame[: self._width * self._height].reshape(self._height, self._width)
        try:
            for picture, levels in zip(self._pictures, _strips(luma), strict=True):
                self._draw(picture, levels)
            self._x.grab_server()  # nobody captures one strip of this frame beside the other of the last
            for window, picture in zip(self._windows, self._pictures, strict=True):
                window.configure(stack_mode=X.Above)
                window.copy_area(self._pen, picture, 0, 0, *(self._size[0], self._strip), 0, 0)
            self._x.ungrab_server()
            self._x.flush()  # no round trip: other devices wait for this one's return
        except _FAILURES as error:
            raise HarnessError(f"X display {self._device!r} has died: {error}") from None

    def close(self) -> None:
        """The strips go."""
        with contextlib.suppress(*_FAILURES):  # a display that has died took them along
            self._x.close()

    def device(self) -> str:
        """The display."""
        return self._device

    def native_fourcc(self) -> int:
        """I420."""
        return _I420

    def _window(self, screen: Any, top: int) -> Any:
        window = screen.root.create_window(
            *(0, top, self._size[0], self._strip, 0, screen.root_depth),
            background_pixel=screen.black_pixel,
            override_redirect=True,
        )
        window.map()
        return window

    def _draw(self, picture: Any, levels: NDArray[np.uint8]) -> None:
        """Paint 4×20 cells, as many requests as there are levels of grey: two, but for a scene without marks."""
        rows, columns = levels.shape
        across = [round(self._size[0] * at / columns) for at in range(columns + 1)]
        down = [round(self._strip * at / rows) for at in range(rows + 1)]
        for level in np.unique(levels):
            grey = int(np.clip(round((int(level) - 16) * 255 / 219), 0, 255))  # limited range to full
            self._pen.change(foreground=grey * 0x010101)
            cells = [
                (across[column], down[row], across[column + 1] - across[column], down[row + 1] - down[row])
                for row, column in np.argwhere(levels == level).tolist()
            ]
            picture.poly_fill_rectangle(self._pen, cells)


def _strips(luma: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The middle of each cell of the top strip and of the bottom one, (4, 20) each."""
    height, width = luma.shape
    across = (np.arange(timecode.COLUMNS) * 2 + 1) * width // (timecode.COLUMNS * 2)
    down = (np.arange(timecode.ROWS) * 2 + 1) * height // (timecode.CELLS_HIGH * 2)
    return luma[np.ix_(down, across)], luma[np.ix_(height - 1 - down[::-1], across)]
