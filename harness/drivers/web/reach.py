"""How a candidate gets to a page, and whom the page asks in its turn: opened, reloaded where there is no way to it, its hosts named.

Called by the web driver.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Error, Page

from harness.core.view import Alert, AlertCode, Role, View
from harness.core.view import Page as ViewPage

LOADS_MS: Final = 20_000
RELOADS_S: Final = 0.5
UNREACHED: Final = "Page.goto: net::ERR_"
PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


async def opened(page: Page, address: str, show: Callable[[str], None]) -> bool:
    """Opens it; False where there is no way to it, and the browser's sentence was shown. Raises Playwright's `Error` for any other failure."""
    try:
        await page.goto(address, wait_until="load", timeout=LOADS_MS)
    except Error as error:
        if not error.message.startswith(UNREACHED):
            raise
        show(error.message)
        return False
    return True


async def reloaded(page: Page, address: str, show: Callable[[str], None], *, goes_on: Callable[[], bool]) -> bool:
    """As a person reloads a page that could not be reached, until it is there; False where that has ended before."""
    while goes_on():
        await asyncio.sleep(RELOADS_S)
        try:
            await page.goto(address, wait_until="load", timeout=LOADS_MS)
        except Error as error:
            show(error.message)
        else:
            return True
    return False


def unreached(role: Role, message: str) -> View:
    """What the candidate sees instead of the first page: the browser itself says that there is no way to it, or none that is safe."""
    first = ViewPage.CHECK if role.device is Role.LAPTOP else ViewPage.PAIR
    safe = not any(word in message for word in ("ERR_CERT", "ERR_SSL"))
    said = message.splitlines()[0].removeprefix("Page.goto: ")
    alert = Alert(AlertCode.OFFLINE if safe else AlertCode.OTHER, said)
    return View(page=first, alerts=(alert,), network="offline" if safe else "online")


def asked(url: str) -> tuple[str, int] | None:
    """Host and port of a request over the network; None for what never leaves the browser."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in PORTS:
        return None
    return parts.hostname, parts.port or PORTS[parts.scheme]
