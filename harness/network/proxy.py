"""The fault proxy: a TCP listener between one role's client and the service, through which the network is disturbed at run time.

Laws: one listener a role and scenario, on a port of the system's choice that stays its own while the network is down; faults mean what
`faults.MEANING` says and are observed in exam time; it knows nothing of what it carries; memory is bounded by the connections; leaving it
closes every socket. Called by the session.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import msgspec

from harness.core.errors import HarnessError
from harness.core.events import Event, Watched
from harness.core.view import Role
from harness.network.connection import Connection, Relay, Way
from harness.network.faults import Conditions, Disturbance, Fault, Kind, Schedule

BACKLOG: Final = 128
OUT_OF_FILES: Final = 0.1  # seconds until another try to accept
CONNECTIONS_KEPT: Final = 10_000  # of which what was observed is remembered; an interview has some hundreds
# Small enough that a sender notices within a second or so when nothing moves at 2 Mbit/s, large enough for loopback's 64 KiB segments.
BUFFER: Final = 262_144


class Standing:
    """A fault that stands on a proxy, until it is ended or its time is over."""

    def __init__(self, proxy: FaultProxy, disturbance: Disturbance) -> None:
        self.disturbance = disturbance
        self.timers: list[asyncio.TimerHandle] = []
        self._proxy = proxy

    @property
    def fault(self) -> Fault:
        """What it is."""
        return self.disturbance.fault

    async def end(self) -> None:
        """It is over; harmless where it was. Returns once connections that can't outlive it are gone."""
        await self._proxy.end(self)


