"""The way to the exam service in virtual time: requests over the direct network, the service at its end, and what becomes of both.

Laws: a body that takes long arrives in pieces, as over a socket, so that a connection which breaks, a client that hangs up and a service that is
killed each leave what had arrived; a service that was killed knows what its store had flushed and nothing else; a reply that is not waited for
any more is dropped. Times are exam ms, which are the service's own here. Made by the virtual world, one a run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any, Final, Protocol

import simpy

from harness.core.errors import VivaError
from harness.core.events import Event
from harness.core.platform import Entrant, FaceMatcher, HeldSegment, HeldStill
from harness.core.script import Script
from harness.core.view import Role, Stream
from harness.network.direct import LATENCY_MS, Delivery, DirectNetwork
from harness.network.faults import Fault
from harness.protocol.client import Failure, Send
from harness.protocol.messages import Push, Response
from harness.service.application import Answer, Application
from harness.service.patch import Patch
from harness.service.pushes import EventStream, encode_event
from harness.service.routing import takes_stream
from harness.service.store import MemoryStore
from harness.session.waiting import Sleeper, later

Process = Generator[simpy.Event, Any, None]

# A body is handed to the service as often as that while it is on its way. An ordinary slice takes less.
PIECE_MS: Final = 250


class Hears(Protocol):
    """Where replies and pushes go."""

    def replied(self, role: Role, key: int, outcome: Response | Failure) -> None:
        """A request was answered, or failed."""
        ...

    def pushed(self, role: Role, key: int, push: Push) -> None:
        """A server-sent event came."""
        ...

    def contacted(self, role: Role, address: str) -> None:
        """A client sent something there: to the service (empty), or to another address."""
        ...


class _Call(Sleeper):
    """One request on its way, woken where something happens to its network or its client."""

    def __init__(self, role: Role, send: Send, env: simpy.Environment) -> None:
        super().__init__(env)
        self.role = role
        self.send = send
        self.sent_ms = int(env.now)
        self.waited_for = True  # the client still wants an answer
        self.opened_ms = 0  # of a stream of events: when it was
        self.begun: Patch | Answer | None = None  # once a body for an upload has begun to arrive
        self.life = 0  # of the service that took it
        self.fed = 0  # bytes


class Transport:
    """The service of one run and the networks of its clients."""

    def __init__(
        self,
        env: simpy.Environment,
        script: Script,
        entrant: Entrant,
        hears: Hears,
        *,
        matcher: FaceMatcher,
        mint: Callable[[], str],
    ) -> None:
        self._env = env
        self._entrant = entrant
        self._hears = hears
        self._matcher = matcher
        self._mint = mint
        self.store = MemoryStore()
        self._service = self._started()
        self._exam = self._service.configure(
            script.plan, [entrant], exam_now=script.begins, now=script.begins, misbehaviour=script.misbehaviour
        )
        self.store.flush()  # an exam that was set up outlives a service that is killed before anybody asked it anything
        self._life = 1  # of the service; it has none while it is down
        self._down: simpy.Event | None = None  # succeeds when the service is back
        self._networks = {role: DirectNetwork() for role in script.roles}
        self._calls: dict[tuple[Role, int], _Call] = {}
        self._streams: dict[_Call, EventStream] = {}

    @property
    def _now(self) -> int:
        return int(self._env.now)

    # -- the service -----------------------------------------------------------------------------------------------

    def _started(self) -> Application:
        return Application(self.store, matcher=self._matcher, mint=self._mint)

    def serve(self) -> Process:
        """What the service does by time alone."""
        while (due := self._service.next_wakeup()) is not None:
            yield self._env.timeout(max(0, due - self._now))
            if self._down is not None:
                yield self._down
            self._service.tick(self._now)
            self._service_changed()

    def restart(self, down_ms: int) -> None:
        """The service is killed, and back so much later: connections are reset, and refused meanwhile."""
        self.store.crash()
        self._life += 1
        self._down = self._env.event()
        for role in self._networks:
            self.disturb(role, Fault("down"), self._now + down_ms)
        self._env.process(self._come_back(down_ms))

    def _come_back(self, down_ms: int) -> Process:
        yield self._env.timeout(down_ms)
        self._service = self._started()
        back, self._down = self._down, None
        if back is not None:
            back.succeed()
        self._service.tick(self._now)
        self._service_changed()

    def desk(self, action: str, text: str) -> None:
        """Technical support acts. Raises `VivaError` where there is nothing to do that to, or nobody to ask."""
        if self._down is not None:
            raise VivaError("the service is being restarted; let the desk act later")
        self._service.desk(self._now, self._exam, action, self._entrant.ticket, text)
        self._service_changed()

    def lose(self, stream: Stream) -> None:
        """The service has lost what it had confirmed of that stream. Raises `VivaError` while it is down."""
        if self._down is not None:
            raise VivaError("the service is being restarted; let it lose nothing meanwhile")
        self._service.lose(self._now, self._exam, self._entrant.ticket, stream)
        self._service_changed()

    def observations(self) -> Sequence[Event]:
        """What the service saw."""
        return self._service.observations(self._exam)

    def recordings(self) -> Sequence[HeldSegment]:
        """What it holds."""
        return self._service.recordings(self._exam, self._entrant.ticket)

    def stills(self) -> Sequence[HeldStill]:
        """The face pictures that the candidate's logins brought."""
        return self._service.stills(self._exam, self._entrant.ticket)

    def _service_changed(self) -> None:
        """What it has to push goes out."""
        for call, stream in list(self._streams.items()):
            self._push_out(call, stream)

    # -- the networks ----------------------------------------------------------------------------------------------

    def disturb(self, role: Role, fault: Fault, until_ms: int) -> None:
        """A fault begins now on the network of that role."""
        self._networks[role].disturb(fault, self._now, until_ms)
        for call in [call for call in self._calls.values() if call.role is role]:
            call.wake()

    # -- requests --------------------------------------------------------------------------------------------------

    def send(self, role: Role, send: Send) -> None:
        """A client sends a request; what becomes of it is told to who `hears`."""
        call = _Call(role, send, self._env)
        self._calls[role, send.key] = call
        # A request has the path alone; one with an address of its own is not for the service, and leads nowhere.
        elsewhere = send.request.path if "://" in send.request.path.partition("?")[0] else ""
        self._hears.contacted(role, elsewhere)
        self._env.process(self._lost(call) if elsewhere else self._carry(call))

    def cancel(self, role: Role, key: int) -> None:
        """The client hangs up on that request."""
        call = self._calls.pop((role, key), None)
        if call is not None:
            call.waited_for = False
            call.wake()

    def hang_up(self, role: Role) -> None:
        """The client is gone, and its connections with it."""
        for of, key in list(self._calls):
            if of is role:
                self.cancel(role, key)

    def _reply(self, call: _Call, outcome: Response | Failure) -> None:
        if call.waited_for:
            del self._calls[call.role, call.send.key]
            call.waited_for = False
            self._hears.replied(call.role, call.send.key, outcome)

    def _lost(self, call: _Call) -> Process:
        yield self._env.timeout(LATENCY_MS)
        self._reply(call, "unreachable")

    def _carry(self, call: _Call) -> Process:
        """One request to the service and its reply back, or what becomes of them."""
        delivery = yield from self._to_the_service(call)
        if not call.waited_for:
            return
        if delivery.failure is not None:
            yield self._env.timeout(max(0, (delivery.failed_ms or self._now) - self._now))
            self._reply(call, delivery.failure)
        elif call.send.stream:
            yield from self._stream(call)
        else:
            yield from self._answered(call, delivery)

    def _to_the_service(self, call: _Call) -> Generator[simpy.Event, Any, Delivery]:
        """Until all of it that will arrive has arrived, or the client has hung up. A body for an upload is fed as it comes."""
        network, send = self._networks[call.role], call.send
        in_pieces = bool(send.request.body) and takes_stream(send.request)
        changed = True
        while True:
            if changed:
                delivery = network.send(call.sent_ms, send.request, timeout_ms=send.timeout_ms)
                moments = (delivery.request_arrives_ms, delivery.failed_ms)
                due = min(moment for moment in moments if moment is not None)
            if self._now >= due or not call.waited_for:
                break
            wake = min(due, self._now + PIECE_MS) if in_pieces else due
            changed = yield from call.sleep(wake - self._now)
            if in_pieces:
                self._feed(call)
        cut = delivery.failure is not None or not call.waited_for
        if cut and isinstance(call.begun, Patch) and call.life == self._life:
            call.begun.abort(self._now)
            self._flush()
        return delivery

    def _feed(self, call: _Call) -> None:
        """What has arrived of a body since the last time."""
        arrived = self._networks[call.role].arrived(call.sent_ms, call.send.request, self._now)
        if arrived == 0 or self._down is not None:
            return
        if call.begun is None:
            call.begun, call.life = self._service.begin(self._now, call.send.request), self._life
        patch = call.begun
        if isinstance(patch, Patch) and call.life == self._life:
            patch.feed(self._now, call.send.request.body[call.fed : arrived])
            call.fed = arrived
            if patch.checkpoint_due(self._now):
                patch.checkpoint(self._now)
        self._flush()

    def _flush(self) -> None:
        self.store.flush()
        self._service_changed()

    def _answered(self, call: _Call, delivery: Delivery) -> Process:
        """It is all there: the service's answer, and its way back."""
        network, request = self._networks[call.role], call.send.request
        begun = call.begun if call.begun is not None else self._service.begin(self._now, request)
        if isinstance(begun, Patch):
            begun = self._service.end(self._now, begun)
        self._flush()
        life = self._life
        if begun.delay_ms:
            yield self._env.timeout(min(begun.delay_ms, max(0, delivery.gives_up_ms - self._now) + 1))
        answered = self._now
        response = self._service.stamped(begun, answered)
        while True:
            reply = network.answer(delivery, answered, response)
            back = reply.reply_arrives_ms if reply.failure is None else reply.failed_ms
            if not (yield from call.sleep(max(0, (answered if back is None else back) - self._now))):
                break
        if life == self._life:
            self._service.sent(self._now, begun, delivered=call.waited_for and reply.failure is None)
        self._reply(call, response if reply.failure is None else reply.failure)

    # -- server-sent events ----------------------------------------------------------------------------------------

    def _stream(self, call: _Call) -> Process:
        """For as long as the connection stands."""
        call.opened_ms = self._now
        stream = self._service.open_events(self._now, call.send.request)
        self._service_changed()
        if isinstance(stream, Answer):
            yield self._env.timeout(stream.delay_ms + LATENCY_MS)
            self._reply(call, stream.response)
            return
        self._streams[call] = stream
        self._push_out(call, stream)
        while call.waited_for:
            reset = self._networks[call.role].breaks(call.opened_ms)
            if reset is not None and reset <= self._now:
                self._reply(call, "reset")
                break
            yield from call.sleep(None if reset is None else reset - self._now)
        del self._streams[call]
        stream.close(self._now)

    def _push_out(self, call: _Call, stream: EventStream) -> None:
        for push in stream.take():
            arrives = self._networks[call.role].push(call.opened_ms, self._now, len(encode_event(push)))
            if arrives is not None:
                later(self._env, arrives - self._now, partial(self._pushed, call, push))

    def _pushed(self, call: _Call, push: Push) -> None:
        if call.waited_for:
            self._hears.pushed(call.role, call.send.key, push)
