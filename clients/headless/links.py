"""A client's requests: each asked for by name, repeated with growing intervals until it is answered, held back while the network is gone.

Laws: while nothing gets through, one small request alone probes the network, at growing intervals, and everything else waits for it; what
was waiting then goes at once. A request that fails by itself (503, …) is repeated with growing intervals of its own. A name is asked for
once at a time. Nothing is repeated without the same idempotency key. Used by every part of the client; owned by its core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from clients.headless.exam_clock import ExamClock
from harness.protocol.client import Cancel, Failure, Send
from harness.protocol.messages import EXAM_TIME, IDEMPOTENCY_KEY, Push, Request, Response

Make = Callable[[int], Request]
Done = Callable[[Response, int], None]
Failed = Callable[[Failure, int], None]
Pushed = Callable[[Push, int], None]

# Statuses that say "not now": the request is repeated as it was.
PASSING: Final = frozenset({408, 423, 429, 500, 502, 503, 504})
# Until the plan has said otherwise.
STALL_MS: Final = 2_000
FIRST_RETRY_MS: Final = 250
# The longest interval is eight times the first, and four times while one small request probes for all: a backlog starts at most so late
# after an outage.
DOUBLINGS: Final = 3
PROBE_DOUBLINGS: Final = 2
# A single broken connection is no outage: the candidate is told when the probe has not got through for so long.
PATIENCE_MS: Final = 500
# Pushes come rarely and a stream without them is no stall; it is opened anew after each outage.
QUIET_STREAM_MS: Final = 30_000
PROBE: Final = "probe"


class Backoff:
    """Growing intervals: the first, twice that, four times, …"""

    def __init__(self, doublings: int = DOUBLINGS) -> None:
        self._doublings = doublings
        self.attempts = 0
        self.due = 0

    def failed(self, now: int, first_ms: int) -> None:
        """One more attempt came to nothing."""
        self.due = now + (first_ms << min(self.attempts, self._doublings))
        self.attempts += 1

    def reset(self) -> None:
        """It works again."""
        self.attempts = 0
        self.due = 0


class Asked(msgspec.Struct, kw_only=True):
    """A request that is not answered yet."""

    name: str
    make: Make
    done: Done
    failed: Failed | None
    pushed: Pushed | None
    backoff: Backoff
    passing: frozenset[int]
    key: int | None = None  # while it is on its way
    sent_at: int = 0


class Links:
    """All requests of one client. `bearer` gives the token of the moment, or nothing."""

    def __init__(self, clock: ExamClock, bearer: Callable[[], str]) -> None:
        self.stall_ms = STALL_MS
        self.first_retry_ms = FIRST_RETRY_MS
        self.heard_at = 0  # when anything was last answered
        self._clock = clock
        self._bearer = bearer
        self._asked: dict[str, Asked] = {}
        self._keys = 0
        self._outbox: list[Send | Cancel] = []
        self._broken_since: int | None = None
        self._probing = Backoff(PROBE_DOUBLINGS)
        self._told: Callable[[int], None] | None = None

    def limit(self, limits: Mapping[str, int]) -> None:
        """The plan's own bounds, by its names."""
        self.stall_ms = limits.get("stall", self.stall_ms)
        self.first_retry_ms = limits.get("first_retry", self.first_retry_ms)

    def on_recovery(self, told: Callable[[int], None]) -> None:
        """`told` is called whenever the network is back."""
        self._told = told

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(
        self,
        name: str,
        request: Request | Make,
        done: Done,
        *,
        failed: Failed | None = None,
        pushed: Pushed | None = None,
        passing: frozenset[int] = PASSING,
    ) -> None:
        """Sends it as soon as the network allows, and again until it is answered; nothing, where that name is asked already.

        `failed`: the asker repeats it by itself; every status then counts as an answer. `pushed`: server-sent events follow.
        """
        if name in self._asked:
            return
        make = request if callable(request) else lambda _now: request
        self._asked[name] = Asked(
            name=name,
            make=make,
            done=done,
            failed=failed,
            pushed=pushed,
            backoff=Backoff(),
            passing=frozenset() if failed else passing,
        )

    def asking(self, name: str) -> bool:
        """Asked for and not answered yet."""
        return name in self._asked

    def drop(self, name: str) -> None:
        """No answer is wanted any more."""
        asked = self._asked.pop(name, None)
        if asked is not None and asked.key is not None:
            self._outbox.append(Cancel(key=asked.key))

    def drop_all(self) -> None:
        """The client is closed."""
        for name in list(self._asked):
            self.drop(name)

    def hurry(self) -> None:
        """The candidate asked again: nothing waits for its interval."""
        for asked in self._asked.values():
            asked.backoff.reset()
        self._probing.reset()

    # -- the network -------------------------------------------------------------------------------------------------

    def offline(self, now: int) -> bool:
        """Nothing has got through for longer than a passing break."""
        return self._broken_since is not None and now - self._broken_since >= PATIENCE_MS

    def outbox(self) -> list[Send | Cancel]:
        """What is to be sent since the last call."""
        sending, self._outbox = self._outbox, []
        return sending

    def tick(self, now: int) -> None:
        """Sends what is due."""
        if self._broken_since is not None:
            if PROBE not in self._asked and now >= self._probing.due:
                self.ask(
                    PROBE, Request(method="GET", path="/v1/time"), lambda _reply, _now: None, failed=self._unproved
                )
                self._send(self._asked[PROBE], now)
            return
        for asked in list(self._asked.values()):
            if asked.key is None and now >= asked.backoff.due:
                self._send(asked, now)

    def next_due(self, now: int) -> int | None:
        """When `tick` has something to do, or something else to show, if nothing happens before."""
        if self._broken_since is not None:
            due = [] if PROBE in self._asked else [self._probing.due]
            told = self._broken_since + PATIENCE_MS
            return min(due if self.offline(now) else [*due, told], default=None)
        return min((asked.backoff.due for asked in self._asked.values() if asked.key is None), default=None)

    def replied(self, key: int, outcome: Response | Failure, now: int) -> None:
        """A request was answered, or failed."""
        asked = next((item for item in self._asked.values() if item.key == key), None)
        if isinstance(outcome, Response):
            self._heard(outcome, asked, now)
        if asked is None:
            return
        asked.key = None
        if not isinstance(outcome, Response):
            self._broke(asked, outcome, now)
        elif outcome.status in asked.passing:
            asked.backoff.failed(now, self.first_retry_ms)
        else:
            del self._asked[asked.name]
            asked.done(outcome, now)

    def pushed(self, key: int, push: Push, now: int) -> None:
        """A server-sent event came."""
        self.heard_at = now
        asked = next((item for item in self._asked.values() if item.key == key), None)
        if asked is not None and asked.pushed is not None:
            asked.backoff.reset()
            asked.pushed(push, now)

    def _send(self, asked: Asked, now: int) -> None:
        request = asked.make(now)
        if token := self._bearer():
            headers = {"authorization": f"Bearer {token}", **request.headers}
            request = msgspec.structs.replace(request, headers=headers)
        self._keys += 1
        asked.key, asked.sent_at = self._keys, now
        stream = asked.pushed is not None
        timeout = QUIET_STREAM_MS if stream else self.give_up_after()
        self._outbox.append(Send(key=self._keys, request=request, timeout_ms=timeout, stream=stream))

    def give_up_after(self) -> int:
        """A request on which nothing has moved for so long is given up, ms."""
        return self.stall_ms

    def _heard(self, reply: Response, asked: Asked | None, now: int) -> None:
        self.heard_at = now
        exam = reply.headers.get(EXAM_TIME, "")
        if asked is not None and asked.pushed is None and exam.lstrip("-").isdigit():
            self._clock.heard(int(exam), asked.sent_at, now)
        if self._broken_since is not None:
            self._broken_since = None
            self._probing.reset()
            self.drop(PROBE) if asked is None or asked.name != PROBE else None
            if self._told is not None:
                self._told(now)

    def _broke(self, asked: Asked, failure: Failure, now: int) -> None:
        quiet = asked.pushed is not None and failure == "timeout"  # a stream without events proves nothing
        if asked.name != PROBE and self._broken_since is None and not quiet:
            # Where nothing at all has moved for a whole time-out, the network has been gone for so long already.
            silent = failure == "timeout" and self.heard_at <= asked.sent_at
            self._broken_since = asked.sent_at if silent else now
            self._probing.failed(now, self.first_retry_ms)
        if asked.failed is not None:
            del self._asked[asked.name]
            asked.failed(failure, now)
        else:
            asked.backoff.failed(now, self.first_retry_ms)

    def _unproved(self, _failure: Failure, now: int) -> None:
        self._probing.failed(now, self.first_retry_ms)


def keyed(request: Request, key: str) -> Request:
    """The request with its idempotency key: repeated as often as need be, done once."""
    return msgspec.structs.replace(request, headers={**request.headers, IDEMPOTENCY_KEY: key})
