"""The web driver on tiny pages in a real browser: what is pressed, what is refused and why, and how a page's end is told."""

from __future__ import annotations

import asyncio
import os
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import psutil
import pytest
from playwright.async_api import async_playwright

from harness.core.errors import HarnessError, SubjectBabbled, SubjectDied, SubjectError
from harness.core.view import Act, AlertCode, Page, Role, View
from harness.drivers.manifest import DeviceSubject
from harness.drivers.web.chromium import OLDEST, Machine, find_chromium, too_old
from harness.drivers.web.driver import WebDriver
from harness.protocol.capture import Device
from harness.protocol.control import Devices, Open
from harness.wallclock import WallClock
from tests.drivers.web.served import served

# Chromium's own: one moving picture, one beeping microphone.
FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
T = TypeVar("T")
PRESSED = "document.querySelector('h1').textContent = '佐证绑定'"


def chromium() -> str:
    try:
        return find_chromium()
    except HarnessError as error:
        return str(error)


needs_chromium = pytest.mark.skipif(not os.path.exists(chromium()), reason=f"no browser: {chromium()}")  # noqa: PTH110 it may be a sentence


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The address of a server that gives back, as a page, the path that it is asked for."""
    with served() as address:
        yield address("")


class Watched:
    """What a driver told."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self.faults: list[SubjectError] = []
        self.contacts: list[tuple[str, int]] = []
        self.changed = asyncio.Event()

    def saw(self, view: View, _at_ms: int) -> None:
        self.views.append(view)
        self.changed.set()

    def failed(self, fault: SubjectError) -> None:
        self.faults.append(fault)
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def driven(
    url: str, tmp_path: Path, labels: dict[str, str], film: Path | None = None
) -> AsyncIterator[tuple[WebDriver, Watched]]:
    file = tmp_path / "client.toml"
    subject = DeviceSubject(role=Role.LAPTOP, driver="web", url=url, labels=labels, here=tmp_path, manifest=file)
    watched = Watched()
    async with async_playwright() as playwright:
        driver = WebDriver(
            subject,
            clock=WallClock(),
            playwright=playwright,
            machine=Machine(arguments=FAKE_DEVICES),
            titles={"rules": "考生须知"},
            on_change=watched.saw,
            on_fault=watched.failed,
            on_contact=lambda host, port: watched.contacts.append((host, port)),
            film=film,
        )
        await driver.start(tmp_path)
        pid = driver.pid
        try:
            yield driver, watched
        finally:
            await driver.kill()
            assert pid is not None
            assert not psutil.pid_exists(pid)


def play(
    url: str,
    tmp_path: Path,
    conversation: Callable[[WebDriver, Watched], Awaitable[T]],
    labels: dict[str, str] | None = None,
    film: Path | None = None,
) -> T:
    async def run() -> T:
        async with asyncio.timeout(60), driven(url, tmp_path, labels or {}, film) as (driver, watched):
            await driver.open(Open(service_url="http://127.0.0.1:9", ticket="", devices=()))
            return await conversation(driver, watched)

    return asyncio.run(run())


@needs_chromium
def test_a_button_is_pressed_by_its_name_and_what_can_t_be_is_refused_with_what_is_there(
    pages: str, tmp_path: Path
) -> None:
    body = (
        f'<h1>人脸登录</h1><button onclick="{PRESSED}">人脸登录</button><button disabled>同意</button>'
        "<button>求助</button><button>求助</button>"
    )

    async def conversation(driver: WebDriver, watched: Watched) -> None:
        assert (await driver.view()).page is Page.LOGIN
        assert (await driver.do("juggle", {})).status == "unsupported"
        off = await driver.do(Act.CONSENT, {})
        assert (off.status, "can't be pressed" in off.reason) == ("refused", True)
        twice = await driver.do(Act.HELP, {"text": "?"})
        assert (twice.status, "2 times" in twice.reason) == ("refused", True)
        lacking = await driver.do(Act.ENTER, {})
        assert lacking.status == "refused"
        assert "'进入考试'" in lacking.reason
        assert "人脸登录、同意、求助" in lacking.reason
        assert (await driver.do(Act.LOGIN, {})).status == "done"
        await watched.until(lambda: watched.views[-1].page is Page.BIND)
        assert ("127.0.0.1", int(pages.rsplit(":", 1)[1].rstrip("/"))) in watched.contacts
        assert not watched.faults

    play(pages + body, tmp_path, conversation)


