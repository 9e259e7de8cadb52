"""A browser and a service for the tests of the pages: one of each, and a profile of its own for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from harness.core.platform import Entrant
from harness.service.bundled import BundledPlatform
from harness.session.exams import load_exam
from tests.web.walking import ARGUMENTS, CHROMIUM, LAPTOP, PAGES, TICKET, short

Open = Callable[[str], Page]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledPlatform]:
    with BundledPlatform(tmp_path_factory.mktemp("service"), pages=PAGES) as platform:
        plan = short(load_exam("heshan-2022"), before_ms=600_000)
        entrant = Entrant(
            ticket=TICKET, name="何静怡", admission_number="20220820017", id_number="", phone="", track="ordinary"
        )
        platform.configure(plan, [entrant], exam_now=plan.windows.login_opens - 60_000)
        yield platform


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip(f"{CHROMIUM} is not installed (Debian's package chromium)")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def browser(platform: BundledPlatform, playwright: Playwright, tmp_path: Path) -> Iterator[Open]:
    """`browser("laptop")` opens that page; asked again, in the same profile, the browser before being closed."""
    opened: list[BrowserContext] = []

    def open_page(name: str) -> Page:
        if opened:
            opened.pop().close()
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            args=list(ARGUMENTS),
            viewport=LAPTOP,  # type: ignore[arg-type] # a ViewportSize, by its two keys
            permissions=["camera", "microphone"],
        )
        opened.append(context)
        page = context.pages[0]
        page.goto(f"{platform.url}/pages/{name}/")
        return page

    yield open_page
    for context in opened:
        context.close()
