"""The process that encodes: serves devices as live WebM, and cameras as stills, over loopback HTTP, with one event loop.

    GET /FOLDER/DEVICE.webm                    that device alone, from now on, until it is unplugged
    GET /FOLDER/CAMERA.webm?microphone=DEVICE  with the sound of that microphone of the same folder
    GET /FOLDER/CAMERA.jpg                     the camera's present picture

Laws: nothing is encoded while nobody reads; a reader that takes nothing for long is dropped, never waited for; an unplugged device hands
out what was delivered before, ends its readers' streams and is not found any more. It ends with its orders, which its parent alone writes.
Started by `Broadcast`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from harness.core.errors import HarnessError
from virtual_devices.encoded.feeds import CameraFeed, Feed, MicrophoneFeed, OnEnd, OnPacket
from virtual_devices.encoded.orders import (
    Failed,
    Held,
    Late,
    Order,
    PlugCamera,
    PlugMicrophone,
    Ready,
    Unplug,
    Word,
    folder_of,
)
from virtual_devices.encoded.webm import Muxer, Packet

MOST_WAITING: Final = 1 << 20  # bytes that one reader may be behind: half a minute of camera and microphone
REQUEST_S: Final = 5.0  # a request's head comes within so long
TAKE_MS: Final = 10  # how often it is looked whether something was delivered, while somebody reads
IDLE_MS: Final = 50  # and while nobody does
LATE_MS: Final = 50  # a loop that is later than this makes late whatever it serves, requests as well
MOST_HEAD: Final = 16 << 10
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


class _Refused(Exception):
    """What is asked for can't be had."""

    def __init__(self, status: Literal[400, 404, 405, 503], why: str) -> None:
        super().__init__(why)
        self.status = status