@needs_chromium
def test_a_device_that_is_gone_is_seen_where_the_page_still_lists_it(pages: str, tmp_path: Path) -> None:
    body = "<h1>设备确认</h1><label><input type=radio name=camera>前摄像头</label><label><input type=radio name=camera>后摄像头</label>"
    front, back = (Device(id=f"camera-{label}", kind="camera", label=f"{label}摄像头") for label in "前后")

    async def conversation(driver: WebDriver, watched: Watched) -> None:
        await driver.devices(Devices(devices=(front, back)))
        await driver.devices(Devices(devices=(front,)))
        before = len(watched.views)
        assert (await driver.do(Act.CHOOSE, {"id": front.id})).status == "done"
        await watched.until(lambda: len(watched.views) > before)
        assert [each.id for each in watched.views[-1].devices] == [front.id, back.id]

    play(pages + body, tmp_path, conversation)


@needs_chromium
def test_a_screen_that_the_page_still_lacks_is_shared_once_more(pages: str, tmp_path: Path) -> None:
    press = "if (this.dataset.pressed) document.querySelector('[role=alert]').remove(); this.dataset.pressed = 'once'"
    body = f'<h1>备课</h1><p role=alert>屏幕没有被录制</p><button onclick="{press}">重新共享屏幕</button>'
    screen = Device(id="screen-1", kind="screen", label="整个屏幕")

    async def conversation(driver: WebDriver, watched: Watched) -> None:
        assert (await driver.view()).says(AlertCode.NO_SCREEN)
        await driver.devices(Devices(devices=(screen,)))
        await watched.until(lambda: not watched.views[-1].says(AlertCode.NO_SCREEN))

    play(pages + body, tmp_path, conversation)


@needs_chromium
def test_a_page_in_other_words_is_driven_by_a_table_of_labels(pages: str, tmp_path: Path) -> None:
    body = (
        "<h1>Sign in</h1><p role=alert hidden>Not open yet.</p>"
        '<button onclick="document.querySelector(&quot;[role=alert]&quot;).hidden = false">Sign in by face</button>'
    )
    labels = {"page.login": "Sign in", "login": "Sign in by face", "alert.too-early": "Not open yet"}

    async def conversation(driver: WebDriver, watched: Watched) -> None:
        view = await driver.view()
        assert (view.page, view.enabled(Act.LOGIN)) == (Page.LOGIN, True)
        assert (await driver.do(Act.LOGIN, {})).status == "done"
        await watched.until(lambda: watched.views[-1].says(AlertCode.TOO_EARLY))

    play(pages + body, tmp_path, conversation, labels)


@needs_chromium
def test_dialogs_of_the_browser_are_answered_and_whether_to_leave_by_staying(pages: str, tmp_path: Path) -> None:
    body = (
        "<h1>备课</h1><button onclick=\"if (confirm('确定要提前结束吗？')) document.querySelector('h1').textContent = '面试视频上传'\">"
        "结束考试</button><script>onbeforeunload = (event) => event.preventDefault()</script>"
    )

    async def conversation(driver: WebDriver, watched: Watched) -> None:
        pressing = asyncio.create_task(driver.do(Act.FINISH, {}))
        await watched.until(lambda: watched.views[-1].says(AlertCode.CONFIRM_FINISH))
        assert watched.views[-1].enabled(Act.CONFIRM)
        assert (await driver.do(Act.HELP, {})).status == "refused"
        assert (await driver.do(Act.CONFIRM, {})).status == "done"
        await pressing
        await watched.until(lambda: watched.views[-1].page is Page.UPLOAD)
        assert not watched.views[-1].says(AlertCode.CONFIRM_FINISH)
        assert (await driver.do(Act.CLOSE, {})).status == "refused"
        assert (await driver.view()).page is Page.UPLOAD

    play(pages + body, tmp_path, conversation)


