"""What is done with a window beyond pressing its buttons: looking at its live picture, and trying to get its text out as a candidate would.

Laws: all that is asked of the page is asked in the observer's own world, where its scripts see nothing; a keyboard and a pointer do what a
person's do, and whatever was switched on for a look (the print medium, intercepted drags, the clipboard) is switched off again; nothing is
patched into the build. Called by the web driver.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Error, Page

from harness.core.view import AlertCode
from harness.core.view import Page as ViewPage
from harness.drivers.web.reading import Placed

Way = Literal["select", "copy", "drag", "print"]
Send = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]

LONGEST: Final = 2_000  # characters of what a way gave
LOOK_S: Final = 3.0  # a browser that takes longer for a picture or a page to print is busy with something else
SETTLES_S: Final = 0.15  # between a key or a pointer and what comes of it
DRAG_STEPS: Final = 6
DRAG_PX: Final = 8  # a pointer that moved less drags nothing
JPEG_QUALITY: Final = 70  # the marks' cells are whole blocks of pixels; at 70 they read down to a width of 160

WHOLE_QUALITY: Final = 50  # for people, and made smaller before it is kept

_SENTINEL: Final = "·"
_SELECTED: Final = "String(getSelection())"
_WRITE: Final = f"navigator.clipboard.writeText({_SENTINEL!r})"
_READ: Final = "navigator.clipboard.readText()"
# Of an element that is not rendered at all, `innerText` is its whole text: a body that is hidden gives nothing.
_ON_PAPER: Final = "(document.body?.checkVisibility() ? document.body.innerText : '')"
_LISTEN: Final = (
    "globalThis.vivaPrinted = undefined; addEventListener('beforeprint', "
    f"() => {{ globalThis.vivaPrinted = {_ON_PAPER}; }}, {{ once: true }})"
)
_PRINTED: Final = f"globalThis.vivaPrinted ?? {_ON_PAPER}"
# Where the picture itself lies in the document: a video leaves bars beside it, or stands in a box that is larger or smaller.
_PICTURE: Final = """(() => {
  const places = [...document.querySelectorAll("video")]
    .filter((each) => each.videoWidth && each.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .map((each) => {
      const box = each.getBoundingClientRect();
      const fit = getComputedStyle(each).objectFit;
      const across = box.width / each.videoWidth, down = box.height / each.videoHeight;
      const scale = fit === "contain" || fit === "scale-down" ? Math.min(across, down) : fit === "none" ? 1 : null;
      const width = scale === null ? box.width : Math.min(box.width, each.videoWidth * scale);
      const height = scale === null ? box.height : Math.min(box.height, each.videoHeight * scale);
      return { x: box.x + (box.width - width) / 2 + scrollX, y: box.y + (box.height - height) / 2 + scrollY, width, height };
    })
    .filter((place) => place.width >= 1 && place.height >= 1)
    .sort((one, other) => other.width * other.height - one.width * one.height);
  return places[0] ?? null;
})()"""
_FIGURES: Final = "[navigator.hardwareConcurrency || 0, navigator.deviceMemory || 0]"


class Glimpse(NamedTuple):
    """A look at the live picture of a page: a JPEG, empty where none stood there; asked for and had at these times (ms, the driver's clock)."""

    picture: bytes
    at_ms: int
    until_ms: int


class Seen(NamedTuple):
    """What a page looked like a moment after it `came`, or an alert on it: a JPEG of the whole window, asked for at that time (ms, the driver's
    clock), and the alerts that are new.
    """

    page: ViewPage
    picture: bytes
    at_ms: int
    alerts: tuple[AlertCode, ...] = ()
    came: bool = True


class Got(NamedTuple):
    """What one way to get at the page's text gave; an empty text: nothing."""

    way: Way
    text: str


class Figures(NamedTuple):
    """What a page can know of its machine; 0: the browser does not tell."""

    cores: int
    memory_gib: float


OfWindow = Glimpse | Seen | Got | Figures
OnWindow = Callable[[OfWindow], None]


class Window:
    """One page's window. `send` talks to the page's DevTools, `world` names the observer's context (none: the page's own)."""

    def __init__(self, page: Page, send: Send, world: Callable[[], int | None]) -> None:
        self._page = page
        self._send = send
        self._world = world
        self.printing = False  # what the page looks like now is what would be printed
        self._allowing: CDPSession | None = None  # in which the clipboard is allowed and forbidden again

    async def figures(self) -> Figures:
        """Raises Playwright's `Error`."""
        cores, memory = await self._ask(_FIGURES)
        return Figures(int(cores), float(memory))

    async def picture(self) -> bytes:
        """The largest live picture on show as a JPEG; empty where there is none. Raises Playwright's `Error`, and `TimeoutError`."""
        place = await self._ask(_PICTURE)
        if place is None:
            return b""
        clip = {**place, "scale": 1}
        async with asyncio.timeout(LOOK_S):
            taken = await self._send(
                "Page.captureScreenshot",
                {"format": "jpeg", "quality": JPEG_QUALITY, "clip": clip, "optimizeForSpeed": True},
            )
        return base64.b64decode(taken["data"])

    async def whole(self) -> bytes:
        """All of the window as a JPEG. Raises Playwright's `Error`, and `TimeoutError`."""
        async with asyncio.timeout(LOOK_S):
            wanted = {"format": "jpeg", "quality": WHOLE_QUALITY, "optimizeForSpeed": True}
            taken = await self._send("Page.captureScreenshot", wanted)
        return base64.b64decode(taken["data"])

    async def remove_second_display(self) -> None:
        """Of a machine without a real display, which has two. Raises Playwright's `Error`."""
        screens = (await self._send("Emulation.getScreenInfos", {}))["screenInfos"]
        for screen in screens:
            if not screen["isPrimary"]:
                await self._send("Emulation.removeScreen", {"screenId": screen["id"]})

    async def press_screenshot_key(self) -> None:
        """The key that asks the system for a picture of the screen."""
        await self._page.keyboard.press("PrintScreen")

    async def tries(self, place: Placed | None) -> Mapping[Way, str]:
        """What selecting, copying, dragging and printing gave of that place, and of the page; one that could not be tried is missing."""
        got: dict[Way, str] = {}
        for ways, work in (
            (("select", "copy"), self._select_and_copy),
            (("drag",), self._drag),
            (("print",), self._print),
        ):
            with contextlib.suppress(Error, TimeoutError):
                texts = await work(place)
                got |= {way: text[:LONGEST] for way, text in zip(ways, texts, strict=True)}  # type: ignore[misc]  # the ways above are ways
        with contextlib.suppress(Error):
            await self._ask("getSelection().removeAllRanges()")
        return got

    # -- the ways ----------------------------------------------------------------------------------------------------

    async def _select_and_copy(self, place: Placed | None) -> tuple[str, str]:
        """A click on the text, Ctrl+A, Ctrl+C, and what the clipboard holds then."""
        if place is not None:
            await self._page.mouse.click(*_middle(place))
        await self._page.keyboard.press("Control+a")
        await asyncio.sleep(SETTLES_S)
        selected = str(await self._ask(_SELECTED))
        async with self._clipboard_allowed():
            await self._ask(_WRITE)
            await self._page.keyboard.press("Control+c")
            await asyncio.sleep(SETTLES_S)
            held = str(await self._ask(_READ))
        return selected, "" if held == _SENTINEL else held

    async def _drag(self, place: Placed | None) -> tuple[str]:
        """The pointer marks the text from its beginning to its end, takes hold of it, and pulls."""
        if place is None:
            return ("",)
        left, top, width, height = place.place
        dragged: list[str] = []

        def caught(event: dict[str, Any]) -> None:
            dragged.extend(str(item.get("data", "")) for item in event["data"]["items"])

        session = await self._page.context.new_cdp_session(self._page)
        session.on("Input.dragIntercepted", caught)
        try:
            await session.send("Input.setInterceptDrags", {"enabled": True})
            await self._pull(session.send, (left + 2, top + 2), (left + width - 2, top + height - 2))
            middle = _middle(place)
            await self._pull(session.send, middle, (middle[0] + DRAG_STEPS * DRAG_PX, middle[1] + DRAG_STEPS * DRAG_PX))
            # To the page the pointer still drags what was taken out of its hand, until it hears that this is over.
            if dragged:
                nothing = {"items": [], "dragOperationsMask": 0}
                over = {"type": "dragCancel", "x": middle[0], "y": middle[1], "data": nothing}
                await session.send("Input.dispatchDragEvent", over)
            await session.send("Input.setInterceptDrags", {"enabled": False})
        finally:
            with contextlib.suppress(Error):
                await session.detach()
        return ("\n".join(dragged),)

    async def _pull(
        self, send: Callable[..., Awaitable[Any]], start: tuple[float, float], end: tuple[float, float]
    ) -> None:
        """The pointer goes down at one place, to another, and up."""

        def event(kind: str, at: tuple[float, float], *, held: int) -> dict[str, Any]:
            return {"type": kind, "x": at[0], "y": at[1], "button": "left", "buttons": held, "clickCount": 1}

        await send("Input.dispatchMouseEvent", event("mousePressed", start, held=1))
        for step in range(1, DRAG_STEPS + 1):
            part = step / DRAG_STEPS
            at = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            await send("Input.dispatchMouseEvent", event("mouseMoved", at, held=1))
        await asyncio.sleep(SETTLES_S)
        await send("Input.dispatchMouseEvent", event("mouseReleased", end, held=0))

    async def _print(self, place: Placed | None) -> tuple[str]:
        """What would stand on paper: the page in the print medium, once it has heard that it is going to be printed."""
        del place
        self.printing = True
        try:
            await self._ask(_LISTEN)
            await self._send("Emulation.setEmulatedMedia", {"media": "print"})
            async with asyncio.timeout(LOOK_S):
                await self._send("Page.printToPDF", {"transferMode": "ReturnAsStream"})
            return (str(await self._ask(_PRINTED)),)
        finally:
            await self._send("Emulation.setEmulatedMedia", {"media": ""})
            self.printing = False

    # -- asking ------------------------------------------------------------------------------------------------------

    async def _ask(self, expression: str) -> Any:
        question: dict[str, Any] = {
            "expression": expression,
            "returnByValue": True,
            "awaitPromise": True,
            "userGesture": True,
        }
        world = self._world()
        if world is not None:
            question["contextId"] = world
        async with asyncio.timeout(LOOK_S):
            answer = await self._send("Runtime.evaluate", question)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Error(str(details.get("exception", {}).get("description") or details.get("text", "an error")))
        return answer["result"].get("value")

    @contextlib.asynccontextmanager
    async def _clipboard_allowed(self) -> AsyncIterator[None]:
        """The page's origin may use the clipboard meanwhile.

        The session stays open as long as the browser: as it closes, everything is forgotten that the origin was allowed, its camera too.
        """
        browser = self._page.context.browser
        if browser is None:
            raise Error("the browser is gone")
        allowing = self._allowing = self._allowing or await browser.new_browser_cdp_session()
        parts = urlsplit(self._page.url)
        target = (await self._send("Target.getTargetInfo", {}))["targetInfo"]
        whose = {key: target[key] for key in ("browserContextId",) if key in target}
        origin = f"{parts.scheme}://{parts.netloc}"

        async def set_to(setting: str) -> None:
            for name in ("clipboard-read", "clipboard-write"):
                wanted = {"permission": {"name": name}, "setting": setting, "origin": origin, **whose}
                await allowing.send("Browser.setPermission", wanted)

        try:
            await set_to("granted")
            yield
        finally:
            with contextlib.suppress(Error):
                await set_to("prompt")


def _middle(each: Placed) -> tuple[float, float]:
    x, y, width, height = each.place
    return x + width / 2, y + height / 2
