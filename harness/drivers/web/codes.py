"""Pictures of the QR code that a page shows, taken as a phone's camera would see it: once it is painted, and again when it is another.

Called by the web driver for each snapshot that shows one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, Final

from playwright.async_api import Error

from harness.drivers.web.hands import Send
from harness.drivers.web.reading import Snapshot, qr_code
from harness.drivers.web.words import Words

PICTURE_S: Final = 5.0
SETTLES_S: Final = 0.15  # a picture that is the same so much later is painted
TRIES: Final = 8


class CodePictures:
    """The picture of the code that stands now. `on_taken` is called once there is one."""

    def __init__(
        self, send: Send, spawn: Callable[[Coroutine[Any, Any, None]], None], on_taken: Callable[[], None]
    ) -> None:
        self._send = send
        self._spawn = spawn
        self._on_taken = on_taken
        self._of: object = None  # which code, where
        self._png = ""

    def of(self, seen: Snapshot, words: Words) -> str:
        """The picture as PNG, base64; nothing where no code is on show, or its picture is still being taken."""
        code = qr_code(seen, words)
        if code is None:
            self._of, self._png = None, ""
            return ""
        key = code.mark, code.place, seen.scrolled
        if key != self._of and not seen.hidden:  # of a hidden page there is no picture
            same = isinstance(self._of, tuple) and self._of[0] == code.mark  # the same code elsewhere looks as it did
            self._of, self._png = key, self._png if same else ""
            x, y, width, height = code.place
            place = {"x": x + seen.scrolled[0], "y": y + seen.scrolled[1]}
            clip = {**place, "width": max(1, width), "height": max(1, height), "scale": 1}
            self._spawn(self._take(key, {"format": "png", "clip": clip}))
        return self._png if key == self._of else ""

    async def _take(self, key: object, how: dict[str, Any]) -> None:
        """Takes pictures until two are the same."""
        before = ""
        with contextlib.suppress(Error, TimeoutError):  # the page went on meanwhile
            async with asyncio.timeout(PICTURE_S):
                for _ in range(TRIES):
                    taken = str((await self._send("Page.captureScreenshot", how))["data"])
                    if self._of != key:
                        return
                    if taken == before:
                        break
                    before = taken
                    await asyncio.sleep(SETTLES_S)
        if self._of == key:
            self._png = before
            self._on_taken()
