"""The network of virtual time: what becomes of one request and its reply, decided without a socket, a clock or a wait.

Laws: a decision is a function of the moment of sending, the sizes and the disturbances known: asked again it is the same, and after a
disturbance has become known it is asked again (`Schedule.interrupted` says whether that can matter). Each request has a connection of its
own and the whole bandwidth. `slicer` and `slow_close` change nothing that a whole request or reply can show. A client's time-out runs
while nothing moves: what is slow and moves is not given up. Times are exam ms. Called by the session's virtual speed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from harness.network.faults import Disturbance, Fault, Schedule
from harness.protocol.client import Failure
from harness.protocol.messages import Request, Response

# A candidate's ordinary line: 10 ms there and back, 20 Mbit/s. Neither is judged; both keep virtual time from being
# degenerate (a reply in the ms of its request, a body that is never cut in the middle).
LATENCY_MS: Final = 5
BYTES_PER_S: Final = 2_500_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a request sent at `sent_ms`.

    `request_arrives_ms`: the last of its bytes that the service gets has arrived; None: not even a whole head. `body_bytes`: how much of
    the body that is. `reply_arrives_ms`: all of the reply is there. `failure` and `failed_ms`: what the client learns instead, and when.
    `silent_ms`: from then on the client sees nothing move until the reply begins.
    """

    sent_ms: int
    timeout_ms: int
    silent_ms: int
    request_arrives_ms: int | None = None
    body_bytes: int | None = None
    reply_arrives_ms: int | None = None
    failure: Failure | None = None
    failed_ms: int | None = None

    @property
    def gives_up_ms(self) -> int:
        """When the client will have waited too long, unless the reply begins before."""
        return self.silent_ms + self.timeout_ms


class _Break(msgspec.Struct, frozen=True):
    """A connection carries nothing from `at_ms` on, and is reset at `reset_ms` (None: never, as far as is known)."""

    at_ms: int
    reset_ms: int | None
    refused: bool = False


Handle = Callable[[Delivery], tuple[int, Response] | None]
"""The service: given what arrived, when it answers (exam ms) and what; None: never."""


