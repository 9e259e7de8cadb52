"""A candidate's hands on a page: finds what an act is called, presses it where a person could, and says why where that is not possible.

Laws: nothing is pressed that is not shown, enabled and in reach of the pointer; a name that nothing has, or two have, is refused with what
is on the page instead; a dialog that stands is answered before anything beneath it; pointer and keys are the browser's own input, and no
script of the page is called but by what a person does. Called by the web driver.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from playwright.async_api import Error, Page

from harness.core.view import Act
from harness.drivers.bounds import sentence
from harness.drivers.web.words import Words
from harness.protocol.client import DoResult

Kind = Literal["button", "link", "choice", "field"]
Look = Callable[[str], Awaitable[Any]]  # evaluates an expression in the observer's world
Send = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]

CLOSES_S: Final = 2.0  # within so long a page has closed, or its browser has asked
ACTS_S: Final = 10.0  # a page that takes longer to be pressed is not usable

LOOKS: Final = 4  # at a page that moves under the pointer

DONE: Final = DoResult("done")


class _Found(msgspec.Struct, frozen=True):
    """What was found: how many, where the first stands, whether a pointer reaches it, and what is there if it is not one."""

    count: int
    at: tuple[float, float] = (0, 0)
    enabled: bool = True
    reached: bool = True
    covered: str = ""
    unfolds: bool = False
    there: tuple[str, ...] = ()


class Hands:
    """The hands of one candidate on one page. `titles` maps an attachment's id to its title, `labels` a device's to its label."""

    def __init__(self, page: Page, look: Look, send: Send, words: Words, titles: Mapping[str, str]) -> None:
        self._page = page
        self._look = look
        self._send = send
        self._words = words
        self._titles = titles
        self.labels: Mapping[str, str] = {}
        self._busy = asyncio.Lock()  # a candidate does one thing after the other

    async def act(self, act: Act, args: Mapping[str, str]) -> DoResult:
        """Does it. Never raises for what the page does."""
        try:
            async with self._busy, asyncio.timeout(ACTS_S):
                return await self._act(act, args)
        except TimeoutError:
            return DoResult("refused", f"the page did not let itself be used for {ACTS_S:g} s")
        except Error as error:
            return DoResult("refused", f"the page could not be used so: {sentence(error.message)}")

    async def _act(self, act: Act, args: Mapping[str, str]) -> DoResult:
        match act:
            case Act.OPEN:
                done = self._press((self._title(args),), "button", "link")
            case Act.READ:
                done = self._press(self._words.buttons[Act.READ], "button", exact=False, row=self._title(args))
            case Act.CHOOSE:
                done = self._choose(self.labels.get(args.get("id", ""), ""))
            case Act.TYPE_CODE:
                done = self._type("code", args.get("code", ""), then=self._words.buttons[Act.TYPE_CODE])
            case Act.HELP:
                done = self._ask_for_help(args.get("text", ""))
            case Act.LEAVE | Act.RETURN:
                done = self._turn(away=act is Act.LEAVE)
            case Act.CLOSE:
                done = self._close()
            case _:
                done = self._press(self._words.buttons.get(act.value, ()), "button")
        return await done

    async def give_ticket(self, ticket: str) -> None:
        """Types the code that the organiser gave, where the page asks for it. Raises Playwright's `Error`."""
        async with self._busy:
            if (await self._find(self._words.fields["ticket"], ("field",))).count:
                await self._type("ticket", ticket, then=())

    async def share_screen(self) -> None:
        """Shares the screen again, if the page asks for it. Raises Playwright's `Error`."""
        async with self._busy:
            await self._press(self._words.minor["share_screen"], "button")

    # -- the acts that are more than a press ------------------------------------------------------------------------

    def _title(self, args: Mapping[str, str]) -> str:
        identifier = args.get("id", "")
        return self._titles.get(identifier, identifier)

    async def _choose(self, label: str) -> DoResult:
        if not label:
            return DoResult("refused", "no device of that id is plugged in")
        found = await self._find((label,), ("choice",), exact=False)
        if found.unfolds:
            await self._click(found)
            found = await self._find((label,), ("choice",), exact=False)
        return await self._pressed(found, (label,))

    async def _type(self, field: str, text: str, *, then: Sequence[str]) -> DoResult:
        """Writes it in the field of that name and presses that button, or Enter where there is none to press."""
        done = await self._press(self._words.fields[field], "field")
        if done.status != "done":
            return done
        await self._page.keyboard.press("ControlOrMeta+A")
        await self._page.keyboard.insert_text(text)
        if then:
            return await self._press(then, "button")
        await self._page.keyboard.press("Enter")
        return DONE

    async def _ask_for_help(self, text: str) -> DoResult:
        asked = await self._press(self._words.buttons[Act.HELP], "button")
        if asked.status != "done" or not (await self._find(self._words.fields["help"], ("field",))).count:
            return asked
        return await self._type("help", text, then=self._words.minor["send_help"])

    async def _turn(self, *, away: bool) -> DoResult:
        """Another tab comes to the front, or the page itself again.

        Not another window beside the page: where that was tried the page kept its focus, so that it could not know.
        """
        others = [each for each in self._page.context.pages if each is not self._page]
        front = self._page if not away else others[0] if others else await self._page.context.new_page()
        await front.bring_to_front()
        return DONE

    async def _close(self) -> DoResult:
        """Closes the page; where the browser asks first, the candidate stays."""
        over: asyncio.Future[DoResult] = asyncio.get_running_loop().create_future()

        def ended(result: DoResult) -> None:
            if not over.done():
                over.set_result(result)

        self._page.once("close", lambda _: ended(DONE))
        self._page.once("dialog", lambda _: ended(DoResult("refused", "the browser asked whether to leave first")))
        await self._page.close(run_before_unload=True)
        try:
            async with asyncio.timeout(CLOSES_S):
                return await over
        except TimeoutError:
            return DoResult("refused", "the page did not close")

    # -- finding and pressing ---------------------------------------------------------------------------------------

    async def _press(self, names: Sequence[str], *kinds: Kind, exact: bool = True, row: str = "") -> DoResult:
        """Looks again once the pointer is there: a page may turn between looking and pressing, and put another button in the place."""
        found = await self._find(names, kinds, exact=exact, row=row)
        for _ in range(LOOKS):
            if found.count != 1:
                break
            await self._move(found)
            before, found = found, await self._find(names, kinds, exact=exact, row=row)
            if before == found:
                break
        return await self._pressed(found, names)

    async def _find(self, names: Sequence[str], kinds: Sequence[Kind], *, exact: bool = True, row: str = "") -> _Found:
        wanted = {"names": names, "kinds": kinds, "exact": exact, "row": row}
        return msgspec.convert(await self._look(f"vivaFind({msgspec.json.encode(wanted).decode()})"), _Found)

    async def _pressed(self, found: _Found, names: Sequence[str]) -> DoResult:
        wanted = " or ".join(map(repr, names)) or "as this act wants it"
        there = "、".join(found.there) or "nothing of that kind"
        if found.count == 0:
            return DoResult("refused", f"nothing is named {wanted}; on the page: {there}; map it in the labels"[:400])
        if found.count > 1:
            twice = (
                f"{wanted} stands on the page {found.count} times; on the page: {there}; give each a name of its own"
            )
            return DoResult("refused", twice[:400])
        if not found.enabled:
            return DoResult("refused", f"{wanted} can't be pressed now")
        if not found.reached:
            return DoResult("refused", f"{wanted} is covered by {sentence(found.covered)}")
        await self._click(found)
        return DONE

    async def _click(self, found: _Found) -> None:
        x, y = found.at
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
            await self._send("Input.dispatchMouseEvent", event)

    async def _move(self, found: _Found) -> None:
        x, y = found.at
        await self._send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y, "button": "none"})
