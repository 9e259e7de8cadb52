"""The text is got out of a page that gives it, and not of one that keeps it: in a real Chromium, by keys, pointer, clipboard and paper."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from playwright.async_api import Request, Route, async_playwright

from harness.core.errors import HarnessError
from harness.drivers.web.chromium import find_chromium
from harness.drivers.web.reading import Placed
from harness.drivers.web.window import Figures, Way, Window

QUESTION = "请以荷叶圆圆为课题面向小学一年级学生进行十分钟的模拟课堂教学"
PRESSED = "<button onclick=\"document.title='pressed'\">开始</button>"
OPEN = f"<!doctype html><h1>备课</h1><section aria-label=试题>{QUESTION}</section>{PRESSED}"
KEPT = (
    "<!doctype html><style>section{user-select:none} @media print{section{display:none}}</style>"
    f"<h1>备课</h1><section aria-label=试题>{QUESTION}</section>{PRESSED}"
)
ALLOWED = (
    "Promise.all(['camera', 'microphone', 'clipboard-read'].map((name) => navigator.permissions.query({ name })))"
    ".then((each) => each.map(({ state }) => state))"
)
HIDDEN = "<style>@media print{body{display:none}}</style>" + OPEN
BLANKED = (  # no word of the style sheet's: the page takes the text away as it is going to be printed
    OPEN + "<script>addEventListener('beforeprint', () => document.querySelector('section').remove())</script>"
)


async def _tried(pages: Mapping[str, str]) -> dict[str, tuple[Mapping[Way, str], Figures, bool, bytes]]:
    found = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        context = await browser.new_context()
        await context.grant_permissions(["camera", "microphone"])
        for name, html in pages.items():
            page = await context.new_page()

            async def answer(route: Route, _: Request, html: str = html) -> None:
                await route.fulfill(body=html, content_type="text/html; charset=utf-8")

            await page.route("**/*", answer)
            await page.goto("http://127.0.0.1:8999/", wait_until="commit")
            box = await page.locator("section").bounding_box()
            assert box is not None
            session = await context.new_cdp_session(page)
            window = Window(page, session.send, lambda: None)
            place = Placed(name="试题", place=(box["x"], box["y"], box["width"], box["height"]))
            got, figures = await window.tries(place), await window.figures()
            screen = await page.evaluate("matchMedia('screen').matches && !String(getSelection())")
            button = await page.locator("button").bounding_box()
            assert button is not None
            await page.mouse.click(button["x"] + 5, button["y"] + 5)
            allowed = await page.evaluate(ALLOWED)
            as_it_was = bool(screen) and await page.title() == "pressed" and allowed == ["granted", "granted", "prompt"]
            found[name] = got, figures, as_it_was, await window.picture()
            await page.close()
        await browser.close()
    return found


@pytest.fixture(scope="module")
def tried() -> dict[str, tuple[Mapping[Way, str], Figures, bool, bytes]]:
    try:
        find_chromium()
    except HarnessError as error:
        pytest.skip(str(error))
    return asyncio.run(_tried({"open": OPEN, "kept": KEPT, "blanked": BLANKED, "hidden": HIDDEN}))


Tried = dict[str, tuple[Mapping[Way, str], Figures, bool, bytes]]


@pytest.mark.parametrize("way", ["select", "copy", "drag", "print"])
def test_a_page_that_keeps_nothing_back_gives_its_text_by_every_way(tried: Tried, way: Way) -> None:
    assert QUESTION in tried["open"][0][way]


@pytest.mark.parametrize("way", ["select", "copy", "drag", "print"])
def test_a_page_that_keeps_its_text_gives_it_by_no_way(tried: Tried, way: Way) -> None:
    assert QUESTION[:6] not in tried["kept"][0][way]


def test_what_a_page_takes_away_before_it_is_printed_does_not_stand_on_paper(tried: Tried) -> None:
    assert QUESTION not in tried["blanked"][0]["print"]
    assert QUESTION in tried["blanked"][0]["copy"]


def test_of_a_page_that_is_hidden_whole_as_it_is_printed_nothing_stands_on_paper(tried: Tried) -> None:
    assert tried["hidden"][0]["print"] == ""
    assert QUESTION in tried["hidden"][0]["copy"]


def test_afterwards_the_window_is_as_it_was(tried: Tried) -> None:
    assert all(each[2] for each in tried.values())


def test_a_browser_tells_what_a_client_could_know_of_its_machine(tried: Tried) -> None:
    assert tried["open"][1].cores >= 1


def test_where_no_video_plays_there_is_no_live_picture(tried: Tried) -> None:
    assert tried["open"][3] == b""
