"""The observer in one page, asked and heard: what it sees, at which time of the harness's clock, and whether the page still answers at all.

Laws: it lives in a world of its own that the page's scripts can't see, made anew with each document; what it tells is stamped by the page's
own monotonic clock, which `pageclock` maps; a page that shows more than anybody can read, or answers nothing for long, is at fault. Called by
the web driver.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from importlib.resources import files
from typing import Any, Final

import msgspec
from playwright.async_api import CDPSession, Error

from harness.core.clock import Clock
from harness.core.errors import SubjectBabbled, SubjectError, SubjectHung
from harness.drivers.bounds import sentence
from harness.drivers.keeping import Kept
from harness.drivers.web.pageclock import PageClock
from harness.drivers.web.reading import Snapshot

WORLD: Final = "viva-observer"
SCRIPTS: Final = ("observer.js", "hands.js", "keeping.js")
BINDING: Final = "vivaSeen"
ANSWERS_S: Final = 15.0  # a page that takes longer to say what time it is runs no more
PROBE_S: Final = 2.0
KEPT_S: Final = 5.0  # a page that takes longer to be looked through is busy with something else
PROBES_AT_FIRST: Final = 5
WAKES_S: Final = (0.05, 0.4, 1.5)  # after a device came or went, the browser is made to look
LONGEST_TOLD: Final = 1 << 20  # bytes of one snapshot

Spawn = Callable[[Coroutine[Any, Any, None]], None]


class _Told(msgspec.Struct, frozen=True):
    """What the observer sends: the page's own time (ms), and what was seen then."""

    at: float
    seen: Snapshot


class Eye:
    """That of one page. `on_seen` is told what was seen and when (ms of the clock), `on_fault` what the page did instead of showing anything;
    `says` puts a fault in the page's name.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        spawn: Spawn,
        on_seen: Callable[[Snapshot, int], None],
        on_fault: Callable[[SubjectError], None],
        says: Callable[[str], str],
    ) -> None:
        self._clock = clock
        self._spawn = spawn
        self._on_seen = on_seen
        self._on_fault = on_fault
        self._says = says
        self._session: CDPSession | None = None
        self._page_clock = PageClock()
        self.world: int | None = None  # the observer's execution context

    async def open(self, session: CDPSession) -> None:
        """From now on each document of that page is seen. Raises Playwright's `Error`."""
        self._session = session
        session.on("Runtime.bindingCalled", self._told)
        session.on("Runtime.executionContextCreated", self._world_made)
        await session.send("Page.enable")
        await session.send("Runtime.enable")
        await session.send("Runtime.addBinding", {"name": BINDING, "executionContextName": WORLD})
        for script in SCRIPTS:
            source = files("harness.drivers.web").joinpath(script).read_text(encoding="utf-8")
            await session.send("Page.addScriptToEvaluateOnNewDocument", {"source": source, "worldName": WORLD})

    def _told(self, event: dict[str, Any]) -> None:
        if event.get("name") != BINDING:
            return
        received, payload = self._clock.now(), event["payload"]
        if len(payload) > LONGEST_TOLD:
            self._on_fault(
                SubjectBabbled(self._says(f"shows {len(payload)} characters at once, more than anybody can read"))
            )
            return
        try:
            told = msgspec.json.decode(payload, type=_Told)
        except msgspec.DecodeError as error:
            self._on_fault(SubjectBabbled(self._says(f"shows what can't be read: {sentence(str(error))}")))
            return
        self._page_clock.heard(told.at, received)
        self._on_seen(told.seen, self._page_clock.at(told.at, received))

    def _world_made(self, event: dict[str, Any]) -> None:
        context = event["context"]
        if context.get("name") == WORLD:
            self.world = context["id"]
            self._page_clock = PageClock()
            self._spawn(self._probe(PROBES_AT_FIRST))

    async def _probe(self, times: int = 1) -> None:
        """Asks the page for its time. Raises Playwright's `Error` where the document has just gone."""
        for _ in range(times):
            world, before = self.world, self._clock.now()
            said = await self.evaluate("performance.now()")
            if world == self.world:
                self._page_clock.probed(before, float(said), self._clock.now() + 1)

    async def keep_asking(self, dialogs: Callable[[], tuple[int, bool]]) -> None:
        """A page that does not answer for long runs no more, unless dialogs hold it up, of which `dialogs` gives how many there were so far,
        and whether one stands.
        """
        while True:
            await asyncio.sleep(PROBE_S)
            before, _ = dialogs()
            try:
                async with asyncio.timeout(ANSWERS_S):
                    with contextlib.suppress(Error):
                        await self._probe()
            except TimeoutError:
                if dialogs() == (before, False):
                    self._on_fault(
                        SubjectHung(self._says(f"did not answer for {ANSWERS_S:g} s: its scripts don't return"))
                    )
                    return

    async def wake(self) -> None:
        """Any look at the devices, from whichever world, makes Chromium notice what came or went."""
        for seconds in WAKES_S:
            await asyncio.sleep(seconds)
            with contextlib.suppress(Error):
                await self.evaluate("void navigator.mediaDevices?.enumerateDevices()")

    async def kept(self) -> tuple[Kept, ...] | None:
        """What the page has in its document and its origin's storage, bounded; None where it could not be looked through."""
        try:
            async with asyncio.timeout(KEPT_S):
                told = await self.evaluate("vivaKept()")
            return tuple(Kept(place, text.encode("utf-8", "ignore")) for place, text in told)
        except (Error, TimeoutError):
            return None

    async def evaluate(self, expression: str) -> Any:
        """In the observer's world; of a promise, what it becomes. Raises Playwright's `Error` where there is none any more."""
        if self.world is None:
            raise Error("the page is not there yet")
        question = {"expression": expression, "contextId": self.world, "returnByValue": True, "awaitPromise": True}
        answer = await self.send("Runtime.evaluate", question)
        if "exceptionDetails" in answer:
            raise Error(str(answer["exceptionDetails"].get("exception", {}).get("description", "it threw"))[:300])
        return answer["result"].get("value")

    async def send(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """To the page's DevTools. Raises Playwright's `Error`."""
        if self._session is None:
            raise Error("the browser is gone")
        answer: dict[str, Any] = await self._session.send(method, params)
        return answer
