"""The `web` driver: one page of a build in one browser, watched by an observer that the page can't see, played as a person plays it.

Laws: what is shown is what the observer told (`eye`), stamped by the page's own clock and mapped to the harness's; an act presses the
button of that name where a person could press it, and nothing else; nothing is patched into the build; a page that never loads,
loops, opens dialogs without end, crashes its renderer or shows what no word knows ends with that sentence; `kill` ends the browser's process
group with its profile kept, as a restart needs it. Implements `drivers.driver.Driver`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from playwright.async_api import Browser, Error, Page, Playwright

from harness.core.clock import Clock
from harness.core.errors import HarnessError, SubjectBabbled, SubjectDied, SubjectError, SubjectHung
from harness.core.view import Act, AlertCode, Role, View
from harness.drivers.bounds import bounded, sentence
from harness.drivers.driver import OnChange, OnContact, OnFault
from harness.drivers.keeping import Kept
from harness.drivers.manifest import DeviceSubject
from harness.drivers.web.chromium import Chromium, Machine, emulate, too_old
from harness.drivers.web.codes import CodePictures
from harness.drivers.web.dialogs import MOST, Dialogs
from harness.drivers.web.eye import Eye
from harness.drivers.web.hands import Hands
from harness.drivers.web.looks import Looks
from harness.drivers.web.reach import asked, opened, reloaded, unreached
from harness.drivers.web.reading import Snapshot, read
from harness.drivers.web.window import OnWindow, Window
from harness.drivers.web.words import words_of
from harness.protocol.capture import Device
from harness.protocol.client import DoResult
from harness.protocol.control import ACTS, PROTOCOL, Devices, Initialized, Open

CONNECTS_S: Final = 30.0  # it takes 0.3 s, and a few seconds where browsers wait for a core
SHOWS_S: Final = 10.0  # after it was loaded, a page that the words know is on show
LOST_S: Final = 3.0  # for so long a page may stand that no word knows
SHARES_AGAIN_S: Final = (1.0, 1.5)  # between looks whether the screen is shared by then
FILM_S: Final = 20.0  # a film of half a minute is written in 0.2 to 0.7 s
LISTED: Final = 200  # characters of a page that a fault quotes

T = TypeVar("T")


class WebDriver:
    """One run of one page. `titles` maps an attachment's id to its title, by which a candidate finds it; `on_contact` hears of hosts.

    `film`: a file for Playwright's trace, written as the candidate closes the browser. It holds what was done and a film of the page, and no
    snapshots of the document, for which Playwright would put a script of its own among the page's.
    """

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
        film: Path | None = None,
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
        self._film = film
        self._looks: Looks | None = None
        self._chromium: Chromium | None = None
        self._browser: Browser | None = None
        self._page: Page | None = None
        self._hands: Hands | None = None
        self._devices: tuple[Device, ...] = ()
        self._known: dict[str, Device] = {}  # whatever was ever plugged in: a page may still list what is gone
        self._eye = Eye(clock, spawn=self._spawn, on_seen=self._saw, on_fault=self._blame, says=self._says)
        self._seen: Snapshot | None = None
        self._view: View | None = None
        self._shown = asyncio.Event()  # there is a view,
        self._arrived = asyncio.Event()  # and it is the page's own
        self._seq = 0
        self._codes = CodePictures(self._eye.send, self._spawn, self._look_again)
        self._dialogs = Dialogs(self._words, self._spawn, self._look_again, self._flooded)
        self._lost: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: SubjectError | None = None
        self._failed = asyncio.Event()  # there is a fault
        self._ended = False

    @property
    def alive(self) -> bool:
        """Started, and neither closed, killed, dead nor at fault."""
        return self._page is not None and not self._ended and self._fault is None

    @property
    def pid(self) -> int | None:
        """The browser's process id; None before `start`."""
        return None if self._chromium is None else self._chromium.pid

    @property
    def devtools(self) -> str:
        """The address at which another browser finds this one's DevTools; empty before `start`."""
        return "" if self._chromium is None else self._chromium.devtools

    # -- what the session calls ----------------------------------------------------------------------------------

    async def start(self, state_dir: Path) -> Initialized:
        """Starts a browser with its profile in that folder. Raises `HarnessError` where there is none that will do, and `SubjectError`."""
        self._chromium = Chromium(self._browser_ended)
        try:
            endpoint = await self._chromium.start(state_dir / "profile", self._machine)
            async with asyncio.timeout(CONNECTS_S):  # Playwright itself would wait for a browser that never answers
                await self._connect(endpoint)
        except TimeoutError as error:
            await self.kill()
            raise HarnessError(
                f"Chromium did not let itself be driven within {CONNECTS_S:g} s; run it again"
            ) from error
        except Error as error:
            await self.kill()
            raise HarnessError(f"Chromium did not let itself be driven: {sentence(error.message)}") from error
        except BaseException:
            await self.kill()
            raise
        self._spawn(self._eye.keep_asking(lambda: (self._dialogs.count, self._dialogs.standing)))
        if self._looks is not None:
            self._spawn(self._looks.keep_glancing())
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
        self._hands = Hands(page, self._eye.evaluate, self._eye.send, self._words, self._titles)
        page.on("crash", lambda _: self._blame(SubjectDied(self._says("crashed its renderer"))))
        page.on("close", lambda _: self._blame(SubjectDied(self._says("was closed"))))
        page.on("dialog", self._dialogs.asked)
        page.on("websocket", lambda socket: self._contacted(socket.url))
        context.on("request", lambda request: self._contacted(request.url))
        window = Window(page, self._eye.send, lambda: self._eye.world)
        self._looks = Looks(
            window,
            self._words,
            self._clock,
            tell=self._on_window,
            spawn=self._spawn,
            shown=lambda: (self._view, self._seen),
        )
        session = await context.new_cdp_session(page)
        if self._machine.emulated:
            await emulate(session, self.role.device)
        await self._eye.open(session)
        if self._film is not None:
            await context.tracing.start(screenshots=True)
        await page.bring_to_front()

    async def open(self, opening: Open) -> None:
        """The candidate opens the page and types the code that the organiser gave. Raises a `SubjectError`."""
        page, hands = self._running("open")
        self._learn(opening.devices)
        address = self._subject.url.replace("{service}", opening.service_url)
        try:
            there = await self._unless_failed(opened(page, address, self._show_unreached))
        except Error as error:
            fault = SubjectHung(self._says(f"did not load: {sentence(error.message.splitlines()[0])}; open it by hand"))
            raise self._end_with(fault) from error
        if there:
            await self._unless_failed(self._begin(hands, opening.ticket))
        else:
            self._spawn(self._open_again(page, hands, address, opening.ticket))

    async def _unless_failed(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of it; raises the `SubjectError` at once where the page fails meanwhile."""
        working = asyncio.ensure_future(work)
        failing = asyncio.ensure_future(self._failed.wait())
        try:
            await asyncio.wait({working, failing}, return_when=asyncio.FIRST_COMPLETED)
            self._running_or_raise()
            return await working
        finally:
            for task in (working, failing):
                task.cancel()
            await asyncio.gather(working, failing, return_exceptions=True)

    async def _begin(self, hands: Hands, ticket: str) -> None:
        """The page is loaded: the candidate waits for it and types the code. Raises a `SubjectError`."""
        await self._come(self._arrived)
        if self._looks is not None:
            await self._looks.at_machine()
        if ticket:
            with contextlib.suppress(Error):  # it goes as it is typed: what is shown next will tell
                await hands.give_ticket(ticket)

    async def _open_again(self, page: Page, hands: Hands, address: str, ticket: str) -> None:
        if await reloaded(page, address, self._show_unreached, goes_on=lambda: self.alive):
            with contextlib.suppress(SubjectError):  # told to `on_fault`
                await self._begin(hands, ticket)

    def _show_unreached(self, message: str) -> None:
        view = unreached(self.role, message)
        if self._view is None or self._view.alerts != view.alerts:
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
        self._spawn(self._eye.wake())
        if screens - before:
            self._spawn(self._share_screen(hands))

    async def _share_screen(self, hands: Hands) -> None:
        """Presses, and presses again while the page still says that it has no screen: the candidate may have had something else in hand."""
        await hands.share_screen()
        for seconds in SHARES_AGAIN_S:
            await asyncio.sleep(seconds)
            if self._view is not None and self._view.says(AlertCode.NO_SCREEN):
                await hands.share_screen()

    async def do(self, act: str, args: dict[str, str]) -> DoResult:
        """The candidate acts: finds the button by its name and presses it. Raises a `SubjectError`."""
        _, hands = self._running("do")
        if act not in ACTS:
            return DoResult("unsupported", "a page has no such act")
        if self._dialogs.standing:
            return await self._dialogs.answer(Act(act))
        try:
            of_window = None if self._looks is None else self._looks.act(Act(act))
            done = await (of_window or hands.act(Act(act), args))
        except asyncio.CancelledError:
            await self.kill()
            raise
        self._running_or_raise()
        return done

    async def remove_second_display(self) -> None:
        """It is pulled out; harmless where the page has gone."""
        if self._looks is not None:
            await self._looks.remove_second_display()

    async def keeps(self) -> tuple[Kept, ...] | None:
        """What the page has in its document and its origin's storage; None where it could not be looked through."""
        return await self._eye.kept()

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
        if self._browser is not None and self._film is not None:
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(FILM_S):
                    await self._browser.contexts[0].tracing.stop(path=self._film)
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

    def _saw(self, seen: Snapshot, at_ms: int) -> None:
        if not self.alive or (self._looks is not None and self._looks.on_paper):
            return  # what stands on paper is not what the candidate sees; the next look tells that
        self._seen = seen
        self._look(at_ms)

    def _look(self, at_ms: int) -> None:
        """What stands on the page is a view, or a page that nobody knows."""
        seen = self._seen
        if seen is None:
            return
        picture = self._codes.of(seen, self._words)
        view = read(
            seen,
            self._words,
            seq=self._seq + 1,
            devices=tuple(self._known.values()),
            titles=self._titles,
            qr_png=picture,
        )
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
        if self._looks is not None and not seen.hidden:
            self._looks.came(view)
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

    def _contacted(self, url: str) -> None:
        address = asked(url)
        if self._on_contact is not None and self.alive and address is not None:
            self._on_contact(*address)

    # -- ends ------------------------------------------------------------------------------------------------------

    def _learn(self, devices: tuple[Device, ...]) -> None:
        self._devices = devices
        self._known |= {device.id: device for device in devices}
        if self._hands is not None:
            self._hands.labels = {device.id: device.label for device in self._known.values()}

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
            self._failed.set()
            self._shown.set()
            self._arrived.set()
            if self._on_fault is not None:
                self._on_fault(fault)

    def _says(self, what: str) -> str:
        return f"the {self.role.value} page {what}"
