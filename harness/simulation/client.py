"""What the ideal laptop and phone have in common: showing views, asking the service, recording, being killed and started again.

Laws: a view is noted when it changed and only then; a countdown's steps change nothing that a candidate could wait for, so they are noted
when the view is left; what is due by exam time is caught up (`advance`) before anything else happens to the client, so that the order of
SimPy's events inside one millisecond decides nothing; a request is repeated at growing intervals until the service has answered it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, Final, Literal, NamedTuple

import simpy
from msgspec.structs import replace

from harness.core.events import Contacted, DeviceChanged, Operation, ProcessChanged, Reported, TlsTried, Viewed, Watched
from harness.core.script import Wait
from harness.core.view import Act, Countdown, Page, Role, Stream, View
from harness.simulation.network import Network
from harness.simulation.pages import TRANSITIONS, Cause
from harness.simulation.recordings import Tape
from harness.simulation.service import Answer, Request, Service
from harness.simulation.world import LONGEST_RETRY_MS, World

# A later press takes the place of what is still being asked for an earlier one.
_REPLACED: Final = frozenset({Operation.LOGIN})
Process = Generator[simpy.Event, Any, None]
Waiting = tuple[Wait, Callable[[], None]]  # a condition on the view, and what to call when it holds
Then = Callable[[Answer], None]


class Outcome(NamedTuple):
    """What became of a press."""

    status: Literal["done", "refused"] = "done"
    reason: str = ""


DONE: Final = Outcome()


class Client:
    """One of the two devices. `page` changes only by the table of transitions."""

    role: Role
    source: Literal["laptop", "phone"]
    first_page: Page

    def __init__(self, world: World, network: Network, service: Service, streams: Iterable[Stream]) -> None:
        self.world = world
        self.network = network
        self.service = service
        self.page = self.first_page
        self.contact = f"{world.plan.contact.phone}（{world.plan.contact.hours}）"  # the desk's telephone and hours
        self.alive = False
        self.life = 0
        self.view: View | None = None
        self._facts: tuple[Any, ...] = ()
        self.tapes = {stream: Tape(stream) for stream in streams}
        self.restarted = world.environment.event()
        self.published = False  # the results are out: recordings may go
        self._newest: dict[Operation, Request] = {}
        self.pressed = False  # a press is being taken: what it changes is shown once, at its end
        self.online = network.up(self.role)
        self.gone_ms = world.now  # when it last lost the network, or its life
        self.trouble = False  # an upload of ours was refused and is being tried again
        self._since = world.now
        self._shown_at = world.now
        self._retried: simpy.Event | None = None
        self._waiting: list[Waiting] = []
        self._opened: dict[str, None] = {}
        network.tell(self.role, self._network_changed)

    # -- for each device to say ----------------------------------------------------------------------------------------

    def facts(self) -> tuple[Any, ...]:
        """Every fact that the view depends on, but for how far a countdown is."""
        raise NotImplementedError

    def picture(self, facts: Any) -> View:
        """The view of these facts, now."""
        raise NotImplementedError

    def advance(self) -> None:
        """Does what has become due by exam time."""

    def watch(self) -> None:
        """From now on it looks at each of the plan's moments, where it goes by them."""

    def opened(self) -> None:
        """The process is up."""
        raise NotImplementedError

    def held(self) -> None:
        """The service has confirmed one more segment."""
        raise NotImplementedError

    def devices_changed(self) -> None:
        """Something was plugged in or pulled out."""
        raise NotImplementedError

    # -- life ----------------------------------------------------------------------------------------------------------

    @property
    def up(self) -> bool:
        """It runs, and reaches the service."""
        return self.alive and self.online

    def start(self) -> None:
        """The candidate opens it, or opens it again."""
        if self.alive:
            return
        self.alive = True
        self.life += 1
        self._since = self.world.now
        self.world.note("harness", ProcessChanged(role=self.role, change="started"))
        if self.life == 1:
            self.world.note("network", Contacted(role=self.role, host="service", own=True))
            if self.world.script.certificate:
                self.world.note("network", TlsTried(role=self.role, outcome="refused"))
        self.opened()
        restarted, self.restarted = self.restarted, self.world.environment.event()
        restarted.succeed()

    def kill(self) -> None:
        """SIGKILL, with all that it was doing."""
        if not self.alive:
            return
        self.advance()
        self._end("killed")
        for tape in self.tapes.values():
            tape.stop(self.world.now)

    def close(self) -> None:
        """The run is over, or the candidate closes it."""
        if self.alive:
            self._end("closed")

    def _end(self, how: str) -> None:
        if self.online:
            self.gone_ms = self.world.now
        self.leave_view()
        self.view, self._facts = None, ()
        self.alive = False
        self.open_devices(())
        self.world.note("harness", ProcessChanged(role=self.role, change="killed" if how == "killed" else "closed"))
        self.world.note("harness", Watched(what=self.role.value), at_ms=self._since, until_ms=self.world.now)

    def open_devices(self, wanted: Iterable[str]) -> None:
        """Exactly these devices are open from now on."""
        present = self.world.devices
        wanted = dict.fromkeys([each for each in wanted if each in present])
        if wanted.keys() == self._opened.keys():
            return
        for device in [each for each in self._opened if each not in wanted]:
            if device in present:
                self.world.note("device", DeviceChanged(device=device, change="released", role=self.role))
            del self._opened[device]
        for device in wanted:
            if device not in self._opened:
                self.world.note("device", DeviceChanged(device=device, change="opened", role=self.role))
                self._opened[device] = None

    def results_published(self) -> None:
        """The service told us that recordings need not be kept any longer."""
        self.published = True
        self.show()

    def _network_changed(self) -> None:
        came_back = not self.online
        self.online = self.network.up(self.role)
        if self.alive and not self.online:
            self.gone_ms = self.world.now
        if self.alive:
            if came_back and self.online:
                self.ask(Operation.SESSION)  # what may have changed meanwhile
            self.advance()
            self.show()
        self.interrupt_uploads()

    def interrupt_uploads(self) -> None:
        """Every PATCH that is under way stops here."""
        for tape in self.tapes.values():
            for segment in tape.segments:
                segment.ring()

    # -- views ---------------------------------------------------------------------------------------------------------

    def turn(self, cause: Cause) -> bool:
        """Leaves the page for that cause, if the table has it."""
        following = TRANSITIONS[self.role.device].get((self.page, cause))
        if following is None:
            return False
        self.page = following
        return True

    def show(self) -> None:
        """Shows what is to be shown now, and wakes whoever waited for it."""
        if self.pressed or not self.alive:
            return
        facts = self.facts()
        if facts == self._facts:
            return
        self.leave_view()
        self._facts = facts
        self.view = view = self.picture(facts)
        self._shown_at = self.world.now
        self.world.note(self.source, Viewed(role=self.role, view=view))
        if self._waiting:
            for waiting in [each for each in self._waiting if each[0].holds(view)]:
                self._waiting.remove(waiting)
                waiting[1]()

    def leave_view(self) -> None:
        """Notes the countdown's steps of the view that is being left."""
        view = self.view
        if view is None or not view.countdowns:
            return
        shown = view.countdowns[0]
        step, now, note = shown.resolution_ms, self.world.now, self.world.note
        at = self._shown_at + shown.remaining_ms
        left = (shown.remaining_ms - 1) // step * step
        while at - left < now and left >= 0:
            ticked = Countdown(stage=shown.stage, remaining_ms=left, resolution_ms=step, rect=shown.rect)
            note(self.source, Viewed(role=self.role, view=replace(view, countdowns=(ticked,))), at_ms=at - left)
            left -= step

    def when(self, wait: Wait, then: Callable[[], None]) -> Waiting | None:
        """None where the condition holds already; otherwise `then`, which only makes plans, is called when it does."""
        self.advance()
        if wait.holds(self.view):
            return None
        waiting = (wait, then)
        self._waiting.append(waiting)
        return waiting

    def give_up(self, waiting: Waiting) -> bool:
        """Nobody waits for that any more; False where it has come by now."""
        self.advance()
        still = [each for each in self._waiting if each is not waiting]
        came = len(still) == len(self._waiting)
        self._waiting = still
        return not came

    # -- requests ------------------------------------------------------------------------------------------------------

    def ask(self, operation: Operation, then: Then | None = None, *, subject: str = "", **detail: str) -> None:
        """Asks the service now, or as soon as it can be reached; `then` hears the answer."""
        self._ask(Request(operation, self.role, subject, detail, None), then)

    def report(self, report: Reported) -> None:
        """Tells the service, after an outage at the latest; a restart doesn't forget it."""
        operation = Operation.STAGE if report.stage is not None else Operation.REPORT
        subject = report.stage.value if report.stage is not None else report.what
        self._ask(Request(operation, self.role, subject, {}, report), None)

    def _ask(self, request: Request, then: Then | None) -> None:
        self._newest[request.operation] = request
        answer = self.service.answer(request) if self.up else None
        if answer is not None and not answer.passing and not answer.late_ms:
            if then is not None:
                then(answer)
        else:
            self.world.environment.process(self._persist(request, then, answer))

    def _persist(self, request: Request, then: Then | None, answer: Answer | None) -> Process:
        """Asks until there is an answer; what a killed client wanted is forgotten, unless it was a report."""
        environment, limits, life = self.world.environment, self.world.plan.limits, self.life
        interval = int(limits.first_retry)
        while True:
            if answer is None:
                if not self.up:  # a connection that broke may be whole again within the same millisecond
                    yield self.network.back(self.role) if self.alive else self.restarted
            elif not answer.passing and answer.late_ms < limits.stall:
                if answer.late_ms:
                    yield environment.timeout(answer.late_ms)
                if then is not None and self.life == life and self.alive:
                    then(answer)
                return
            else:
                yield environment.timeout(interval + (int(limits.stall) if answer.late_ms else 0))
                interval = min(2 * interval, LONGEST_RETRY_MS)
            if self.life != life and request.report is None:
                return
            if request.operation in _REPLACED and self._newest[request.operation] is not request:
                return
            answer = self.service.answer(request) if self.up else None

    def granted(self, operation: Operation, subject: str) -> Process:
        """Waits until the service has granted this; takes no time where it does at once."""
        environment, limits = self.world.environment, self.world.plan.limits
        interval = int(limits.first_retry)
        while True:
            while not self.up:
                yield self.network.back(self.role) if self.alive else self.restarted
            answer = self.service.answer(Request(operation, self.role, subject, {}, None))
            if answer.granted and answer.late_ms < limits.stall:
                if answer.late_ms:
                    yield environment.timeout(answer.late_ms)
                self._troubled(False)
                return
            self._troubled(True)
            if self._retried is None or self._retried.triggered:
                self._retried = environment.event()
            yield environment.timeout(interval + (int(limits.stall) if answer.late_ms else 0)) | self._retried
            interval = min(2 * interval, LONGEST_RETRY_MS)

    def retry(self) -> None:
        """What waits to be tried again is tried at once."""
        if self._retried is not None and not self._retried.triggered:
            self._retried.succeed()

    def _troubled(self, trouble: bool) -> None:
        if trouble is not self.trouble:
            self.trouble = trouble
            self.show()

    # -- presses -------------------------------------------------------------------------------------------------------

    def do(self, act: Act, args: dict[str, str]) -> Outcome:
        """The candidate presses a control, or does what needs none."""
        raise NotImplementedError
