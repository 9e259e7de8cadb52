"""Of which pages and alerts pictures are taken: of each page as it comes, of each kind of alert once, and of nothing that has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from harness.core.view import Alert, AlertCode, Page, Role, View
from harness.drivers.web import looks
from harness.drivers.web.window import OfWindow, Seen, Window
from harness.drivers.web.words import words_of
from harness.wallclock import WallClock

OFFLINE, FAILED = AlertCode.OFFLINE, AlertCode.UPLOAD_FAILED


class Still:
    """A window that always looks the same."""

    printing = False

    async def whole(self) -> bytes:
        return b"jpeg"


def view(page: Page, *codes: AlertCode) -> View:
    return View(page=page, alerts=tuple(Alert(code, code.value) for code in codes))


def pictures(
    monkeypatch: pytest.MonkeyPatch, *moments: View | tuple[View, ...]
) -> list[tuple[Page, tuple[AlertCode, ...]]]:
    """What pictures were taken of, where these were shown one after the other; those of a tuple too quickly for a picture between them."""
    monkeypatch.setattr(looks, "STANDS_S", 0)

    async def played() -> list[OfWindow]:
        told: list[OfWindow] = []
        shown: list[View] = []
        tasks: list[asyncio.Task[None]] = []
        spawn = cast(
            "Callable[[Coroutine[Any, Any, None]], None]", lambda work: tasks.append(asyncio.create_task(work))
        )
        one = looks.Looks(
            cast("Window", Still()),
            words_of(Role.LAPTOP, {}),
            WallClock(),
            tell=told.append,
            spawn=spawn,
            shown=lambda: (shown[-1], None),
        )
        for moment in moments:
            for each in moment if isinstance(moment, tuple) else (moment,):
                one.came(each)
                shown.append(each)
            await asyncio.gather(*tasks)
        return told

    return [(each.page, each.alerts) for each in asyncio.run(played()) if isinstance(each, Seen)]


def test_each_page_is_pictured_as_it_comes_and_each_kind_of_alert_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pictures(
        monkeypatch,
        view(Page.LESSON),
        view(Page.LESSON, OFFLINE),
        view(Page.LESSON),
        view(Page.LESSON, OFFLINE),
        view(Page.UPLOAD, OFFLINE),
        view(Page.UPLOAD, OFFLINE, FAILED),
    )
    assert found == [(Page.LESSON, ()), (Page.LESSON, (OFFLINE,)), (Page.UPLOAD, ()), (Page.UPLOAD, (FAILED,))]


def test_a_page_that_comes_with_an_alert_is_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pictures(monkeypatch, view(Page.UPLOAD, FAILED)) == [(Page.UPLOAD, (FAILED,))]


def test_an_alert_that_goes_at_once_is_pictured_when_it_comes_to_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    flicker = (view(Page.LESSON, OFFLINE), view(Page.LESSON))
    found = pictures(monkeypatch, view(Page.LESSON), flicker, view(Page.LESSON, OFFLINE))
    assert found == [(Page.LESSON, ()), (Page.LESSON, (OFFLINE,))]


def test_a_page_that_went_before_it_stood_is_not_pictured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pictures(monkeypatch, (view(Page.LOBBY), view(Page.DEVICES))) == [(Page.DEVICES, ())]
