"""Walks through an interview on the reference pages, in Chromium with its own fake devices: for tests of the pages alone, and for their gallery.

A laptop and a phone, each a browser profile of its own; the bundled service; a plan whose times are short. Every page that is reached is handed
to `reached(page, name)`. What the browsers had to complain of, and where they sent requests, is collected. The web driver, which certifies
pages, is another thing: nothing here judges.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

import psutil
from msgspec import structs
from playwright.sync_api import BrowserContext, Page, Playwright, Request, expect, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

from harness.core.plan import Plan, Track
from harness.core.platform import Entrant
from harness.core.script import Misbehaviour
from harness.service.bundled import BundledPlatform
from harness.session.exams import ROOT

CHROMIUM: Final = "/usr/bin/chromium"
TICKET: Final = "ticket-of-a-walk"
PAGES: Final = ROOT / "clients" / "web"
PATIENCE_MS: Final = 20_000
LAPTOP: Final = {"width": 1_366, "height": 768}
PHONE: Final = {"width": 390, "height": 844}
ARGUMENTS: Final = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
    "--disable-gpu",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
)

Reached = Callable[[Page, str], None]


def nothing(_page: Page, _name: str) -> None:
    """Pages go by unseen."""


def short(
    plan: Plan, *, before_ms: int = 40_000, stage_ms: int = 12_000, entry_ms: int = 12_000, lease_ms: int = 3_000
) -> Plan:
    """That plan with login so long before T0, entry soon after it and until `entry_ms`, and stages so long."""
    windows = structs.replace(
        plan.windows, login_opens=-before_ms, entry_opens=2_000 - before_ms, entry_closes=stage_ms
    )
    spans = structs.replace(
        plan.spans,
        **dict.fromkeys(("preparation", "lesson", "skill_test", "presentation"), stage_ms),
        lease=lease_ms,
        upload_deadline=600_000,
        binding_ttl=600_000,
    )
    return structs.replace(plan, windows=windows, spans=spans)


class Walk:
    """`with Walk(folder, plan) as walk:`; then `walk.laptop` and `walk.phone` are open pages."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        *,
        track: Track = "ordinary",
        begins: int | None = None,
        misbehaviour: Sequence[Misbehaviour] = (),
        camera: Path | None = None,
        reached: Reached = nothing,
    ) -> None:
        self.plan = plan
        self.complaints: list[str] = []
        self.origins: set[str] = set()
        self._folder = folder
        self._track = track
        self._begins = plan.windows.login_opens - 3_000 if begins is None else begins
        self._misbehaviour = misbehaviour
        self._camera = () if camera is None else (f"--use-file-for-fake-video-capture={camera}",)
        self._reached = reached
        self._stack = contextlib.ExitStack()
        self._contexts: dict[str, BrowserContext] = {}
        self._playwright: Playwright

    def __enter__(self) -> Walk:
        self.platform = self._stack.enter_context(BundledPlatform(self._folder / "service", pages=PAGES))
        self._playwright = self._stack.enter_context(sync_playwright())
        self.laptop, self.phone = self._browser("laptop"), self._browser("phone")
        entrant = Entrant(
            ticket=TICKET, name="何静怡", admission_number="20220820017", id_number="", phone="", track=self._track
        )
        self.exam = self.platform.configure(
            self.plan, [entrant], exam_now=self._begins, misbehaviour=self._misbehaviour
        )
        for name, page in (("laptop", self.laptop), ("phone", self.phone)):
            page.goto(self._address(name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._contexts):
            self.close(name)
        self._stack.close()

    # -- browsers ----------------------------------------------------------------------------------------------------

    def open(self, name: str) -> Page:
        """Opens that page once more, in the profile that it had before."""
        page = self._browser(name)
        page.goto(self._address(name))
        return page

    def _address(self, name: str) -> str:
        return f"{self.platform.url}/pages/{name.split('-', maxsplit=1)[0]}/"

    def _browser(self, name: str) -> Page:
        phone = name.startswith("phone")
        context = self._playwright.chromium.launch_persistent_context(
            self._folder / name,
            executable_path=CHROMIUM,
            args=[*ARGUMENTS, *self._camera],
            viewport=PHONE if phone else LAPTOP,  # type: ignore[arg-type] # a ViewportSize, by its two keys
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone else 1,
            locale="zh-CN",
            permissions=["camera", "microphone"],
        )
        self._contexts[name] = context
        page = context.pages[0]
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(f"{name}: {error}"))
        page.on("console", lambda said: self._heard(name, said.type, said.text))
        page.on("request", self._asked)
        return page

    def close(self, name: str) -> None:
        """Closes its browser as a candidate would."""
        with contextlib.suppress(Exception):  # a browser that was killed is gone already
            self._contexts.pop(name).close()

    def kill(self, name: str) -> None:
        """SIGKILL to every process of that browser; its profile stays."""
        profile = f"--user-data-dir={self._folder / name}"
        roots = [each for each in psutil.process_iter(["cmdline"]) if profile in (each.info["cmdline"] or ())]
        for process in [*roots, *(child for root in roots for child in _children(root))]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self.close(name)

    def held(self) -> dict[str, int]:
        """Bytes that the service holds, by stream."""
        found: dict[str, int] = {}
        for segment in self.platform.recordings(self.exam, TICKET):
            found[segment.stream] = found.get(segment.stream, 0) + segment.length
        return found

    def _heard(self, name: str, kind: str, text: str) -> None:
        # What the service refuses, and what an outage breaks off, the browser notes by itself.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.complaints.append(f"{name}: {text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.origins.add(f"{parts.scheme}://{parts.netloc}")

    # -- the interview -----------------------------------------------------------------------------------------------

    def reach(self, heading: str, name: str, *, page: Page | None = None) -> None:
        """Waits for the page of that heading."""
        shown = page or self.laptop
        expect(shown.get_by_role("heading", name=heading, level=1, exact=True)).to_be_visible(timeout=PATIENCE_MS * 3)
        self._reached(shown, name)

    def press(self, name: str, *, page: Page | None = None) -> None:
        """Presses the button of that name as soon as it can be pressed."""
        button = (page or self.laptop).get_by_role("button", name=name, exact=True)
        expect(button).to_be_enabled(timeout=PATIENCE_MS * 3)
        button.click()

    def arrive(self) -> None:
        """Device check and face login."""
        self.reach("设备准备", "check-ticket")
        self.laptop.get_by_label("面试码").fill(TICKET)
        self.press("提交")
        expect(self.laptop.locator('#checks li[data-state="working"]')).to_have_count(3, timeout=PATIENCE_MS)
        self._reached(self.laptop, "check")
        self.press("下一步")
        self.reach("人脸登录", "login")
        self.press("同意")
        self.press("人脸登录")

    def bind(self) -> None:
        """The phone is bound by its code, and films."""
        self.reach("佐证绑定", "bind")
        self.press("智试通二维码")
        code = self.laptop.locator("[data-page=bind] [data-code]")
        expect(code).not_to_be_empty()
        self.reach("佐证绑定", "phone-pair", page=self.phone)
        self.phone.get_by_label("绑定码").fill(code.inner_text())
        self.press("绑定", page=self.phone)
        expect(self.phone.get_by_role("status")).to_have_text("正在录制")
        self.reach("佐证视频", "phone-filming", page=self.phone)
        expect(self.laptop.locator("#bound")).to_have_text("移动设备已绑定")
        self._reached(self.laptop, "bound")
        self.press("下一步")

    def read(self) -> None:
        """Every attachment is opened and marked."""
        self.reach("阅读考试附件", "attachments-unread")
        for item in self.plan.attachments:
            self.press(item.title)
            self.press(f"已阅 {item.title}")
        self._reached(self.laptop, "attachments")
        self.press("下一步")

    def go_in(self) -> None:
        """The lobby and the entry."""
        self.reach("进入考试", "lobby")
        self.press("进入考试")
        self.reach("设备确认", "devices")

    def enter(self) -> None:
        """The lobby, the entry, the device page."""
        self.go_in()
        self.press("进入待考")
        self.reach("面试开始前倒计时", "waiting")

    def come_in(self) -> None:
        """Everything up to the waiting page."""
        for part in (self.arrive, self.bind, self.read, self.enter):
            part()

    def teach(self) -> None:
        """Preparation, and a lesson that is begun."""
        self.reach("备课", "preparation")
        self.reach("模拟课堂教学", "lesson-waiting")
        self.press("开始")
        expect(self.laptop.get_by_role("timer")).to_be_visible()
        self._reached(self.laptop, "lesson")

    def stop_phone(self) -> None:
        """Evidence is stopped after the end, and goes up by itself."""
        self.press("停止拍摄", page=self.phone)
        confirm = self.phone.get_by_role("button", name="确定", exact=True)
        with contextlib.suppress(NotInTime):  # the service has said that it is over, before the candidate could
            confirm.click(timeout=500)
        self.reach("佐证视频已上传", "phone-done", page=self.phone)

    def finish(self) -> None:
        """Both are done."""
        self.reach("面试视频上传", "upload")
        self.reach("面试结束", "done")
        self.stop_phone()


def _children(process: psutil.Process) -> Iterator[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        yield from process.children(recursive=True)
