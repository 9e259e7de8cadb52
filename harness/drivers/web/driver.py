"""The `web` driver: one page of a build in one browser, watched by an observer that the page can't see, played as a person plays it.

Laws: what is shown is what the observer told, stamped by the page's own monotonic clock and mapped to the harness's by `pageclock`; an act
presses the button of that name where a person could press it, and nothing else; nothing is patched into the build; a page that never loads,
loops, opens dialogs without end, crashes its renderer or shows what no word knows ends with that sentence; `kill` ends the browser's process
group with its profile kept, as a restart needs it. Implements `drivers.driver.Driver`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from playwright.async_api import Browser, CDPSession, Error, Page, Playwright, Request

from harness.core.clock import Clock
from harness.core.errors import HarnessError, SubjectBabbled, SubjectDied, SubjectError, SubjectHung
from harness.core.view import Act, Alert, AlertCode, Role, View
from harness.core.view import Page as ViewPage
from harness.drivers.bounds import bounded, sentence
from harness.drivers.driver import OnChange, OnContact, OnFault
from harness.drivers.manifest import DeviceSubject
from harness.drivers.web.chromium import Chromium, Machine, too_old
from harness.drivers.web.codes import CodePictures
from harness.drivers.web.dialogs import MOST, Dialogs
from harness.drivers.web.hands import Hands
from harness.drivers.web.pageclock import PageClock
from harness.drivers.web.reading import Snapshot, read
from harness.drivers.web.window import Glimpse, Got, OnWindow, Seen, Window
from harness.drivers.web.words import words_of
from harness.protocol.capture import Device
from harness.protocol.client import DoResult
from harness.protocol.control import ACTS, PROTOCOL, Devices, Initialized, Open

WORLD: Final = "viva-observer"
SCRIPTS: Final = ("observer.js", "hands.js")
BINDING: Final = "vivaSeen"
SIZES: Final[dict[Role, tuple[int, int]]] = {Role.LAPTOP: (1_366, 768), Role.PHONE: (390, 844)}
LOADS_MS: Final = 20_000
RELOADS_S: Final = 0.5
UNREACHED: Final = "Page.goto: net::ERR_"
SHOWS_S: Final = 10.0  # after it was loaded, a page that the words know is on show
LOST_S: Final = 3.0  # for so long a page may stand that no word knows
ANSWERS_S: Final = 15.0  # a page that takes longer to say what time it is runs no more
PROBE_S: Final = 2.0
STANDS_S: Final = 0.4  # a page that has come is laid out by then
GLANCE_S: Final = 0.7  # between two looks at the live picture
PROBES_AT_FIRST: Final = 5
WAKES_S: Final = (0.05, 0.4, 1.5)  # after a device came or went, the browser is made to look
LONGEST_TOLD: Final = 1 << 20  # bytes of one snapshot
LISTED: Final = 200  # characters of a page that a fault quotes


class _Told(msgspec.Struct, frozen=True):
    """What the observer sends: the page's own time (ms), and what was seen then."""

    at: float
    seen: Snapshot


