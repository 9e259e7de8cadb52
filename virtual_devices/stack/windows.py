"""The window manager of a stack's display: whoever was first to have the keyboard keeps it, as on a desktop that lets nobody steal it.

Without one, every small window that a browser opens beside the page (the bar that says that the screen is shared) takes the keyboard from the
page, which then reports that its candidate has left. A script of its own, run by `stack`, with the display in `DISPLAY`. It prints `ready` once
it manages. A line `unshare` on its standard input presses the button of that bar, at its right end, by which a person stops sharing.
"""

from __future__ import annotations

import select
import sys
from typing import Any, Final

from Xlib import X, Xatom
from Xlib import display as xlib
from Xlib.error import XError
from Xlib.ext import xtest

BAR: Final = 100  # px: a window beside the first that is no higher is such a bar
BUTTON: Final = (
    118  # px from the bar's right end to the middle of the button; behind it stands a link that hides the bar
)
SUPPORTED: Final = ("_NET_ACTIVE_WINDOW", "_NET_SUPPORTING_WM_CHECK")


class Windows:
    """The windows of one display, by its root's events."""

    def __init__(self) -> None:
        self._x: Any = xlib.Display()
        self._x.set_error_handler(lambda *_: None)  # a window that has just gone
        self._root: Any = self._x.screen().root
        self._first: Any = None
        self._root.change_attributes(event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        own = self._root.create_window(-10, -10, 1, 1, 0, self._x.screen().root_depth, override_redirect=True)
        check = self._x.intern_atom("_NET_SUPPORTING_WM_CHECK")
        for window in (self._root, own):
            window.change_property(check, Xatom.WINDOW, 32, [own.id])
        own.change_property(self._x.intern_atom("_NET_WM_NAME"), self._x.intern_atom("UTF8_STRING"), 8, b"viva")
        atoms = [self._x.intern_atom(name) for name in SUPPORTED]
        self._root.change_property(self._x.intern_atom("_NET_SUPPORTED"), Xatom.ATOM, 32, atoms)
        self._x.sync()

    def run(self) -> None:
        """Until the standard input ends."""
        print("ready", flush=True)
        while True:
            while self._x.pending_events():
                self._hear(self._x.next_event())
            self._x.flush()
            readable, _, _ = select.select([sys.stdin, self._x.fileno()], [], [])
            if sys.stdin in readable:
                line = sys.stdin.readline()
                if not line:
                    return
                if line.strip() == "unshare":
                    self._unshare()

    def _hear(self, event: Any) -> None:
        if event.type == X.MapRequest:
            event.window.map()
            self._first = self._first or event.window
            self._give_keyboard()
        elif event.type == X.ConfigureRequest:
            asked = {"x": X.CWX, "y": X.CWY, "width": X.CWWidth, "height": X.CWHeight, "border_width": X.CWBorderWidth}
            event.window.configure(
                **{name: getattr(event, name) for name, bit in asked.items() if event.value_mask & bit}
            )
        elif (
            event.type in (X.UnmapNotify, X.DestroyNotify)
            and self._first is not None
            and event.window.id == self._first.id
        ):
            self._first = None  # the browser has ended; the next one's window is first again
        elif event.type == X.MapNotify and self._first is not None and event.window.id == self._first.id:
            self._give_keyboard()

    def _give_keyboard(self) -> None:
        self._first.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._root.change_property(self._x.intern_atom("_NET_ACTIVE_WINDOW"), Xatom.WINDOW, 32, [self._first.id])

    def _unshare(self) -> None:
        for window in self._root.query_tree().children:
            try:
                place, shown = window.get_geometry(), window.get_attributes()
            except XError:
                continue
            mapped = shown.map_state == X.IsViewable and not shown.override_redirect
            if mapped and place.height <= BAR < place.width and (self._first is None or window.id != self._first.id):
                window.configure(stack_mode=X.Above)
                self._x.sync()
                xtest.fake_input(
                    self._x, X.MotionNotify, x=place.x + place.width - BUTTON, y=place.y + place.height // 2
                )
                for kind in (X.ButtonPress, X.ButtonRelease):
                    xtest.fake_input(self._x, kind, 1)
                self._x.sync()


if __name__ == "__main__":
    Windows().run()
