"""One connection through the fault proxy: two ways, each an intake and an outflow with what is on its way between them.

Laws: nothing is read that can't be passed on soon (a bounded queue, then the kernel's buffers, then the sender waits); bytes keep their order
and are never changed; whatever ends it, both sockets are closed. Called by the proxy only.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import sys
from typing import Final, Literal, Protocol

import msgspec

from harness.network.faults import Conditions

CHUNK: Final = 16_384  # bytes read at a time
ON_ITS_WAY: Final = 16  # chunks held each way, so at most 256 KiB: what a latency of 0.1 s holds at 20 Mbit/s
# A limited bandwidth lets bytes through in portions of so much time, s: many connections share it evenly, and it changes at once.
PORTION: Final = 0.02

Way = Literal["up", "down"]
Ending = Literal["closed", "reset", "limit", "unreachable"]


class Connection(msgspec.Struct, kw_only=True):
    """What was observed of one connection: exam ms and bytes. `closed_ms` is None while it lives."""

    number: int
    opened_ms: int
    closed_ms: int | None = None
    up_bytes: int = 0
    down_bytes: int = 0
    ended: Ending | None = None


class Line(Protocol):
    """The network that a connection goes through."""

    upstream: tuple[str, int]
    conditions: Conditions
    flows: asyncio.Event  # cleared for good when everything halts: who lived through that never flows again

    def slot(self, way: Way, size: int) -> float:
        """Takes its turn on the shared line: the loop's time at which so many bytes are through."""
        ...


class _LimitReached(Exception):
    """`limit_data` ends the connection."""


class Relay:
    """One accepted socket on its way to the upstream. `caps` are the counts of bytes up at which a limit ends it."""

    def __init__(self, line: Line, client: socket.socket, seen: Connection, jitter: random.Random) -> None:
        self.seen = seen
        self.caps: dict[object, int] = {}
        self._line = line
        self._flows = line.flows
        self._jitter = jitter
        self._sockets = (client, socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        self._loop = asyncio.get_running_loop()
        self._ending: Ending = "closed"
        self.task = self._loop.create_task(self._run())
        self.task.add_done_callback(self._done)

    def reset(self) -> None:
        """Ends it with RST both ways."""
        self._ending = "reset"
        self.task.cancel()

    async def _run(self) -> None:
        client, service = self._sockets
        try:
            for each in self._sockets:
                each.setblocking(False)
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._flows.wait()
            await self._loop.sock_connect(service, self._line.upstream)
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._way("up", client, service))
                ways.create_task(self._way("down", service, client))
        except* _LimitReached:
            self._ending = "limit"
        except* OSError:  # a side is gone, or the service was never there
            self._ending = "reset" if self.seen.up_bytes or self.seen.down_bytes else "unreachable"

    def _done(self, task: asyncio.Task[None]) -> None:
        """Here and not in `_run`, which never begins where it is cancelled before."""
        self.seen.ended = self._ending
        for each in self._sockets:
            if self._ending in ("reset", "unreachable"):
                with contextlib.suppress(OSError):  # never connected, or gone
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close is RST
            each.close()

    async def _way(self, way: Way, source: socket.socket, sink: socket.socket) -> None:
        chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(ON_ITS_WAY)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._intake(source, chunks))
            both.create_task(self._outflow(way, sink, chunks))

    async def _intake(self, source: socket.socket, chunks: asyncio.Queue[tuple[float, bytes]]) -> None:
        """Reads, and notes when each chunk is due at the other end. An empty one is the end."""
        due = 0.0
        chunk = b"first"
        while chunk:
            await self._flows.wait()
            chunk = await self._loop.sock_recv(source, CHUNK)
            conditions = self._line.conditions
            varied = self._jitter.uniform(-conditions.jitter_ms, conditions.jitter_ms)
            due = max(due, self._loop.time() + (conditions.latency_ms + varied) / 1_000)
            await chunks.put((due, chunk))

    async def _outflow(self, way: Way, sink: socket.socket, chunks: asyncio.Queue[tuple[float, bytes]]) -> None:
        while True:
            due, chunk = await chunks.get()
            await self._until(due)
            if not chunk:
                await self._until(self._loop.time() + self._line.conditions.slow_close_ms / 1_000)
                await self._flows.wait()
                with contextlib.suppress(OSError):  # it has closed its own side already
                    sink.shutdown(socket.SHUT_WR)
                return
            await self._pass(way, sink, chunk)

    async def _pass(self, way: Way, sink: socket.socket, chunk: bytes) -> None:
        """Passes a chunk on, in pieces as the conditions of each moment want it."""
        rest = memoryview(chunk)
        while rest:
            conditions = self._line.conditions
            size = min(len(rest), conditions.slice_bytes or len(rest))
            if conditions.bandwidth is not None:
                size = min(size, max(1, int(conditions.bandwidth * PORTION)))
                await self._until(self._line.slot(way, size))
            await self._flows.wait()
            allowed = self._allowed() if way == "up" else size
            piece = rest[: min(size, allowed)]
            await self._loop.sock_sendall(sink, piece)
            rest = rest[len(piece) :]
            if way == "up":
                self.seen.up_bytes += len(piece)
            else:
                self.seen.down_bytes += len(piece)
            if allowed < size:
                raise _LimitReached
            if conditions.slice_bytes is not None:
                await asyncio.sleep(0)  # the next piece is a segment of its own

    def _allowed(self) -> int:
        """How many bytes more may go up."""
        return max(0, min(self.caps.values(), default=sys.maxsize) - self.seen.up_bytes)

    async def _until(self, due: float) -> None:
        if due > self._loop.time():
            await asyncio.sleep(due - self._loop.time())