class WebDriver:
    """One run of one page. `titles` maps an attachment's id to its title, by which a candidate finds it; `on_contact` hears of hosts."""

    def __init__(
        self,
        subject: DeviceSubject,
        *,
        clock: Clock,
        playwright: Playwright,
        machine: Machine,
        titles: Mapping[str, str],
        on_change: OnChange | None = None,
        on_fault: OnFault | None = None,
        on_contact: OnContact | None = None,
        on_window: OnWindow | None = None,
    ) -> None:
        self.role: Role = subject.role
        self._subject = subject
        self._words = words_of(subject.role, subject.labels)
        self._clock = clock
        self._playwright = playwright
        self._machine = machine
        self._titles = titles
        self._on_change = on_change
        self._on_fault = on_fault
        self._on_contact = on_contact
        self._on_window = on_window
        self._window: Window | None = None
        self._pictured: ViewPage | None = None  # the page of which a picture was taken last
        self._chromium: Chromium | None = None
        self._browser: Browser | None = None
        self._page: Page | None = None
        self._session: CDPSession | None = None
        self._hands: Hands | None = None
        self._devices: tuple[Device, ...] = ()
        self._world: int | None = None  # the observer's execution context
        self._page_clock = PageClock()
        self._seen: Snapshot | None = None
        self._view: View | None = None
        self._shown = asyncio.Event()  # there is a view,
        self._arrived = asyncio.Event()  # and it is the page's own
        self._seq = 0
        self._codes = CodePictures(self._send, self._spawn, self._look_again)
        self._dialogs = Dialogs(self._words, self._spawn, self._look_again, self._flooded)
        self._lost: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: SubjectError | None = None
        self._ended = False

    @property
    def alive(self) -> bool:
        """Started, and neither closed, killed, dead nor at fault."""
        return self._page is not None and not self._ended and self._fault is None

    @property
    def pid(self) -> int | None:
        """The browser's process id; None before `start`."""
        return None if self._chromium is None else self._chromium.pid

    # -- what the session calls ----------------------------------------------------------------------------------

    async def start(self, state_dir: Path) -> Initialized:
        """Starts a browser with its profile in that folder. Raises `HarnessError` where there is none that will do, and `SubjectError`."""
        self._chromium = Chromium(self._browser_ended)
        try:
            endpoint = await self._chromium.start(state_dir / "profile", self._machine)
            await self._connect(endpoint)
        except Error as error:
            await self.kill()
            raise HarnessError(f"Chromium did not let itself be driven: {sentence(error.message)}") from error
        except BaseException:
            await self.kill()
            raise
        self._spawn(self._keep_asking())
        self._spawn(self._keep_glancing())
        version = "" if self._browser is None else self._browser.version
        return Initialized(
            name=self._subject.url,
            version=f"Chromium {version}",
            protocol=PROTOCOL,
            intents=ACTS,
            views=View.__struct_fields__,
            capture=("system",),
        )

    async def _connect(self, endpoint: str) -> None:
        self._browser = await self._playwright.chromium.connect_over_cdp(endpoint, no_defaults=True)
        if wrong := too_old(self._browser.version):
            raise HarnessError(wrong)
        context = self._browser.contexts[0]
        await context.grant_permissions(["camera", "microphone"])
        self._page = page = context.pages[0] if context.pages else await context.new_page()
        self._hands = Hands(page, self._evaluate, self._send, self._words, self._titles)
        page.on("crash", lambda _: self._blame(SubjectDied(self._says("crashed its renderer"))))
        page.on("close", lambda _: self._blame(SubjectDied(self._says("was closed"))))
        page.on("dialog", self._dialogs.asked)
        page.on("websocket", lambda socket: self._contacted(socket.url))
        context.on("request", self._requested)
        self._session = session = await context.new_cdp_session(page)
        self._window = Window(page, self._send, lambda: self._world)
        session.on("Runtime.bindingCalled", self._told)
        session.on("Runtime.executionContextCreated", self._world_made)
        if not self._machine.headed:
            await self._emulate(session)
        await session.send("Page.enable")
        await session.send("Runtime.enable")
        await session.send("Runtime.addBinding", {"name": BINDING, "executionContextName": WORLD})
        for script in SCRIPTS:
            source = files("harness.drivers.web").joinpath(script).read_text(encoding="utf-8")
            await session.send("Page.addScriptToEvaluateOnNewDocument", {"source": source, "worldName": WORLD})
        await page.bring_to_front()

    async def _emulate(self, session: CDPSession) -> None:
        """The window of a machine without a display: that of the role's device."""
        width, height = SIZES[self.role.device]
        phone = self.role.device is Role.PHONE
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        await session.send("Emulation.setDeviceMetricsOverride", size)
        await session.send("Emulation.setTouchEmulationEnabled", {"enabled": phone})

    async def open(self, opening: Open) -> None:
        """The candidate opens the page and types the code that the organiser gave. Raises a `SubjectError`."""
        page, hands = self._running("open")
        self._learn(opening.devices)
        address = self._subject.url.replace("{service}", opening.service_url)
        try:
            await page.goto(address, wait_until="load", timeout=LOADS_MS)
        except Error as error:
            if not error.message.startswith(UNREACHED):
                fault = SubjectHung(
                    self._says(f"did not load: {sentence(error.message.splitlines()[0])}; open it by hand")
                )
                raise self._end_with(fault) from error
            self._show_unreached(error.message)
            self._spawn(self._open_again(page, hands, address, opening.ticket))
        else:
            await self._begin(hands, opening.ticket)

    async def _begin(self, hands: Hands, ticket: str) -> None:
        """The page is loaded: the candidate waits for it and types the code. Raises a `SubjectError`."""
        await self._come(self._arrived)
        if self._window is not None and self._on_window is not None:
            with contextlib.suppress(Error, TimeoutError):  # a document that has just gone has nothing to tell
                self._on_window(await self._window.figures())
        if ticket:
            with contextlib.suppress(Error):  # it goes as it is typed: what is shown next will tell
                await hands.give_ticket(ticket)

    async def _open_again(self, page: Page, hands: Hands, address: str, ticket: str) -> None:
        """As a person reloads a page that could not be reached."""
        while self.alive:
            await asyncio.sleep(RELOADS_S)
            try:
                await page.goto(address, wait_until="load", timeout=LOADS_MS)
            except Error as error:
                self._show_unreached(error.message)
                continue
            with contextlib.suppress(SubjectError):  # told to `on_fault`
                await self._begin(hands, ticket)
            return

    def _show_unreached(self, message: str) -> None:
        """What the candidate sees instead of the first page: the browser itself says that there is no way to it, or none that is safe."""
        first = ViewPage.CHECK if self.role.device is Role.LAPTOP else ViewPage.PAIR
        safe = not any(word in message for word in ("ERR_CERT", "ERR_SSL"))
        said = message.splitlines()[0].removeprefix("Page.goto: ")
        alert = Alert(AlertCode.OFFLINE if safe else AlertCode.OTHER, said)
        if self._view is None or self._view.alerts != (alert,):
            view = View(page=first, alerts=(alert,), network="offline" if safe else "online")
            self._show(view, self._clock.now())

    async def devices(self, devices: Devices) -> None:
        """What is plugged in now. A browser notices at the next look at its devices, and is made to look; a screen that was not shared is
        shared again by who finds a button for it.
        """
        _, hands = self._running("devices")
        screens, before = (
            {each.id for each in given if each.kind == "screen"} for given in (devices.devices, self._devices)
        )
        self._learn(devices.devices)
        self._spawn(self._wake())
        if screens - before:
            self._spawn(hands.share_screen())

    async def do(self, act: str, args: dict[str, str]) -> DoResult:
        """The candidate acts: finds the button by its name and presses it. Raises a `SubjectError`."""
        _, hands = self._running("do")
        if act not in ACTS:
            return DoResult("unsupported", "a page has no such act")
        if self._dialogs.standing:
            return await self._dialogs.answer(Act(act))
        try:
            done = await (self._beyond_buttons(Act(act)) or hands.act(Act(act), args))
        except asyncio.CancelledError:
            await self.kill()
            raise
        self._running_or_raise()
        return done

    def _beyond_buttons(self, act: Act) -> Coroutine[Any, Any, DoResult] | None:
        """What is done to the window itself."""
        if self._window is None or act not in (Act.SCREENSHOT, Act.COPY):
            return None
        return self._press_screenshot_key(self._window) if act is Act.SCREENSHOT else self._take_text(self._window)

    async def _press_screenshot_key(self, window: Window) -> DoResult:
        try:
            await window.press_screenshot_key()
        except Error as error:
            return DoResult("refused", f"the key could not be pressed: {sentence(error.message)}")
        return DoResult("done")  # whether a page can keep the system from taking its picture is not seen from here

    async def _take_text(self, window: Window) -> DoResult:
        regions = () if self._seen is None else self._seen.regions
        place = next((each for each in regions if each.name in self._words.regions["question"] and each.shown), None)
        for way, text in (await window.tries(place)).items():
            if self._on_window is not None:
                self._on_window(Got(way, text))
        return DoResult("done")

    async def remove_second_display(self) -> None:
        """It is pulled out; harmless where the page has gone."""
        if self._window is not None:
            with contextlib.suppress(Error):
                await self._window.remove_second_display()

    async def view(self) -> View:
        """What the candidate sees now. Raises a `SubjectError`."""
        self._running("view")
        await self._come(self._shown)
        if self._view is None:
            raise self._fault or SubjectHung(self._says("shows nothing"))
        return self._view

    async def close(self) -> None:
        """The candidate closes the browser."""
        self._running("close")
        self._ended = True
        if self._browser is not None:
            with contextlib.suppress(Error):
                session = await self._browser.new_browser_cdp_session()
                await session.send("Browser.close")
        await self.kill()

    async def kill(self) -> None:
        """The browser's whole process group is gone at once; its profile stays. Harmless where it has ended."""
        self._ended = True
        for task in self._tasks:
            task.cancel()
        if self._lost is not None:
            self._lost.cancel()
        if self._chromium is not None:
            await self._chromium.kill()
        if self._browser is not None:
            with contextlib.suppress(Error):
                await self._browser.close()
        self._shown.set()
        self._arrived.set()

    # -- seeing --------------------------------------------------------------------------------------------------

    def _told(self, event: dict[str, Any]) -> None:
        if event.get("name") != BINDING or not self.alive:
            return
        received, payload = self._clock.now(), event["payload"]
        try:
            if len(payload) > LONGEST_TOLD:
                raise SubjectBabbled(self._says(f"shows {len(payload)} characters at once, more than anybody can read"))
            told = msgspec.json.decode(payload, type=_Told)
        except msgspec.DecodeError as error:
            self._blame(SubjectBabbled(self._says(f"shows what can't be read: {sentence(str(error))}")))
        except SubjectBabbled as fault:
            self._blame(fault)
        else:
            if self._window is not None and self._window.printing:
                return  # what stands on paper is not what the candidate sees; the next look tells that
            self._page_clock.heard(told.at, received)
            self._seen = told.seen
            self._look(self._page_clock.at(told.at, received))

    def _look(self, at_ms: int) -> None:
        """What stands on the page is a view, or a page that nobody knows."""
        seen = self._seen
        if seen is None:
            return
        picture = self._codes.of(seen, self._words)
        view = read(seen, self._words, seq=self._seq + 1, devices=self._devices, titles=self._titles, qr_png=picture)
        if view is None:
            if (
                self._lost is None and self._arrived.is_set()
            ):  # what a browser says of a page that can't be reached is no page of the build's
                self._lost = asyncio.get_running_loop().call_later(LOST_S, self._is_lost)
            return
        if self._lost is not None:
            self._lost.cancel()
            self._lost = None
        self._arrived.set()
        if view.page is not self._pictured and self._on_window is not None and not seen.hidden:
            self._pictured = view.page
            self._spawn(self._take_picture(view.page, self._on_window))
        self._show(self._dialogs.before(view), at_ms)

    def _look_again(self) -> None:
        """Something that is no part of the document has changed."""
        self._look(self._clock.now())

    def _flooded(self) -> None:
        self._blame(SubjectHung(self._says(f"opened more than {MOST} dialogs of the browser's")))

    def _show(self, view: View, at_ms: int) -> None:
        self._seq += 1
        self._view = bounded(msgspec.structs.replace(view, seq=self._seq))
        self._shown.set()
        if self._on_change is not None:
            self._on_change(self._view, at_ms)

    async def _come(self, what: asyncio.Event) -> None:
        """Returns once it has come. Raises the `SubjectError` where it does not."""
        try:
            async with asyncio.timeout(SHOWS_S):
                await what.wait()
        except TimeoutError:
            self._is_lost()
        self._running_or_raise()

    def _is_lost(self) -> None:
        seen = self._seen
        there = "nothing" if seen is None else f"the headings {list(seen.headings)} and {sentence(seen.text, LISTED)}"
        self._blame(
            SubjectBabbled(self._says(f"shows {there}, which no word for a page stands in; map it in the labels"))
        )

    # -- the page's clock and its life ---------------------------------------------------------------------------

    def _world_made(self, event: dict[str, Any]) -> None:
        context = event["context"]
        if context.get("name") == WORLD:
            self._world = context["id"]
            self._page_clock = PageClock()
            self._spawn(self._probe(PROBES_AT_FIRST))

    async def _probe(self, times: int = 1) -> None:
        """Asks the page for its time. Raises Playwright's `Error` where the document has just gone."""
        for _ in range(times):
            world, before = self._world, self._clock.now()
            said = await self._evaluate("performance.now()")
            if world == self._world:
                self._page_clock.probed(before, float(said), self._clock.now() + 1)

    async def _keep_asking(self) -> None:
        """A page that does not answer for long runs no more, unless a dialog holds it up."""
        while True:
            await asyncio.sleep(PROBE_S)
            try:
                async with asyncio.timeout(ANSWERS_S):
                    with contextlib.suppress(Error):
                        await self._probe()
            except TimeoutError:
                if not self._dialogs.standing:
                    self._blame(
                        SubjectHung(self._says(f"did not answer for {ANSWERS_S:g} s: its scripts don't return"))
                    )
                    return

    async def _keep_glancing(self) -> None:
        """Looks at the live picture, as long as the lesson's page is on show."""
        while True:
            await asyncio.sleep(GLANCE_S)
            view, seen, window, tell = self._view, self._seen, self._window, self._on_window
            if view is None or seen is None or window is None or tell is None or view.page is not ViewPage.LESSON:
                continue
            if seen.hidden or window.printing:
                continue
            asked = self._clock.now()
            with contextlib.suppress(Error, TimeoutError):  # the page went on meanwhile
                tell(Glimpse(await window.picture(), asked, self._clock.now()))

    async def _take_picture(self, page: ViewPage, tell: OnWindow) -> None:
        """What a page looks like once it stands."""
        await asyncio.sleep(STANDS_S)
        at, window = self._clock.now(), self._window
        if window is None or window.printing or self._view is None or self._view.page is not page:
            return
        with contextlib.suppress(TimeoutError):
            tell(Seen(page, await window.whole(), at))

    async def _wake(self) -> None:
        """Any look at the devices, from whichever world, makes Chromium notice what came or went."""
        for seconds in WAKES_S:
            await asyncio.sleep(seconds)
            with contextlib.suppress(Error):
                await self._evaluate("void navigator.mediaDevices?.enumerateDevices()")

    async def _evaluate(self, expression: str) -> Any:
        """In the observer's world. Raises Playwright's `Error` where there is none any more."""
        if self._world is None:
            raise Error("the page is not there yet")
        question = {"expression": expression, "contextId": self._world, "returnByValue": True}
        answer = await self._send("Runtime.evaluate", question)
        if "exceptionDetails" in answer:
            raise Error(str(answer["exceptionDetails"].get("exception", {}).get("description", "it threw"))[:300])
        return answer["result"].get("value")

    async def _send(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if self._session is None:
            raise Error("the browser is gone")
        answer: dict[str, Any] = await self._session.send(method, params)
        return answer

    # -- whom the page asks ----------------------------------------------------------------------------------------

    def _requested(self, request: Request) -> None:
        self._contacted(request.url)

    def _contacted(self, url: str) -> None:
        parts = urlsplit(url)
        if (
            self._on_contact is not None
            and self.alive
            and parts.hostname
            and parts.scheme in ("http", "https", "ws", "wss")
        ):
            self._on_contact(parts.hostname, parts.port or (443 if parts.scheme in ("https", "wss") else 80))

    # -- ends ------------------------------------------------------------------------------------------------------

    def _learn(self, devices: tuple[Device, ...]) -> None:
        self._devices = devices
        if self._hands is not None:
            self._hands.labels = {device.id: device.label for device in devices}

    def _running(self, method: str) -> tuple[Page, Hands]:
        self._running_or_raise()
        if self._page is None or self._hands is None or self._ended:
            raise SubjectDied(self._says(f"is not open; start it before `{method}`"))
        return self._page, self._hands

    def _running_or_raise(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # it may have been cancelled before its first step

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        with contextlib.suppress(Error):  # the page went away under it: what is shown next, or nothing, tells
            await work

    def _browser_ended(self) -> None:
        ending = "ended" if self._chromium is None else self._chromium.ending
        self._blame(SubjectDied(self._says(f"has lost its browser, which {ending}")))

    def _end_with(self, fault: SubjectError) -> SubjectError:
        self._blame(fault)
        return self._fault or fault

    def _blame(self, fault: SubjectError) -> None:
        if self._fault is None and not self._ended:
            self._fault = fault
            self._shown.set()
            self._arrived.set()
            if self._on_fault is not None:
                self._on_fault(fault)

    def _says(self, what: str) -> str:
        return f"the {self.role.value} page {what}"
