"""A world in virtual time for the reference client: the exam service called directly, made-up devices, a network that can be cut."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import random
import uuid
from collections.abc import Callable
from pathlib import Path

from clients.headless.core import Core
from clients.headless.laptop import Laptop
from clients.headless.phone import Phone
from clients.headless.storage import MemoryStorage
from harness.core.plan import Plan, Track, parse_plan
from harness.core.platform import Entrant, HeldSegment
from harness.core.script import Misbehaviour
from harness.core.timeline import Timeline
from harness.protocol.capture import CaptureError, Device, DeviceState
from harness.protocol.client import Cancel, DoResult, Send
from harness.protocol.messages import Response
from harness.protocol.vocabulary import Act, Page, Role, View
from harness.service.application import Answer, Application
from harness.service.pushes import EventStream
from harness.service.store import MemoryStore

EXAMS = Path(__file__).parents[2] / "exams"
DEVICES = {
    Role.LAPTOP: (
        Device(id="camera-1", kind="camera", label="Camera", facing="user"),
        Device(id="camera-2", kind="camera", label="Other camera", facing="user"),
        Device(id="screen-1", kind="screen", label="Screen"),
        Device(id="microphone-1", kind="microphone", label="Microphone"),
    ),
    Role.PHONE: (
        Device(id="phone-back", kind="camera", label="Back", facing="environment"),
        Device(id="phone-front", kind="camera", label="Front", facing="user"),
        Device(id="phone-microphone", kind="microphone", label="Phone microphone"),
    ),
}
DELAY = 3  # ms each way
TICKET = "ticket-1"


def plan(name: str = "heshan-2022") -> Plan:
    path = EXAMS / f"{name}.toml"
    return parse_plan(path.read_text(encoding="utf-8"), path.name)


class Tape:
    """A recorder that writes a line each tenth of a second: what was recorded when can be read off."""

    mime = "video/mp4"
    pace_ms = 500

    def __init__(self, capture: FakeCapture, source: str, now: int) -> None:
        self.capture, self.source, self.at = capture, source, now

    def advance(self, now: int) -> bytes:
        if self.source.partition("+")[0] in self.capture.broken:
            raise CaptureError("gone")
        lines = b""
        while self.at <= now:
            lines += f"{self.source} {self.at} {'x' * self.capture.padding}\n".encode()
            self.at += 100
        return lines

    def stop(self, now: int) -> bytes:
        self.capture.open.discard(self.source)
        return self.advance(now)


class FakeCapture:
    def __init__(self) -> None:
        self.open: set[str] = set()
        self.broken: set[str] = set()
        self.states: dict[str, DeviceState] = {}
        self.padding = 40

    def check(self, device: str, now: int) -> DeviceState:
        del now
        return self.states.get(device, DeviceState(state="working"))

    def still(self, camera: str, now: int) -> bytes:
        return b"\xff\xd8\xff\xe0" + f"{camera} {now}".encode()

    def record(self, *, video: str, microphone: str | None, now: int) -> Tape:
        source = video + (f"+{microphone}" if microphone else "")
        self.open.add(source)
        return Tape(self, source, now)


@dataclasses.dataclass
class Client:
    """One running client."""

    core: Core
    capture: FakeCapture
    role: Role
    waiting: dict[int, EventStream | None] = dataclasses.field(default_factory=dict)
    alive: bool = True
    views: list[tuple[int, View]] = dataclasses.field(default_factory=list)
    ticking: int | None = None


class World:
    """Exam time in ms; the service's clock is the same, each client's own has another origin."""

    def __init__(
        self,
        exam_plan: Plan | None = None,
        track: Track = "ordinary",
        *,
        misbehaviour: tuple[Misbehaviour, ...] = (),
        begins: int | None = None,
        laptop_type: type[Laptop] = Laptop,
    ) -> None:
        self.plan = exam_plan or plan().at_scale()
        self.now = self.plan.windows.login_opens - 1_500 if begins is None else begins
        self.service = Application(MemoryStore())
        self.entrant = Entrant(
            ticket=TICKET, name="考生甲", admission_number="A0001", id_number="X", phone="13000000000", track=track
        )
        self.exam = self.service.configure(
            self.plan, [self.entrant], exam_now=self.now, now=self.now, misbehaviour=misbehaviour
        )
        self.storages = {role: MemoryStorage() for role in (Role.LAPTOP, Role.PHONE)}
        self.down: set[Role] = set()  # nothing gets through: connections are refused, those that stand are reset
        self.requests: list[tuple[int, Role, str, str]] = []
        self.sent: list[tuple[int, Role, Send]] = []
        self._random = random.Random(1)
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._laptop_type = laptop_type
        self.clients: dict[Role, Client] = {}

    def mint(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    # -- clients -----------------------------------------------------------------------------------------------------

    def start(self, role: Role) -> Client:
        capture, storage = FakeCapture(), self.storages[role]
        core: Core
        if role is Role.LAPTOP:
            core = self._laptop_type(ticket=TICKET, storage=storage, capture=capture, mint=self.mint)
        else:
            core = Phone(storage=storage, capture=capture, mint=self.mint)
        client = self.clients[role] = Client(core, capture, role)
        core.devices(DEVICES[role], self._own())
        core.start(self._own())
        self._after(client)
        return client

    def kill(self, role: Role) -> None:
        client = self.clients.pop(role)
        client.alive = False
        for stream in client.waiting.values():
            if stream is not None:
                stream.close(self.now)

    def cut(self, role: Role) -> None:
        """The network of that device is down; whatever was on its way breaks."""
        self.down.add(role)
        client = self.clients[role]
        for key, stream in list(client.waiting.items()):
            if stream is not None:
                stream.close(self.now)
            del client.waiting[key]
            client.core.replied(key, "reset", self._own())
        self._after(client)

    def mend(self, role: Role) -> None:
        self.down.discard(role)

    @property
    def laptop(self) -> Laptop:
        core = self.clients[Role.LAPTOP].core
        assert isinstance(core, Laptop)
        return core

    def view(self, role: Role = Role.LAPTOP) -> View:
        return self.clients[role].core.view()

    def do(self, act: Act, role: Role = Role.LAPTOP, **args: str) -> DoResult:
        client = self.clients[role]
        result = client.core.do(act, args, self._own())
        self._after(client)
        return result

    def plug(self, role: Role, *devices: Device) -> None:
        client = self.clients[role]
        client.core.devices(devices, self._own())
        self._after(client)

    def _own(self) -> int:
        return self.now + 7_000_000

    def _after(self, client: Client) -> None:
        view = client.core.view()
        if not client.views or client.views[-1][1].seq != view.seq:
            client.views.append((self.now, view))
        for item in client.core.outbox():
            if isinstance(item, Cancel):
                stream = client.waiting.pop(item.key, None)
                if stream is not None:
                    stream.close(self.now)
            else:
                self._carry(client, item)
        wake = client.core.next_wakeup()
        if wake is not None:
            at = max(self.now, wake - 7_000_000)
            if client.ticking is None or at < client.ticking or client.ticking <= self.now:
                client.ticking = at
                self._at(at, lambda: self._tick(client, at))

    def _tick(self, client: Client, at: int) -> None:
        if client.alive and client.ticking == at:
            client.ticking = None
            client.core.tick(self._own())
            self._after(client)

    # -- the wire ----------------------------------------------------------------------------------------------------

    def _carry(self, client: Client, send: Send) -> None:
        self.requests.append((self.now, client.role, send.request.method, send.request.path))
        self.sent.append((self.now, client.role, send))
        client.waiting[send.key] = None
        self._at(self.now + DELAY, lambda: self._arrive(client, send))

    def _arrive(self, client: Client, send: Send) -> None:
        if send.key not in client.waiting or not client.alive:
            return
        if client.role in self.down:
            del client.waiting[send.key]
            client.core.replied(send.key, "unreachable", self._own())
            self._after(client)
            return
        if send.stream:
            opened = self.service.open_events(self.now, send.request)
            if isinstance(opened, EventStream):
                client.waiting[send.key] = opened
                self._push(client)
                return
            answer: Answer = opened
        else:
            answer = self.service.handle(self.now, send.request)
        late = answer.delay_ms >= send.timeout_ms
        delay = send.timeout_ms if late else answer.delay_ms + DELAY
        self._at(self.now + delay, lambda: self._reply(client, send, None if late else answer.response))
        for other in list(self.clients.values()):
            self._push(other)

    def _reply(self, client: Client, send: Send, response: Response | None) -> None:
        if send.key in client.waiting and client.alive:
            del client.waiting[send.key]
            client.core.replied(send.key, response or "timeout", self._own())
            self._after(client)

    def _push(self, client: Client) -> None:
        for key, stream in list(client.waiting.items()):
            for push in stream.take() if stream is not None else []:
                client.core.pushed(key, push, self._own())
                self._after(client)

    # -- time --------------------------------------------------------------------------------------------------------

    def _at(self, when: int, call: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (when, next(self._order), call))

    def run(self, until: int) -> None:
        """Exam time goes on to that moment."""
        while True:
            due = self.service.next_wakeup()
            nearest = min(until, self._queue[0][0] if self._queue else until, until if due is None else due)
            self.now = max(self.now, nearest)
            if due is not None and due <= self.now:
                self.service.tick(self.now)
                for client in list(self.clients.values()):
                    self._push(client)
            elif self._queue and self._queue[0][0] <= self.now:
                heapq.heappop(self._queue)[2]()
            else:
                return

    def until(self, holds: Callable[[], bool], within: int = 60_000) -> int:
        """Goes on from event to event until that holds; the exam time at which it did."""
        end = self.now + within
        while not holds():
            assert self.now < end, f"did not come true within {within} ms"
            self.run(min(end, self._queue[0][0]) if self._queue else end)
        return self.now

    def page(self, page: Page, role: Role = Role.LAPTOP, within: int = 60_000) -> int:
        return self.until(lambda: self.view(role).page is page, within)

    def press(self, act: Act, role: Role = Role.LAPTOP, **args: str) -> None:
        """Once it can be pressed."""
        self.until(lambda: self.view(role).enabled(act))
        result = self.do(act, role, **args)
        assert result.status == "done", result

    def timeline(self) -> Timeline:
        return Timeline(self.service.observations(self.exam))

    def held(self) -> list[HeldSegment]:
        return self.service.recordings(self.exam, TICKET)

    def bytes_held(self, recording: str) -> bytes:
        upload = next(item for item in self.held() if item.upload == recording)
        return Path(upload.path).read_bytes()

    # -- a candidate's way -------------------------------------------------------------------------------------------

    def log_in(self) -> None:
        self.start(Role.LAPTOP)
        self.start(Role.PHONE)
        self.press(Act.PROCEED)
        self.press(Act.CONSENT)
        self.press(Act.LOGIN)
        self.page(Page.BIND)

    def bind(self) -> None:
        self.press(Act.SHOW_CODE)
        binding = self.view().binding
        assert binding is not None
        self.do(Act.TYPE_CODE, Role.PHONE, code=binding.code)
        self.press(Act.PROCEED)

    def read(self) -> None:
        for item in self.view().attachments:
            self.do(Act.OPEN, id=item.id)
            self.press(Act.READ, id=item.id)
        self.press(Act.PROCEED)

    def enter(self) -> None:
        """From the start to the waiting page."""
        self.log_in()
        self.bind()
        self.read()
        self.press(Act.ENTER)
        self.press(Act.WAIT)

    def stop_phone(self) -> None:
        self.do(Act.STOP, Role.PHONE)
        if self.view(Role.PHONE).enabled(Act.CONFIRM):
            self.do(Act.CONFIRM, Role.PHONE)
