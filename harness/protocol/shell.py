"""The real-time shell: runs any sans-IO client over HTTP with httpx and asyncio.

Laws: the core is called from one thread, one call at a time; after each call its requests are started, its next wakeup is set, and `changed`
hears of a view whose `seq` has risen; a request is given up when nothing has moved for its `timeout_ms`, and what became of it is a value,
never an exception. Time comes from the clock that is passed in. Used by a client's own process and by drivers that run one in theirs.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import httpx
import msgspec
from httpx_sse import EventSource, ServerSentEvent, SSEError

from harness.core.clock import Clock
from harness.core.errors import VivaError
from harness.core.view import Act, View
from harness.protocol.capture import Device
from harness.protocol.client import Cancel, ClientCore, DoResult, Failure, Send
from harness.protocol.messages import Push, Request, Response

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
# Bodies go out in pieces, so that a time-out for standing still does not hit what moves slowly; the system's own buffer would
# swallow a slice whole and then look stalled.
PIECE: Final = 16 << 10
SEND_BUFFER: Final = 64 << 10
# Shorter than servers keep idle connections (uvicorn: 5 s), so that none is used in the moment in which it is closed.
KEEP_ALIVE_S: Final = 3.0


class Shell:
    """A core and its connection to the service; use within an `async with`. Raises `VivaError` for an address that is not taken."""

    def __init__(self, core: ClientCore, service_url: str, clock: Clock, changed: Callable[[View], None]) -> None:
        self.core = core
        self._clock = clock
        self._changed = changed
        self._seq: int | None = None
        self._url = _checked(service_url)
        self._http = _http(self.trust())
        self._running: dict[int, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Shell:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def trust(self) -> ssl.SSLContext:
        """Whose certificates are taken: those of the system's authorities, for the host that is talked to."""
        # Without TLS there is nothing to verify; a context that trusts nobody saves loading the authorities.
        encrypted = self._url.startswith("https")
        return ssl.create_default_context() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    # -- the candidate -----------------------------------------------------------------------------------------------

    def start(self, devices: Sequence[Device]) -> None:
        """The candidate opens the client, with these devices plugged in."""
        self.core.devices(devices, self._clock.now())
        self.core.start(self._clock.now())
        self._follow()

    def devices(self, devices: Sequence[Device]) -> None:
        """What is plugged in now."""
        self.core.devices(devices, self._clock.now())
        self._follow()

    def do(self, act: Act, args: dict[str, str]) -> DoResult:
        """The candidate acts."""
        result = self.core.do(act, args, self._clock.now())
        self._follow()
        return result

    def view(self) -> View:
        """What the candidate sees now."""
        return self.core.view()

    async def close(self) -> None:
        """The candidate closes the client: requests on their way are dropped. More than once is no fault."""
        if self._timer is not None:
            self._timer.cancel()
        self.core.close(self._clock.now())
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await self._http.aclose()

    # -- after each call ---------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        for item in self.core.outbox():
            if isinstance(item, Cancel):
                if (task := self._running.pop(item.key, None)) is not None:
                    task.cancel()
            else:
                self._running[item.key] = asyncio.create_task(self._carry(item))
        self._set_timer()
        view = self.core.view()
        if view.seq != self._seq:
            self._seq = view.seq
            self._changed(view)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wakeup = self.core.next_wakeup()
        if wakeup is not None:
            wait = max(0, wakeup - self._clock.now()) / 1_000
            self._timer = asyncio.get_running_loop().call_later(wait, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.core.tick(self._clock.now())
        self._follow()

    # -- the wire ----------------------------------------------------------------------------------------------------

    async def _carry(self, send: Send) -> None:
        outcome: Response | Failure
        try:
            outcome = await (self._listen(send) if send.stream else self._ask(send))
        except httpx.TimeoutException:
            outcome = "timeout"
        except httpx.ConnectError:
            outcome = "unreachable"
        except (httpx.HTTPError, SSEError, OSError):
            outcome = "reset"
        if self._running.pop(send.key, None) is not None:
            self.core.replied(send.key, outcome, self._clock.now())
            self._follow()

    def _build(self, send: Send) -> httpx.Request:
        request = send.request
        headers = {**request.headers, "content-length": str(len(request.body))} if request.body else request.headers
        quiet = send.timeout_ms / 1_000
        return self._http.build_request(
            request.method,
            self._url + request.path,
            headers=headers,
            content=_pieces(request) if request.body else None,
            timeout=httpx.Timeout(quiet, pool=None),
        )

    async def _ask(self, send: Send) -> Response:
        return _response(await self._http.send(self._build(send)))

    async def _listen(self, send: Send) -> Response:
        reply = await self._http.send(self._build(send), stream=True)
        try:
            if reply.is_success:
                async for event in EventSource(reply).aiter_sse():
                    self._push(send.key, event)
                return Response(status=reply.status_code, headers=dict(reply.headers))
            await reply.aread()
            return _response(reply)
        finally:
            await reply.aclose()

    def _push(self, key: int, event: ServerSentEvent) -> None:
        try:
            push = Push(
                id=int(event.id or 0),
                event=event.event,
                data=msgspec.json.decode(event.data or b"{}", type=dict[str, str]),
            )
        except (ValueError, msgspec.DecodeError):
            return  # not one of ours: later versions may push more
        if key in self._running:
            self.core.pushed(key, push, self._clock.now())
            self._follow()


def _response(reply: httpx.Response) -> Response:
    return Response(status=reply.status_code, headers=dict(reply.headers), body=reply.content)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    for at in range(0, len(request.body), PIECE):
        yield request.body[at : at + PIECE]


def _checked(service_url: str) -> str:
    url = httpx.URL(service_url)
    if url.scheme not in ("http", "https") or not url.host:
        raise VivaError(f"service_url is {service_url[:200]!r}; give an http or https address")
    if url.scheme == "http" and url.host not in LOOPBACK:
        raise VivaError(
            f"service_url is {service_url[:200]!r}; beyond this machine nothing goes out in plaintext: use https"
        )
    return service_url.rstrip("/")


def _http(trust: ssl.SSLContext) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(
        verify=trust,
        trust_env=False,
        limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_S),
        socket_options=[
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER),
        ],
    )
    return httpx.AsyncClient(transport=transport, trust_env=False)