class Server:
    """Takes orders from the file descriptor `orders` until it ends, and tells its words to `tell`."""

    def __init__(self, orders: int, tell: Callable[[Word], None]) -> None:
        self._orders = orders
        self._tell = tell
        self._decoder: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
        self._begun = b""  # of an order whose line is not whole
        self._feeds: dict[str, Feed] = {}
        self._readers: set[asyncio.Task[None]] = set()
        self._late: defaultdict[str, float] = defaultdict(float)
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Serves until the orders end."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._failed)
        os.set_blocking(self._orders, False)
        loop.add_reader(self._orders, self._obey)
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=MOST_HEAD)
        self._tell(Ready(server.sockets[0].getsockname()[1]))
        self._take(loop.time())
        await self._over.wait()
        server.close()
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    # -- orders --------------------------------------------------------------------------------------------------

    def _obey(self) -> None:
        """All orders that were given so far; asked before every answer, so that it is given in their knowledge."""
        while not self._over.is_set():
            try:
                said = os.read(self._orders, 1 << 16)
            except BlockingIOError:
                return
            if not said:
                asyncio.get_running_loop().remove_reader(self._orders)
                self._over.set()
                return
            *lines, self._begun = (self._begun + said).split(b"\n")
            for line in lines:
                self._follow(self._decoder.decode(line))

    def _follow(self, order: Order) -> None:
        match order:
            case PlugCamera():
                self._feeds[order.name] = CameraFeed(order)
            case PlugMicrophone():
                self._feeds[order.name] = MicrophoneFeed(order)
            case Unplug():
                feed = self._feeds.pop(order.name)
                now_ms = self._now_ms
                self._was_late(order.name, max(feed.take(now_ms), now_ms - order.at_ms))
                if feed.readers:
                    self._tell(Held(order.name, held=False))
                for on_end in list(feed.readers.values()):
                    on_end()

    # -- what is delivered ---------------------------------------------------------------------------------------

    @property
    def _now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1_000

    def _take(self, due: float) -> None:
        """Hands out what was delivered meanwhile, and notes of every device how late this loop runs."""
        loop = asyncio.get_running_loop()
        behind_ms = (loop.time() - due) * 1_000
        waited = False
        for name, feed in self._feeds.items():
            if behind_ms > LATE_MS:
                self._was_late(name, behind_ms)
            if feed.readers:
                waited = True
                self._was_late(name, feed.take(self._now_ms))
        wait = (TAKE_MS if waited else IDLE_MS) / 1_000
        loop.call_later(wait, self._take, loop.time() + wait)

    def _was_late(self, name: str, late_ms: float) -> None:
        folder = folder_of(name)
        if late_ms > self._late[folder]:
            self._late[folder] = late_ms
            self._tell(Late(folder, late_ms))

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._tell(Failed(f"{type(error).__name__}: {error}" if error else str(context.get("message"))))

    # -- requests ------------------------------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._readers.add(task)
        try:
            async with asyncio.timeout(REQUEST_S):
                head = await reader.readuntil(b"\r\n\r\n")
            await self._answer(head.split(b"\r\n", 1)[0].decode("latin-1"), reader, writer)
        except _Refused as refusal:
            _reply(writer, refusal.status, "text/plain; charset=utf-8", f"{refusal}\n".encode())
        except HarnessError:  # its ring has just gone
            _reply(writer, 404, "text/plain; charset=utf-8", b"no such device is plugged in any more\n")
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass  # it sent no request, or has gone
        except asyncio.CancelledError:
            pass  # the run is over; asyncio's own callback would take a cancelled connection for a fault
        finally:
            self._readers.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._obey()
        method, _, rest = line.partition(" ")
        if method != "GET":
            raise _Refused(405, "a device is read by GET")
        asked = urlsplit(rest.partition(" ")[0])
        name, _, kind = unquote(asked.path).lstrip("/").rpartition(".")
        feed = self._found(name)
        if kind == "jpg" and isinstance(feed, CameraFeed):
            picture = feed.still()
            if picture is None:
                raise _Refused(503, "the camera has not seen anything yet; ask again")
            _reply(writer, 200, "image/jpeg", picture)
        elif kind == "webm":
            beside = parse_qs(asked.query).get("microphone", [])
            await self._stream(feed, self._microphone(name, beside[0]) if beside else None, reader, writer)
        else:
            raise _Refused(404, "a device is read as DEVICE.webm, a camera's picture as CAMERA.jpg")

    def _found(self, name: str) -> Feed:
        feed = self._feeds.get(name)
        if feed is None:
            raise _Refused(404, "no such device is plugged in")
        return feed

    def _microphone(self, name: str, microphone: str) -> MicrophoneFeed:
        found = self._found(f"{name.rpartition('/')[0]}/{microphone}")
        if not isinstance(found, MicrophoneFeed):
            raise _Refused(400, "what `microphone` names is none")
        return found

    async def _stream(
        self,
        feed: Feed,
        beside: MicrophoneFeed | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if isinstance(feed, CameraFeed):
            muxer = Muxer(feed.track, None if beside is None else beside.track)
        elif beside is None:
            muxer = Muxer(None, feed.track)
        else:
            raise _Refused(400, "sound goes beside a camera or screen, not beside a microphone")
        over = asyncio.Event()

        def on_packet(packet: Packet) -> None:
            _chunk(writer, muxer.take(packet))
            if writer.transport.get_write_buffer_size() > MOST_WAITING:
                over.set()

        feeds = [each for each in (beside, feed) if each is not None]
        waits = [asyncio.ensure_future(over.wait()), asyncio.ensure_future(reader.read(1))]  # a reader says no more
        try:
            for each in feeds:  # before the header, so that who has it misses nothing; no cluster is whole so soon
                self._join(each, on_packet, over.set)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: video/webm\r\nCache-Control: no-store\r\n"
                b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            _chunk(writer, muxer.header)
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in feeds:
                self._leave(each, on_packet)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        if writer.transport.get_write_buffer_size() > MOST_WAITING:
            writer.transport.abort()
        elif over.is_set():
            writer.write(b"0\r\n\r\n")

    def _join(self, feed: Feed, on_packet: OnPacket, on_end: OnEnd) -> None:
        if not feed.readers:
            self._tell(Held(feed.name, held=True))
        feed.join(on_packet, on_end)

    def _leave(self, feed: Feed, on_packet: OnPacket) -> None:
        feed.leave(on_packet)
        if not feed.readers and self._feeds.get(feed.name) is feed:
            self._tell(Held(feed.name, held=False))


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data and not writer.is_closing():
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))


def _reply(writer: asyncio.StreamWriter, status: int, kind: str, body: bytes) -> None:
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
