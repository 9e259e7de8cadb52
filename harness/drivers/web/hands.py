"""A candidate's hands on a page: finds what an act is called, presses it where a person could, and says why where that is not possible.

Laws: nothing is pressed that is not shown, enabled and in reach of a pointer; a name that nothing has, or two have, is refused with what is
on the page instead; a dialog that stands is answered before anything beneath it; no script of the page is called but by what a person does.
Called by the web driver.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from playwright.async_api import Error, Locator, Page

from harness.core.view import Act
from harness.drivers.bounds import sentence
from harness.drivers.web.words import Words
from harness.protocol.client import DoResult

Kind = Literal["button", "link", "radio", "option"]

# A press waits so long for a page that is busy; a person would have tried again by then.
PRESS_MS: Final = 5_000
CLOSES_S: Final = 2.0  # within so long a page has closed, or its browser has asked
LISTED: Final = 12  # names that a refusal lists
NAMED: Final = "button, a[href], [role=button], [role=link], input[type=submit], input[type=button]"

DONE: Final = DoResult("done")


class Hands:
    """The hands of one candidate on one page. `titles` maps an attachment's id to its title, `labels` a device's to its label."""

    def __init__(self, page: Page, words: Words, titles: Mapping[str, str]) -> None:
        self._page = page
        self._words = words
        self._titles = titles
        self.labels: Mapping[str, str] = {}

    async def act(self, act: Act, args: Mapping[str, str]) -> DoResult:
        """Does it. Never raises for what the page does."""
        try:
            return await self._act(act, args)
        except Error as error:
            return DoResult("refused", f"the page could not be used so: {sentence(error.message)}")

    async def _act(self, act: Act, args: Mapping[str, str]) -> DoResult:
        match act:
            case Act.OPEN:
                title = self._title(args)
                done = self._press((title,), self._page.locator("body"), ("button", "link"))
            case Act.READ:
                row = self._page.locator("li, tr, [role=listitem], [role=row]").filter(has_text=self._title(args))
                done = self._press(self._words.buttons[Act.READ], row.first, ("button",), exact=False)
            case Act.CHOOSE:
                done = self._choose(self.labels.get(args.get("id", ""), ""))
            case Act.TYPE_CODE:
                done = self._type_code(args.get("code", ""))
            case Act.HELP:
                done = self._ask_for_help(args.get("text", ""))
            case Act.LEAVE | Act.RETURN:
                done = self._turn(away=act is Act.LEAVE)
            case Act.CLOSE:
                done = self._close()
            case _:
                done = self.press(self._words.buttons.get(act.value, ()))
        return await done

    async def give_ticket(self, ticket: str) -> None:
        """Types the code that the organiser gave, where the page asks for it. Raises Playwright's `Error`."""
        field = await self._field("ticket")
        if field is not None:
            await field.fill(ticket, timeout=PRESS_MS)
            await field.press("Enter", timeout=PRESS_MS)

    async def press(self, names: Sequence[str]) -> DoResult:
        """The one button of one of these names: of the dialog that stands, if one does. Raises Playwright's `Error`."""
        dialog = self._page.locator("dialog[open], [role=dialog], [role=alertdialog]").filter(visible=True)
        if await dialog.count():
            pressed = await self._press(names, dialog.last, ("button",))
            if pressed.status == "done":
                return pressed
        return await self._press(names, self._page.locator("body"), ("button",))

    # -- the acts that are more than a press ------------------------------------------------------------------------

    def _title(self, args: Mapping[str, str]) -> str:
        identifier = args.get("id", "")
        return self._titles.get(identifier, identifier)

    async def _choose(self, label: str) -> DoResult:
        if not label:
            return DoResult("refused", "no device of that id is plugged in")
        choice = self._page.get_by_label(label, exact=False)
        if not await choice.filter(visible=True).count():
            folded = self._page.locator("details:not([open])").filter(has=choice)
            if await folded.count():  # a person looks behind what can be unfolded
                await folded.first.locator("summary").click(timeout=PRESS_MS)
        option = self._page.locator("option").filter(has_text=label)
        if await option.count():
            value = await option.first.get_attribute("value")
            await self._page.locator("select").filter(has=option).first.select_option(value, timeout=PRESS_MS)
            return DONE
        return await self._pressed(choice.filter(visible=True), f"device {label!r}")

    async def _type_code(self, code: str) -> DoResult:
        field = await self._field("code")
        if field is None:
            return DoResult("refused", self._lacking("field", self._words.fields["code"], ()))
        await field.fill(code, timeout=PRESS_MS)
        return await self.press(self._words.buttons[Act.TYPE_CODE])

    async def _ask_for_help(self, text: str) -> DoResult:
        asked = await self.press(self._words.buttons[Act.HELP])
        field = await self._field("help") if asked.status == "done" else None
        if field is None:
            return asked
        await field.fill(text, timeout=PRESS_MS)
        return await self.press(self._words.minor["send_help"])

    async def _turn(self, *, away: bool) -> DoResult:
        """Another tab comes to the front, or the page itself again."""
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
        self._page.once(
            "dialog",
            lambda _: ended(DoResult("refused", "the browser asked whether to leave, as the page wants it to")),
        )
        await self._page.close(run_before_unload=True)
        try:
            async with asyncio.timeout(CLOSES_S):
                return await over
        except TimeoutError:
            return DoResult("refused", "the page did not close")

    # -- finding ----------------------------------------------------------------------------------------------------

    async def _field(self, name: str) -> Locator | None:
        for label in self._words.fields[name]:
            field = (
                self._page.get_by_label(label, exact=True)
                .and_(self._page.locator("input, textarea"))
                .filter(visible=True)
            )
            if await field.count():
                return field.first
        return None

    async def _press(
        self, names: Sequence[str], within: Locator, kinds: Sequence[Kind], *, exact: bool = True
    ) -> DoResult:
        for name in names:
            for kind in kinds:
                found = within.get_by_role(kind, name=name, exact=exact).filter(visible=True)
                if await found.count():
                    return await self._pressed(found, f"{kind} {name!r}")
        return DoResult("refused", self._lacking("button", names, await self._names()))

    async def _pressed(self, found: Locator, what: str) -> DoResult:
        many = await found.count()
        if many != 1:
            where = (
                "is not on the page" if many == 0 else f"stands on the page {many} times; give each a name of its own"
            )
            return DoResult("refused", f"the {what} {where}")
        if not await found.is_enabled(timeout=PRESS_MS):
            return DoResult("refused", f"the {what} can't be pressed now")
        await found.click(timeout=PRESS_MS)
        return DONE

    async def _names(self) -> Sequence[str]:
        shown = self._page.locator(NAMED).filter(visible=True)
        texts = await shown.all_inner_texts()
        return [" ".join(text.split()) for text in texts if text.strip()]

    @staticmethod
    def _lacking(what: str, names: Sequence[str], there: Sequence[str]) -> str:
        listed = "、".join(there[:LISTED]) or "none"
        wanted = " or ".join(map(repr, names)) or "as this act wants it"
        return f"no {what} is named {wanted}; on the page: {listed}. Map it in the labels"[:400]
