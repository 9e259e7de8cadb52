"""What somebody who looks at the window gets of it: the live picture again and again, a picture of each page and of each kind of alert, the
text that can be got out.

Laws: looked is only at what is on show, and never while the window stands as it would be printed; a look that fails is no look. Called by
the web driver.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, Final

from playwright.async_api import Error

from harness.core.clock import Clock
from harness.core.view import Act, AlertCode, Page, View
from harness.drivers.bounds import sentence
from harness.drivers.web.eye import Spawn
from harness.drivers.web.reading import Placed, Snapshot
from harness.drivers.web.window import Glimpse, Got, OnWindow, Seen, Window
from harness.drivers.web.words import Words
from harness.protocol.client import DoResult

STANDS_S: Final = 0.4  # a page that has come is laid out by then, and an alert that has gone by then nobody has read
GLANCE_S: Final = 0.7  # between two looks at the live picture


class Looks:
    """Those at one window. `shown` gives what stands on it now; where nobody hears (`tell` is None) nobody looks."""

    def __init__(
        self,
        window: Window,
        words: Words,
        clock: Clock,
        *,
        tell: OnWindow | None,
        spawn: Spawn,
        shown: Callable[[], tuple[View | None, Snapshot | None]],
    ) -> None:
        self._window = window
        self._words = words
        self._clock = clock
        self._tell = tell
        self._spawn = spawn
        self._shown = shown
        self._pictured: Page | None = None  # the page of which a picture was taken last
        self._alerted: set[AlertCode] = set()  # of these there is a picture

    @property
    def on_paper(self) -> bool:
        """What the page looks like now is what would be printed, and not what the candidate sees."""
        return self._window.printing

    async def at_machine(self) -> None:
        """What the page can know of its machine."""
        if self._tell is not None:
            with contextlib.suppress(Error, TimeoutError):  # a document that has just gone has nothing to tell
                self._tell(await self._window.figures())

    # -- what is done to the window itself ---------------------------------------------------------------------------

    def act(self, act: Act) -> Coroutine[Any, Any, DoResult] | None:
        """What the candidate does to the window itself; None for what is done to the page."""
        if act is Act.SCREENSHOT:
            return self._press_screenshot_key()
        return self._take_text() if act is Act.COPY else None

    async def _press_screenshot_key(self) -> DoResult:
        try:
            await self._window.press_screenshot_key()
        except Error as error:
            return DoResult("refused", f"the key could not be pressed: {sentence(error.message)}")
        return DoResult("done")  # whether a page can keep the system from taking its picture is not seen from here

    async def _take_text(self) -> DoResult:
        for way, text in (await self._window.tries(self._question())).items():
            if self._tell is not None:
                self._tell(Got(way, text))
        return DoResult("done")

    def _question(self) -> Placed | None:
        _, seen = self._shown()
        regions = () if seen is None else seen.regions
        return next((each for each in regions if each.name in self._words.regions["question"] and each.shown), None)

    async def remove_second_display(self) -> None:
        """It is pulled out; harmless where the page has gone."""
        with contextlib.suppress(Error):
            await self._window.remove_second_display()

    # -- pictures ----------------------------------------------------------------------------------------------------

    async def keep_glancing(self) -> None:
        """Looks at the live picture, as long as the lesson's page is on show."""
        while self._tell is not None:
            await asyncio.sleep(GLANCE_S)
            view, seen = self._shown()
            if view is None or seen is None or view.page is not Page.LESSON or seen.hidden or self._window.printing:
                continue
            asked = self._clock.now()
            with contextlib.suppress(Error, TimeoutError):  # the page went on meanwhile
                self._tell(Glimpse(await self._window.picture(), asked, self._clock.now()))

    def came(self, view: View) -> None:
        """That is on show: a picture is taken of each page as it comes, and of each kind of alert once.

        One costs Chromium about 25 ms of a core, whose deadlines are the candidate's.
        """
        if self._tell is None:
            return
        new = {alert.code for alert in view.alerts} - self._alerted
        if view.page is not self._pictured or new:
            came, self._pictured = view.page is not self._pictured, view.page
            self._alerted |= new
            self._spawn(self._take_picture(view.page, new, self._tell, came=came))

    async def _take_picture(self, page: Page, new: set[AlertCode], tell: OnWindow, *, came: bool) -> None:
        """What a page looks like once it stands, or an alert that still does."""
        await asyncio.sleep(STANDS_S)
        view, _ = self._shown()
        there = view is not None and view.page is page and not self._window.printing
        standing = {alert.code for alert in view.alerts} & new if view is not None and there else set()
        self._alerted -= new - standing
        if not there or not (came or standing):
            return
        at = self._clock.now()
        with contextlib.suppress(TimeoutError):
            tell(Seen(page, await self._window.whole(), at, tuple(sorted(standing)), came))
