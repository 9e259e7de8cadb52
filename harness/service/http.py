"""The public port: a thin HTTP shell over the application. It reads, hands on, waits until what is answered is durable, and sends.

All of the application runs on the event loop; only flushes run on a thread, one at a time and shared by all requests that wait for one.
Early refusals of an upload are sent after what the client is still sending was read, within bounds, so that it gets to hear them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from typing import Any, Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.core.clock import Clock
from harness.core.view import Role
from harness.protocol.messages import EXAM_TIME, Request, json_body
from harness.service.application import Answer, Application
from harness.service.openapi import document
from harness.service.pages import Pages
from harness.service.patch import Patch
from harness.service.pushes import EventStream
from harness.service.routing import method, takes_stream

BODY_LIMIT: Final = 8 << 20  # bytes of a body that is no upload; the largest is a face picture
DRAIN_BYTES: Final = 8 << 20  # how much of a refused upload is read before the refusal is sent
IDLE_S: Final = 60.0  # a body on which nothing moves for so long is given up; a newer request need not wait for that
PING_S: Final = 5.0  # comments on a quiet event stream, so that a dead connection is noticed
LAZY_S: Final = 0.2  # observations that no answer waits for are written so often
HEADERS: Final = (
    "Authorization, Content-Type, Captured-Ms, Idempotency-Key, Last-Event-ID, Tus-Resumable, Upload-Length, Upload-Offset, "
    "Upload-Metadata, Upload-Defer-Length, Upload-Checksum, X-HTTP-Method-Override"
)
EXPOSED: Final = (
    "Exam-Time, Location, Upload-Offset, Upload-Length, Upload-Expires, Upload-Metadata, Upload-Defer-Length, "
    "Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm"
)


class Gone(Exception):
    """The client is gone, or nothing moved on its connection."""


class Shell:
    """What the public and the control port share: the application on this loop, its clock, and durability."""

    def __init__(self, application: Application, clock: Clock, *, failed: Callable[[OSError], None]) -> None:
        self.application = application
        self.clock = clock
        self.stopping = False
        self.uploading: set[asyncio.Task[None]] = set()  # exchanges that read an upload's body
        self._failed = failed
        self._flushing = asyncio.Lock()
        self._changed = asyncio.Event()
        self._listeners: dict[tuple[str, Role], set[asyncio.Event]] = {}

    async def durable(self) -> None:
        """Returns once everything staged before the call is durable."""
        store = self.application.store
        wanted = store.staged
        if store.durable >= wanted:
            return
        async with self._flushing:
            if store.durable < wanted:
                await self._flush()

    async def _flush(self) -> None:
        try:
            await asyncio.to_thread(self.application.store.flush)
        except OSError as error:
            self._failed(error)
            raise

    async def flush_lazily(self) -> None:
        """Runs for ever: what no answer waits for becomes durable soon."""
        while True:
            await asyncio.sleep(LAZY_S)
            if self.application.store.pending:
                async with self._flushing:
                    await self._flush()

    async def tick(self) -> None:
        """Runs for ever: the pushes that time causes."""
        while True:
            self._changed.clear()
            due = self.application.next_wakeup()
            wait = None if due is None else max(0, due - self.clock.now()) / 1_000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)
            self.application.tick(self.clock.now())
            self.spread()

    def changed(self) -> None:
        """Exams or pushes have changed."""
        self._changed.set()
        self.spread()

    def spread(self) -> None:
        """Wakes the event streams that have something new."""
        for who in self.application.woken():
            for listener in self._listeners.get(who, ()):
                listener.set()

    def stop(self) -> None:
        """Ends the event streams, and the uploads on their way: what they brought is kept."""
        self.stopping = True
        for task in self.uploading:
            task.cancel()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.set()

    async def follow(self, stream: EventStream) -> AsyncIterator[ServerSentEvent]:
        """The pushes of one open stream, each once it is durable."""
        wake = asyncio.Event()
        listeners = self._listeners.setdefault(stream.subscriber, set())
        listeners.add(wake)
        try:
            while not self.stopping:
                wake.clear()
                for push in stream.take():
                    await self.durable()
                    yield ServerSentEvent(
                        id=str(push.id), event=push.event, data=json_body(push.data).decode(), sep="\n"
                    )
                await wake.wait()
        finally:
            listeners.discard(wake)
            stream.close(self.clock.now())


class Exchange:
    """One HTTP exchange, as an ASGI application."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._application = shell.application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any request below `/v1`."""
        request = _request(scope)
        try:
            if takes_stream(request):
                answer = await self._upload(request, receive)
            elif request.path.partition("?")[0] == "/v1/events" and method(request) == "GET":
                begun = self._application.open_events(self._shell.clock.now(), request)
                if isinstance(begun, EventStream):
                    await self._stream(begun, scope, receive, send)
                    return
                answer = begun
            else:
                answer = await self._whole(request, receive)
        except Gone:
            return
        self._shell.spread()
        await self._send(answer, scope, receive, send)

    async def _whole(self, request: Request, receive: Receive) -> Answer:
        body = bytearray()
        async for chunk in _body(receive):
            body += chunk
            if len(body) > BODY_LIMIT:
                detail = f"请求内容不得超过 {BODY_LIMIT} 字节。"
                return self._application.turn_away(self._shell.clock.now(), request, "too-large", detail)
        whole = Request(method=request.method, path=request.path, headers=request.headers, body=bytes(body))
        answer = self._application.begin(self._shell.clock.now(), whole)
        assert isinstance(answer, Answer)  # only uploads are fed
        return answer

    async def _upload(self, request: Request, receive: Receive) -> Answer:
        clock = self._shell.clock
        begun = self._application.begin(clock.now(), request)
        if isinstance(begun, Answer):
            await _drain(receive)
            return begun
        task = asyncio.current_task()
        assert task is not None  # an ASGI server runs each exchange in one
        self._shell.uploading.add(task)
        try:
            await self._feed(begun, receive)
        except Gone:
            begun.abort(clock.now())
            raise
        except asyncio.CancelledError:
            begun.abort(clock.now())
            if not self._shell.stopping:
                raise
            return self._application.turn_away(clock.now(), request, "unavailable", "服务正在停止，请稍后重试。")
        except OSError as error:
            begun.abort(clock.now())
            detail = f"服务端存储故障：{error.strerror}。"
            return self._application.turn_away(clock.now(), request, "unavailable", detail)
        finally:
            self._shell.uploading.discard(task)
        return self._application.end(clock.now(), begun)

    async def _feed(self, patch: Patch, receive: Receive) -> None:
        clock = self._shell.clock
        async for chunk in _body(receive):
            if not patch.feed(clock.now(), chunk):
                if patch.live:
                    await _drain(receive)
                return
            if patch.checkpoint_due(clock.now()):
                patch.checkpoint(clock.now())
                await self._shell.durable()

    async def _stream(self, stream: EventStream, scope: Scope, receive: Receive, send: Send) -> None:
        now = self._shell.clock.now()
        response = EventSourceResponse(
            self._shell.follow(stream),
            headers={EXAM_TIME: str(self._application.exam_time(stream.exam, now))},
            ping=PING_S,
            sep="\n",
        )
        await response(scope, receive, send)

    async def _send(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        await self._shell.durable()
        if answer.delay_ms:
            await asyncio.sleep(answer.delay_ms / 1_000)
        now = self._shell.clock.now()
        response = self._application.stamped(answer, now)
        delivered = answer.offered is None or not await HttpRequest(scope, receive).is_disconnected()
        await HttpResponse(response.body, response.status, response.headers)(scope, receive, send)
        self._application.sent(now, answer, delivered=delivered)


class Dated:
    """Adds the date to what an application answers: this computer's, so many seconds ahead."""

    def __init__(self, app: ASGIApp, unix_ms: Callable[[], int], ahead_s: int) -> None:
        self._app = app
        self._unix_ms = unix_ms
        self._ahead_s = ahead_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers an exchange."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._unix_ms() // 1_000 + self._ahead_s, usegmt=True)
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date.encode())]}
            await send(message)

        await self._app(scope, receive, dated)


