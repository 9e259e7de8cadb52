"""Serves devices as live WebM, and cameras as stills, over loopback HTTP: one thread with an event loop of its own for all of a run.

    GET /FOLDER/DEVICE.webm                    that device alone, from now on, until it is unplugged
    GET /FOLDER/CAMERA.webm?microphone=DEVICE  with the sound of that microphone of the same folder
    GET /FOLDER/CAMERA.jpg                     the camera's present picture

Laws: nothing is encoded while nobody reads; a reader that takes nothing for long is dropped, never waited for; an unplugged device ends its
readers' streams and is not found any more. Devices are plugged in and out from any thread; a failure in here is told when the block is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError
from virtual_devices.camera import VirtualCamera
from virtual_devices.encoded.feeds import CameraFeed, Feed, MicrophoneFeed
from virtual_devices.encoded.webm import Muxer, Packet
from virtual_devices.microphone import VirtualMicrophone
from virtual_devices.schedule import Now

Source = VirtualCamera | VirtualMicrophone

MOST_WAITING: Final = 1 << 20  # bytes that one reader may be behind: half a minute of camera and microphone
REQUEST_S: Final = 5.0  # a request's head comes within so long
BEAT_MS: Final = 50  # how often this thread looks whether it is late
MOST_HEAD: Final = 16 << 10
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


class Address(NamedTuple):
    """Where a device is: its live WebM, and (a camera or screen) its present picture."""

    encoded: str
    still: str


class _Refused(Exception):
    """What is asked for can't be had."""

    def __init__(self, status: Literal[400, 404, 405, 503], why: str) -> None:
        super().__init__(why)
        self.status = status


class Broadcast:
    """Within a `with`: `plug` devices, and readers find them. `now` is the clock that the devices are paced by, ms."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._feeds: dict[str, Feed] = {}
        self._names: dict[Source, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="encoded devices", daemon=True)
        self._port = 0
        self._readers: set[asyncio.Task[None]] = set()
        self.failures: list[str] = []

    # -- from any thread -----------------------------------------------------------------------------------------

    def plug(self, source: Source, name: str) -> Address:
        """The device can be read from now on; `name` is FOLDER/DEVICE, and no two devices have the same."""
        if name in self._feeds or source in self._names:
            raise HarnessError(f"the device {name!r} is plugged in already; unplug it first")
        feed: Feed
        if isinstance(source, VirtualCamera):
            feed = CameraFeed(source, self._now)
            source.tap = self._camera_tap(feed)
        else:
            feed = MicrophoneFeed(source, self._now)
            source.tap = self._tap(feed)
        self._feeds[name], self._names[source] = feed, name
        base = f"http://127.0.0.1:{self._port}/{quote(name)}"
        return Address(f"{base}.webm", f"{base}.jpg" if isinstance(feed, CameraFeed) else "")

    def unplug(self, source: Source) -> None:
        """The device is gone, and its readers' streams end; one that is not plugged in is no fault."""
        name = self._names.pop(source, None)
        if name is None:
            return
        source.tap = None
        feed = self._feeds.pop(name)
        self._loop.call_soon_threadsafe(lambda: [on_end() for on_end in list(feed.readers.values())])

    def held(self, source: Source) -> bool:
        """Whether anybody reads the device now."""
        name = self._names.get(source)
        return name is not None and bool(self._feeds[name].readers)

    def lateness_ms(self, source: Source) -> float:
        """The latest that a packet of the device came out since it was plugged in; 0 where nobody reads it."""
        name = self._names.get(source)
        return 0.0 if name is None else self._feeds[name].lateness.worst

    def __enter__(self) -> Broadcast:
        ready = threading.Event()
        self._loop.call_soon(self._loop.create_task, self._listen(ready))
        self._thread.start()
        ready.wait()
        if self.failures:
            raise HarnessError(f"encoded devices can't be served: {self.failures[0]}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for source in list(self._names):
            self.unplug(source)
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self.failures and kind is None:
            raise HarnessError(f"an encoded device failed: {self.failures[0]}")

    # -- the pump's thread ---------------------------------------------------------------------------------------

    def _camera_tap(self, feed: CameraFeed) -> Any:
        hand_over = self._tap(feed)

        def tap(number: int, data: NDArray[np.uint8]) -> None:
            feed.newest = number, data
            hand_over(number, data)

        return tap

    def _tap(self, feed: Feed) -> Any:
        def tap(first: int, data: NDArray[Any]) -> None:
            if feed.readers:
                self._loop.call_soon_threadsafe(feed.feed, first, data)

        return tap

    # -- the thread of its own -----------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(self._failed)
        self._beat(self._loop.time())
        self._loop.run_forever()

    def _beat(self, due: float) -> None:
        """Notes of every device how late this thread runs: a request that waits to be taken is late as well as a packet."""
        late_ms = (self._loop.time() - due) * 1_000
        if late_ms > BEAT_MS:
            for feed in list(self._feeds.values()):
                feed.lateness.record(late_ms)
        self._loop.call_later(BEAT_MS / 1_000, self._beat, self._loop.time() + BEAT_MS / 1_000)

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.failures.append(f"{type(error).__name__}: {error}" if error else str(context.get("message")))

    async def _listen(self, ready: threading.Event) -> None:
        try:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=MOST_HEAD)
            self._port = self._server.sockets[0].getsockname()[1]
        except OSError as error:
            self.failures.append(str(error))
        finally:
            ready.set()

    async def _stop(self) -> None:
        self._server.close()
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

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
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass  # it sent no request, or has gone
        except asyncio.CancelledError:
            pass  # the run is over; asyncio's own callback would take a cancelled connection for a fault
        finally:
            self._readers.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
        for (
            each
        ) in feeds:  # before the header, so that who has it misses nothing; no cluster is whole before the next turn
            each.join(on_packet, over.set)
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: video/webm\r\nCache-Control: no-store\r\n"
            b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        _chunk(writer, muxer.header)
        waits = [asyncio.ensure_future(over.wait()), asyncio.ensure_future(reader.read(1))]  # a reader says no more
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in feeds:
                each.leave(on_packet)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        if writer.transport.get_write_buffer_size() > MOST_WAITING:
            writer.transport.abort()
        elif over.is_set():
            writer.write(b"0\r\n\r\n")


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data and not writer.is_closing():
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))


def _reply(writer: asyncio.StreamWriter, status: int, kind: str, body: bytes) -> None:
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