class FaultProxy:
    """The network of one role: `async with FaultProxy(...) as proxy:`, and `proxy.address` is the client's way to the service.

    `exam_now` gives exam time, ms; `upstream` is the service's (host, port) and may be set anew when the service was restarted.
    """

    def __init__(
        self, upstream: tuple[str, int], *, exam_now: Callable[[], int], role: Role | None = None, seed: int = 0
    ) -> None:
        self.upstream = upstream
        self.role = role
        self.conditions = Conditions()
        self.flows = _set_event()
        self._exam_now = exam_now
        self._seed = seed
        self._schedule = Schedule()
        self._standing: list[Standing] = []
        self._guard: socket.socket | None = None  # keeps the port while nobody listens
        self._listener: socket.socket | None = None
        self._live: dict[int, Relay] = {}
        self._seen: deque[Connection] = deque(maxlen=CONNECTIONS_KEPT)
        self._accepted = 0
        self._free: dict[Way, float] = {"up": 0.0, "down": 0.0}  # the loop's time from which the line is free
        self._watched: tuple[int, int | None] = (0, None)

    async def __aenter__(self) -> FaultProxy:
        try:
            self._guard = _bound(("127.0.0.1", 0))
            self._listen()
        except OSError as error:
            self._close_sockets()
            raise HarnessError(
                f"the fault proxy can't listen on 127.0.0.1 ({error}); free some ports or files"
            ) from error
        self._watched = (self._exam_now(), None)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for standing in list(self._standing):
            self._lift(standing)
        self._close_sockets()
        await self._reset_all()
        self._watched = (self._watched[0], self._exam_now())

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: (host, port), the same throughout. Raises RuntimeError before it was entered."""
        if self._guard is None:
            raise RuntimeError("the proxy was not entered")
        host, port = self._guard.getsockname()
        return host, port

    # -- faults --------------------------------------------------------------------------------------------------

    async def disturb(self, kind: Kind, value: int = 0, *, for_ms: int | None = None, jitter_ms: int = 0) -> Standing:
        """A fault begins, for so long (real ms) or until it is ended. Returns once connections that it takes down are gone.

        Raises `VivaError` for a fault that makes no sense.
        """
        loop = asyncio.get_running_loop()
        standing = Standing(self, Disturbance(Fault(kind, value, jitter_ms), self._exam_now()))
        self._schedule.add(standing.disturbance)
        self._standing.append(standing)
        self._observe_conditions()
        if kind == "down":
            self._stop_listening()
            await self._reset_all()
        elif kind == "timeout":
            self.flows.clear()
        for relay in self._live.values():
            self._apply(standing, relay)
        if for_ms is not None:
            standing.timers.append(loop.call_later(for_ms / 1_000, self._lift, standing))
        return standing

    @contextlib.asynccontextmanager
    async def disturbed(self, kind: Kind, value: int = 0, *, jitter_ms: int = 0) -> AsyncIterator[Standing]:
        """A fault for the length of a block."""
        standing = await self.disturb(kind, value, jitter_ms=jitter_ms)
        try:
            yield standing
        finally:
            await standing.end()

    async def end(self, standing: Standing) -> None:
        """See `Standing.end`."""
        doomed = list(self._live.values()) if standing.fault.kind == "timeout" else []
        self._lift(standing)
        await _gone(doomed)

    def _apply(self, standing: Standing, relay: Relay) -> None:
        """What a fault means to one connection, from now on."""
        fault = standing.fault
        if fault.kind == "limit_data":
            relay.caps[standing] = relay.seen.up_bytes + fault.value
        if fault.kind == "reset_peer" or (fault.kind == "timeout" and fault.value):
            standing.timers.append(asyncio.get_running_loop().call_later(fault.value / 1_000, relay.reset))

    def _lift(self, standing: Standing) -> None:
        if standing not in self._standing:
            return
        self._standing.remove(standing)
        for timer in standing.timers:
            timer.cancel()
        self._schedule.end(standing.disturbance, self._exam_now())
        self._observe_conditions()
        kind = standing.fault.kind
        for relay in self._live.values():
            relay.caps.pop(standing, None)
        if kind == "down" and not self.conditions.has("down"):
            self._listen()
        elif kind == "timeout" and not self.conditions.halted:
            self.flows = _set_event()
            for relay in self._live.values():
                relay.reset()
        elif kind == "bandwidth":
            self._free = {"up": 0.0, "down": 0.0}

    def _observe_conditions(self) -> None:
        self.conditions = Conditions(tuple(standing.fault for standing in self._standing))

    def slot(self, way: Way, size: int) -> float:
        """Takes a turn on the shared line: the loop's time at which so many bytes are through."""
        now = asyncio.get_running_loop().time()
        bandwidth = self.conditions.bandwidth
        if bandwidth is None:
            return now
        self._free[way] = max(now, self._free[way]) + size / bandwidth
        return self._free[way]

    # -- connections ---------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        listener = _bound(self.address)
        listener.listen(BACKLOG)
        self._listener = listener
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        try:
            client, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # it went away before it was taken
        except OSError:  # out of files: those that wait are taken when some are free again
            self._pause(listener)
            return
        seen = Connection(number=self._accepted, opened_ms=self._exam_now())
        self._accepted += 1
        self._seen.append(seen)
        relay = Relay(self, client, seen, random.Random(f"{self._seed}/{seen.number}"))
        self._live[seen.number] = relay
        relay.task.add_done_callback(lambda _: self._ended(seen))
        for standing in self._standing:
            self._apply(standing, relay)

    def _pause(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)

        def resume() -> None:
            if self._listener is listener:
                loop.add_reader(listener, self._accept, listener)

        loop.call_later(OUT_OF_FILES, resume)

    def _ended(self, seen: Connection) -> None:
        del self._live[seen.number]
        seen.closed_ms = self._exam_now()

    async def _reset_all(self) -> None:
        doomed = list(self._live.values())
        for relay in doomed:
            relay.reset()
        await _gone(doomed)

    def _close_sockets(self) -> None:
        self._stop_listening()
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    # -- observations --------------------------------------------------------------------------------------------

    @property
    def connections(self) -> tuple[Connection, ...]:
        """What was observed of the connections so far, in the order in which they were opened."""
        return tuple(msgspec.structs.replace(seen) for seen in self._seen)

    def observations(self) -> list[Event]:
        """That the network was watched, and each fault with its span, in exam time; `seq` counts from 0."""
        now = self._exam_now()
        since, until = self._watched
        events = self._schedule.events(self.role, now)
        watched = Event(
            len(events), since, "network", Watched(what="network"), until_ms=now if until is None else until
        )
        return [*events, watched]


def _bound(address: tuple[str, int]) -> socket.socket:
    """A socket that holds the port; several may, as long as one at most listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def _gone(doomed: Sequence[Relay]) -> None:
    await asyncio.gather(*(relay.task for relay in doomed), return_exceptions=True)
