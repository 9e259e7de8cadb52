"""What the ideal laptop knows, what it lets be pressed, and what it tells the candidate; nothing here waits or asks.

Law: a control is enabled exactly while its press would be taken. `forget` is what a killed client loses; all else is on the device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from harness.core.events import Machine, QrRead
from harness.core.script import DeviceSpec, Script
from harness.core.view import RUNNING, Act, AlertCode, Page, Role, Stream, View
from harness.simulation.client import Client
from harness.simulation.course import Course
from harness.simulation.laptop_view import AFTER, COUNTED, IN_INTERVIEW, counting, draw
from harness.simulation.network import Network
from harness.simulation.pages import CONDITIONAL, OFFERS, STAGE_OF
from harness.simulation.service import Service
from harness.simulation.wording import clock_time
from harness.simulation.world import World

MACHINE: Final = Machine(role=Role.LAPTOP, cores=4, memory_gib=8)  # the ideal computer


class LaptopState(Client):
    """The laptop without its behaviour."""

    role = Role.LAPTOP
    source = "laptop"
    first_page = Page.CHECK

    def __init__(self, world: World, network: Network, service: Service) -> None:
        super().__init__(world, network, service, (Stream.CAMERA, Stream.SCREEN))
        self.course = Course(world.plan, world.script.track)
        service.ends = lambda: self.course.ends
        self.consented: bool | None = None
        self.logged_in = False
        self.bound = False
        self.opened_files: tuple[str, ...] = ()
        self.read_files: tuple[str, ...] = ()
        self.entered_ms: int | None = None
        self.not_readmitted = False
        self.chosen: dict[str, str] = {}
        self.in_use: dict[str, str] = {}
        self.listed: tuple[DeviceSpec, ...] = ()
        self._shown_devices: tuple[tuple[str, str, str, bool], ...] | None = None  # of `listed` and `chosen`
        self.overdue = False
        self.has_camera = self.has_microphone = False
        self._qr_shown = ""  # the QR code that stands there, as a picture
        self.scanned = ""  # ... and what it says
        self._shortcomings = _shortcomings(world.script)
        self.forget()

    def forget(self) -> None:
        """What a killed client does not remember."""
        self.refusal: AlertCode | None = None
        self.question = ""
        self.code = ""
        self.code_shown = False
        self.asking = False
        self.not_loaded = False
        self.not_read = False
        self.untold: frozenset[str] = frozenset()  # attachments whose 已阅 the service has not taken yet
        self.entering = False  # as soon as it has
        self.closing = False
        self.entering_again = False
        self.help: str | None = None  # the desk's answer; empty while there is none

    # -- readings ------------------------------------------------------------------------------------------------------

    def plugged(self, kind: str) -> list[DeviceSpec]:
        """The laptop's devices of that kind, present now."""
        return [each for each in self.present() if each.kind == kind]

    @property
    def extended(self) -> bool:
        """A second display stands beside the laptop's own."""
        return any(each.kind == "display" for each in self.world.devices.values())

    def present(self) -> list[DeviceSpec]:
        """The laptop's cameras, microphones and screen that are plugged in now."""
        return [each for each in self.world.devices.values() if each.role is Role.LAPTOP and each.kind != "display"]

    def look_at_devices(self) -> None:
        """What is present now and works, for the check and the lists."""
        kinds = [each.kind for each in self.present() if self.world.works(each)]
        self.has_camera, self.has_microphone = "camera" in kinds, "microphone" in kinds

    @property
    def all_read(self) -> bool:
        """Every attachment is 已阅."""
        return len(self.read_files) == len(self.world.plan.attachments)

    @property
    def complete(self) -> bool:
        """The service holds every byte of every recording of this client."""
        return all(segment.finished for tape in self.tapes.values() for segment in tape.segments)

    def lost(self) -> list[str]:
        """The kinds of device that are to be recorded and whose chosen one is not there."""
        present = self.world.devices
        lost = [kind for kind, device in self.in_use.items() if device not in present]
        return lost if not self.in_use or "screen" in self.in_use else [*lost, "screen"]

    # -- what can be pressed -------------------------------------------------------------------------------------------

    def can(self, act: Act) -> bool:
        """Whether a press of that control, which the page offers, would be taken."""
        condition = _CONDITIONS.get(act)
        return condition is None or condition(self)

    def _can_proceed(self) -> bool:
        if self.page is Page.CHECK:
            return self.up and self.has_camera and self.has_microphone
        return self.bound if self.page is Page.BIND else self.all_read

    def _can_consent(self) -> bool:
        return not self.consented

    def _can_log_in(self) -> bool:
        windows = self.world.plan.windows
        return bool(self.consented) and self.has_camera and windows.login_opens <= self.world.now < windows.entry_closes

    def _can_read(self) -> bool:
        return len(self.read_files) < len(self.opened_files)

    def _can_enter(self) -> bool:
        windows = self.world.plan.windows
        return windows.entry_opens <= self.world.now < windows.entry_closes and self.bound and self.all_read

    def _can_start(self) -> bool:
        starts = self.course.lesson_from
        return starts is None or self.world.now < starts

    def _can_finish(self) -> bool:
        return self.page is not Page.LESSON or self.course.lesson_ended is None

    def _can_fetch(self) -> bool:
        return not self.question

    def _can_retry(self) -> bool:
        return self.trouble if self.page is Page.UPLOAD else not self.published

    # -- what is shown -------------------------------------------------------------------------------------------------

    def facts(self) -> tuple[Any, ...]:
        """Every fact that the view depends on, in the order of `Shown`; a bare tuple, since most change nothing and are never drawn."""
        page = self.page
        nothing: tuple[Any, ...] = ()
        devices = attachments = opened = read = progress = nothing
        opens, question, camera, microphone, counted = "", "", True, True, None
        if page in COUNTED:
            camera, microphone, counted = self.has_camera, self.has_microphone, self._counted()
            if page is not Page.WAITING:
                devices, question = self._devices(), self.question
        elif page is Page.ATTACHMENTS:
            attachments, opened, read = self.world.plan.attachments, self.opened_files, self.read_files
        elif page is Page.LOGIN or page is Page.LOBBY:
            opens = self._opens()
            if page is Page.LOGIN:
                devices = tuple([each for each in self._devices() if each[1] == "camera" and each[3]])
        elif page is Page.CHECK:
            camera, microphone = self.has_camera, self.has_microphone
        elif page is Page.DEVICES:
            devices = self._devices()
        elif page in AFTER:
            progress = self._progress()
        return (
            page,
            tuple([condition(self) for condition in _CONDITIONAL[page]]),
            self.asking,
            self.online,
            self._codes(),
            self.contact,
            opens,
            self.help or "",
            camera,
            microphone,
            devices,
            attachments,
            opened,
            read,
            self.logged_in,
            self.bound,
            self.code if self.code_shown else "",
            self._payload() if self.code and (self.code_shown or page is Page.BIND) else "",
            question,
            progress,
            counted,
        )

    def picture(self, facts: tuple[Any, ...]) -> View:
        """The view of these facts, now."""
        view, counted = draw(facts), facts[-1]
        if counted is None:
            return view
        start, end = counted
        return replace(view, countdowns=(counting(view.page, end - self.world.now, end - start),))

    def show(self) -> None:
        """Shows what is to be shown now; a scanner can read a QR code as soon as it stands there."""
        super().show()
        view = self.view
        if view is None:
            return
        picture = "" if view.binding is None else view.binding.qr_png
        if picture != self._qr_shown:
            self._qr_shown, self.scanned = picture, self._payload() if picture else ""
            if picture:
                self.world.note("harness", QrRead(role=self.role, text=self.scanned))

    def _counted(self) -> tuple[int, int] | None:
        """From when to when the page's countdown runs."""
        page = self.page
        if page is Page.WAITING:
            return int(self.world.plan.windows.entry_opens), 0
        wanted, now = STAGE_OF[page], self.world.now
        for stage, start, end in self.course.stages:
            if stage is wanted:
                return (start, end) if start <= now < end else None
        return None

    def _opens(self) -> str:
        plan = self.world.plan
        opens = plan.windows.login_opens if self.page is Page.LOGIN else plan.windows.entry_opens
        return clock_time(plan.starts, int(opens)) if self.world.now < opens else ""

    def _devices(self) -> tuple[tuple[str, str, str, bool], ...]:
        if self._shown_devices is None:
            chosen = self.chosen
            self._shown_devices = tuple(
                [(each.id, each.kind, each.label, chosen.get(each.kind) == each.id) for each in self.listed]
            )
        return self._shown_devices

    def _payload(self) -> str:
        """The QR code stands on its page until a phone is bound, and wherever the code is asked for."""
        return self.service.payload if self.code_shown or not self.bound else ""

    def _progress(self) -> tuple[tuple[Stream, int, int, bool], ...]:
        return tuple([tape.progress() for tape in self.tapes.values()])

    # -- what is said --------------------------------------------------------------------------------------------------

    def _codes(self) -> tuple[AlertCode, ...]:
        """What the candidate is told, beside an outage."""
        page = self.page
        if page is Page.LOGIN or page is Page.LOBBY:
            codes = self._gate()
        elif page in IN_INTERVIEW:
            codes = [AlertCode.NOT_LOADED] if page in RUNNING and not self.question else []
            codes += dict.fromkeys(
                AlertCode.NO_SCREEN if kind == "screen" else AlertCode.DEVICE_LOST for kind in self.lost()
            )
            if self.asking:
                codes.append(AlertCode.CONFIRM_FINISH)
        elif page in AFTER:
            codes = self._aftermath()
        else:
            codes = self._preliminaries()
        if self.help is not None:
            codes.append(AlertCode.HELP_ANSWER if self.help else AlertCode.HELP_SENT)
        if self.closing:
            codes.append(AlertCode.UPLOAD_RUNNING)
        return tuple(codes) if codes else ()

    def _preliminaries(self) -> list[AlertCode]:
        """The pages before entry that have no gate."""
        codes = []
        if self.page is Page.CHECK:
            if not self.has_camera:
                codes.append(AlertCode.NO_CAMERA)
            if not self.has_microphone:
                codes.append(AlertCode.NO_MICROPHONE)
            codes += self._shortcomings
        elif self.page is Page.ATTACHMENTS:
            if self.not_loaded:
                codes.append(AlertCode.NOT_LOADED)
            if self.not_read:
                codes.append(AlertCode.NOT_READ)
        return codes

    def _gate(self) -> list[AlertCode]:
        """Why login or entry is closed."""
        windows, login, now = self.world.plan.windows, self.page is Page.LOGIN, self.world.now
        codes = []
        if now < (windows.login_opens if login else windows.entry_opens):
            codes.append(AlertCode.TOO_EARLY)
        elif now >= windows.entry_closes:
            codes.append(AlertCode.TOO_LATE)
        if login and not self.has_camera:
            codes.append(AlertCode.NO_CAMERA)
        if not login and not self.bound:
            codes.append(AlertCode.NOT_BOUND)
        if self.refusal is not None:
            codes.append(self.refusal)
        return codes

    def _aftermath(self) -> list[AlertCode]:
        """What is said once the interview is over."""
        codes = [AlertCode.STOP_PHONE]
        if self.not_readmitted:
            codes.append(AlertCode.TOO_LATE)
        if self.page is Page.DONE:
            codes.append(AlertCode.UPLOAD_DONE)
        else:
            codes += [AlertCode.UPLOAD_FAILED] if self.trouble else []
            codes += [AlertCode.UPLOAD_OVERDUE] if self.overdue else []
        if self.entering_again:
            codes.append(AlertCode.ENDED)
        return codes


def _shortcomings(script: Script) -> list[AlertCode]:
    """What this computer lacks for the exam."""
    asked = script.plan.system
    below = asked.cores > MACHINE.cores or asked.memory_gib > MACHINE.memory_gib
    found = [AlertCode.SYSTEM_BELOW_MINIMUM] if below else []
    return [*found, AlertCode.LOW_BATTERY] if script.battery == "low" else found


_CONDITIONS: Final[dict[Act, Callable[[LaptopState], bool]]] = {
    Act.PROCEED: LaptopState._can_proceed,
    Act.CONSENT: LaptopState._can_consent,
    Act.DECLINE: LaptopState._can_consent,
    Act.LOGIN: LaptopState._can_log_in,
    Act.READ: LaptopState._can_read,
    Act.ENTER: LaptopState._can_enter,
    Act.START: LaptopState._can_start,
    Act.FINISH: LaptopState._can_finish,
    Act.FETCH_QUESTION: LaptopState._can_fetch,
    Act.RETRY: LaptopState._can_retry,
}
_CONDITIONAL: Final = {
    page: tuple(_CONDITIONS[act] for act in acts if act in CONDITIONAL) for page, acts in OFFERS.items()
}