class DirectNetwork:
    """The network of one role. `schedule` may be added to while it is in use; `seed` is that of the jitter."""

    def __init__(
        self,
        schedule: Schedule | None = None,
        *,
        latency_ms: int = LATENCY_MS,
        bytes_per_s: int = BYTES_PER_S,
        seed: int = 0,
    ) -> None:
        self.schedule = schedule if schedule is not None else Schedule()
        self._latency_ms = latency_ms
        self._bytes_per_s = bytes_per_s
        self._seed = seed

    def disturb(self, fault: Fault, from_ms: int, until_ms: int | None = None) -> Disturbance:
        """A fault becomes known."""
        disturbance = Disturbance(fault, from_ms, until_ms)
        self.schedule.add(disturbance)
        return disturbance

    def send(self, now: int, request: Request, *, timeout_ms: int) -> Delivery:
        """The request's way to the service. Without a failure the reply's way follows, `answer`, unless the client gives up before."""
        head, body = head_size(request), len(request.body)
        first = now + self._latency(now)
        cut = self._limited(now, first, head + body, self._break(now))
        sent = Delivery(sent_ms=now, timeout_ms=timeout_ms, silent_ms=now)
        if cut is not None and cut.refused:
            return msgspec.structs.replace(sent, failure="unreachable", failed_ms=now)
        arrives = self._when(first, head + body)
        if cut is None or arrives <= cut.at_ms:
            # The client sees its last byte go off one latency before it arrives.
            silent = arrives - (first - now)
            return msgspec.structs.replace(sent, silent_ms=silent, request_arrives_ms=arrives, body_bytes=body)
        sent = msgspec.structs.replace(sent, silent_ms=cut.at_ms)
        arrived = self._by(first, cut.at_ms) - head
        if arrived >= 0:
            sent = msgspec.structs.replace(sent, request_arrives_ms=cut.at_ms, body_bytes=min(arrived, body))
        return _failed(sent, cut)

    def arrived(self, sent_ms: int, request: Request, at_ms: int) -> int:
        """How many bytes of the body of a request sent at `sent_ms` have reached the service by then."""
        head, body = head_size(request), len(request.body)
        first = sent_ms + self._latency(sent_ms)
        cut = self._limited(sent_ms, first, head + body, self._break(sent_ms))
        until = at_ms if cut is None else min(at_ms, cut.at_ms)
        return max(0, min(self._by(first, until) - head, body))

    def answer(self, delivery: Delivery, now: int, response: Response) -> Delivery:
        """The reply's way back, of a request that arrived whole and that the service answers at `now`."""
        if delivery.failure is not None:
            return delivery
        first = now + self._latency(now)
        arrives = self._when(first, head_size(response) + len(response.body))
        cut = self._break(delivery.sent_ms)
        begins_in_time = first <= delivery.gives_up_ms
        if begins_in_time and (cut is None or arrives <= cut.at_ms):
            return msgspec.structs.replace(delivery, reply_arrives_ms=arrives)
        if begins_in_time and cut is not None and first < cut.at_ms:
            delivery = msgspec.structs.replace(delivery, silent_ms=cut.at_ms)  # it moved until then
        return _failed(delivery, cut)

    def deliver(self, now: int, request: Request, *, timeout_ms: int, handle: Handle) -> Delivery:
        """Both ways at once, for a service that can answer ahead of time: `handle` gets whatever arrives, part of a body as well."""
        delivery = self.send(now, request, timeout_ms=timeout_ms)
        answered = handle(delivery) if delivery.request_arrives_ms is not None else None
        if delivery.failure is not None:
            return delivery
        if answered is None:
            return _failed(delivery, self._break(now))
        return self.answer(delivery, *answered)

    def push(self, opened_ms: int, now: int, size: int) -> int | None:
        """When `size` bytes that the service sends at `now`, on a stream opened at `opened_ms`, arrive; None: they are lost."""
        arrives = self._when(now + self._latency(now), size)
        cut = self._break(opened_ms)
        return arrives if cut is None or arrives <= cut.at_ms else None

    def breaks(self, opened_ms: int) -> int | None:
        """When a connection opened at that moment is reset, as far as is known; None: it isn't."""
        cut = self._break(opened_ms)
        return None if cut is None else cut.reset_ms

    # -- what takes connections down -----------------------------------------------------------------------------

    def _break(self, opened: int) -> _Break | None:
        """The first break of a connection opened at that moment."""
        breaks = sorted(
            filter(None, (self._broken_by(each, opened) for each in self.schedule.disturbances)), key=_order
        )
        if not breaks:
            return None
        resets = [each.reset_ms for each in breaks if each.reset_ms is not None]
        return msgspec.structs.replace(breaks[0], reset_ms=min(resets, default=None))

    @staticmethod
    def _broken_by(disturbance: Disturbance, opened: int) -> _Break | None:
        fault, until = disturbance.fault, disturbance.until_ms
        start = max(opened, disturbance.from_ms)
        if until is not None and start >= until:
            return None
        after = start + fault.value
        match fault.kind:
            case "down":
                return _Break(start, start, refused=start == opened)
            case "reset_peer" if until is None or after < until:
                return _Break(after, after)
            case "timeout":
                ends = [moment for moment in (until, after if fault.value else None) if moment is not None]
                return _Break(start, min(ends, default=None))
        return None

    def _limited(self, sent: int, first: int, size: int, cut: _Break | None) -> _Break | None:
        """The earlier of that break and of those which `limit_data` makes."""
        for each in self.schedule.disturbances:
            start = max(sent, each.from_ms)
            if each.fault.kind != "limit_data" or (each.until_ms is not None and start >= each.until_ms):
                continue
            allowed = self._by(first, start) + each.fault.value
            reached = max(start, self._when(first, allowed))
            if allowed < size and (each.until_ms is None or reached < each.until_ms):
                limit = _Break(reached, reached)
                cut = limit if cut is None or _order(limit) < _order(cut) else cut
        return cut

    # -- how fast bytes move -------------------------------------------------------------------------------------

    def _latency(self, now: int) -> int:
        conditions = self.schedule.at(now)
        jitter = conditions.jitter_ms
        varied = random.Random(f"{self._seed}/{now}").randint(-jitter, jitter) if jitter else 0
        return self._latency_ms + conditions.latency_ms + varied

    def _rates(self, since: int) -> Iterator[tuple[int, int | None, int]]:
        """(from, until, bytes/s), one after the other; the last is open."""
        at: int | None = since
        while at is not None:
            limit = self.schedule.at(at).bandwidth
            until = self.schedule.next_change(at)
            yield at, until, self._bytes_per_s if limit is None else min(limit, self._bytes_per_s)
            at = until

    def _when(self, first: int, size: int) -> int:
        """When so many bytes have arrived, the first of them at `first`."""
        left = size * 1_000  # byte·ms/s, so that nothing is lost where the rate changes
        for start, end, rate in self._rates(first):
            needed = -(-left // rate)
            if end is None or start + needed <= end:
                return start + needed
            left -= rate * (end - start)
        raise AssertionError("the last span of rates is open")

    def _by(self, first: int, until: int) -> int:
        """How many bytes have arrived by then."""
        arrived = 0
        for start, end, rate in self._rates(first):
            if start >= until:
                break
            arrived += rate * ((until if end is None else min(end, until)) - start)
        return arrived // 1_000


def head_size(message: Request | Response) -> int:
    """The bytes of an HTTP/1.1 head for it, close enough for the time that it takes."""
    line = len(message.method) + len(message.path) + 12 if isinstance(message, Request) else 20
    return line + 2 + sum(len(name) + len(value) + 4 for name, value in message.headers.items())


def _order(each: _Break) -> tuple[int, bool]:
    """The earlier first, and of two at once the one that refuses: it lets nothing through."""
    return each.at_ms, not each.refused


def _failed(delivery: Delivery, cut: _Break | None) -> Delivery:
    """The client of a connection that carries nothing more: it is reset, or gives up before."""
    if cut is not None and cut.reset_ms is not None and cut.reset_ms <= delivery.gives_up_ms:
        return msgspec.structs.replace(delivery, failure="reset", failed_ms=cut.reset_ms)
    return msgspec.structs.replace(delivery, failure="timeout", failed_ms=delivery.gives_up_ms)