@needs_chromium
def test_a_page_that_no_word_knows_is_told_with_what_is_on_it(pages: str, tmp_path: Path) -> None:
    body = "<h1>人脸登录</h1><script>setTimeout(() => { document.querySelector('h1').textContent = 'Willkommen' }, 300)</script>"

    async def conversation(driver: WebDriver, watched: Watched) -> None:
        await watched.until(lambda: bool(watched.faults))
        assert isinstance(watched.faults[0], SubjectBabbled)
        assert "Willkommen" in str(watched.faults[0])
        assert "labels" in str(watched.faults[0])
        assert not driver.alive

    play(pages + body, tmp_path, conversation)


@needs_chromium
def test_a_browser_that_ends_by_itself_is_told_once(pages: str, tmp_path: Path) -> None:
    async def conversation(driver: WebDriver, watched: Watched) -> None:
        assert driver.pid is not None
        psutil.Process(driver.pid).kill()
        await watched.until(lambda: bool(watched.faults))
        assert [type(fault) for fault in watched.faults] == [SubjectDied]
        with pytest.raises(SubjectDied):
            await driver.view()

    play(pages + "<h1>人脸登录</h1>", tmp_path, conversation)


@needs_chromium
def test_a_browser_that_never_answers_is_no_subject_s_fault_and_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def silent(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    async def conversation(driver: WebDriver, _watched: Watched) -> None:
        raise AssertionError("it was driven")

    monkeypatch.setattr("harness.drivers.web.driver.CONNECTS_S", 0.5)
    monkeypatch.setattr("harness.drivers.web.eye.Eye.open", silent)
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(HarnessError, match="run it again"):
        play("http://127.0.0.1:9/", tmp_path, conversation)
    assert set(psutil.Process().children(recursive=True)) <= before


@needs_chromium
def test_a_page_that_can_t_be_reached_is_what_the_browser_says(tmp_path: Path) -> None:
    async def conversation(driver: WebDriver, _watched: Watched) -> None:
        view = await driver.view()
        assert (view.page, view.network) == (Page.CHECK, "offline")
        assert view.says(AlertCode.OFFLINE)

    play("http://127.0.0.1:9/", tmp_path, conversation)


def test_an_old_browser_is_refused_with_the_remedy() -> None:
    assert too_old(f"{OLDEST}.0.1.2") == ""
    assert "or later is needed; install" in too_old("90.0.4430.72")
    assert "of no known version" in too_old("")


def test_a_browser_that_is_named_and_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIVA_CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(HarnessError, match="can't be executed; give the path of a Chromium"):
        find_chromium()
    monkeypatch.delenv("VIVA_CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HarnessError, match="no Chromium was found; install"):
        find_chromium()


@needs_chromium
def test_a_film_of_what_a_candidate_saw_is_there_once_the_browser_is_closed_and_nothing_was_put_into_the_page(
    pages: str, tmp_path: Path
) -> None:
    film = tmp_path / "laptop.zip"
    # Playwright's snapshots put a function of this name before the page's scripts.
    body = (
        f'<h1>人脸登录</h1><button onclick="{PRESSED}">人脸登录</button><script>const put = Object.getOwnPropertyNames(window)'
        '.filter((name) => /playwright|snapshot/i.test(name)); document.body.append(put.length ? "被改动" : "原样");</script>'
    )

    async def conversation(driver: WebDriver, watched: Watched) -> str:
        text = " ".join((await driver.view()).text)
        await driver.do(Act.LOGIN, {})
        await watched.until(lambda: watched.views[-1].page is Page.BIND)
        await driver.close()
        return text

    assert "原样" in play(pages + quote(body), tmp_path, conversation, film=film)
    with zipfile.ZipFile(film) as kept:
        assert any(name.endswith(".jpeg") for name in kept.namelist())
        assert b'"screencast-frame"' in kept.read("trace.trace")