def _request(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
    return Request(method=scope["method"], path=path, headers=headers)


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    """The chunks of a body as they come. Raises `Gone`."""
    more = True
    while more:
        message = await _next(receive)
        if message["type"] == "http.disconnect":
            raise Gone
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


async def _next(receive: Receive) -> Message:
    try:
        return await asyncio.wait_for(receive(), IDLE_S)
    except TimeoutError:
        raise Gone from None


async def _drain(receive: Receive) -> None:
    """Reads what a client is still sending, within bounds, so that it hears the refusal."""
    read = 0
    async for chunk in _body(receive):
        read += len(chunk)
        if read > DRAIN_BYTES:
            return


def public_app(shell: Shell, pages: Pages | None = None) -> Starlette:
    """The public port: the API for devices, its OpenAPI document and, below `/pages`, web clients.

    Any origin may call it: a bearer token is all that counts.
    """

    async def openapi(_: HttpRequest) -> HttpResponse:
        return HttpResponse(document(), media_type="application/json")

    cors: dict[str, Any] = {
        "allow_origins": ["*"],
        "allow_methods": ["GET", "POST", "PUT", "HEAD", "PATCH", "DELETE", "OPTIONS"],
        "allow_headers": HEADERS.split(", "),
        "expose_headers": EXPOSED.split(", "),
        "max_age": 600,
    }
    web = [] if pages is None else [Mount("/pages", app=pages)]
    return Starlette(
        routes=[Route("/v1/openapi.json", openapi), *web, Mount("/", app=Exchange(shell))],
        middleware=[Middleware(CORSMiddleware, **cors)],
    )
