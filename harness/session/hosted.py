"""A client without IO as the harness holds it in virtual time: whatever its class does, the run goes on.

Laws: each call ends within twice `CALL_S`; what a client shows and answers crosses as JSON would carry it, bounded; one that raises,
blocks, shows more views in a second than a process may, or gives what the protocol doesn't know has broken the conversation
(`SubjectError`) and is not called again. Python code can be stopped in the middle, C code can't: what is not trusted so far belongs into a
process of its own. Called by the virtual world.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self, TypeVar

import msgspec

from harness.core.errors import SubjectBabbled, SubjectDied, SubjectError, SubjectHung
from harness.core.plan import encode_number
from harness.core.view import Role, View
from harness.drivers.bounds import MAX_NUMBER, bounded, bounded_after, sentence
from harness.drivers.wire import Meter
from harness.protocol.client import Cancel, ClientCore, Send
from harness.protocol.messages import Request

CALL_S: Final = 10.0  # twice what a process has for a call: here it encodes its media inside the call as well

T = TypeVar("T")


class _Blocked(BaseException):
    """Out of patience; no `Exception`, so that no handler of the subject's swallows it."""


class Watchdog:
    """Breaks off a call that lasts longer than `CALL_S`, before twice that is over. Used within a `with`, in a process's main thread.

    It looks every `CALL_S`, and a call that it meets twice is broken off: a timer for each call would cost more than most calls.
    """

    def __init__(self) -> None:
        self._calls = 0
        self._running = False
        self._met = 0  # the number of the call that was running when it looked last

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, CALL_S, CALL_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def watched(self, call: Callable[[], T]) -> T:
        """Calls it. Raises `_Blocked` in the middle of it."""
        self._calls += 1
        self._running = True
        try:
            return call()
        finally:
            self._running = False

    def _look(self, _signal: int, _frame: FrameType | None) -> None:
        if self._running and self._met == self._calls:
            raise _Blocked
        self._met = self._calls


class Said(msgspec.Struct, frozen=True):
    """What came of one call: its answer, the view where it changed, what is to be sent, and when to tick (ms of the client's clock)."""

    answer: Any
    view: View | None
    sends: tuple[Send | Cancel, ...]
    wakeup: int | None


class Hosted:
    """One run of one client. Every call raises a `SubjectError` where the client breaks the conversation; `now` gives the time, ms."""

    def __init__(self, role: Role, make: Callable[[], ClientCore], watchdog: Watchdog, now: Callable[[], int]) -> None:
        self._role = role
        self._watchdog = watchdog
        self._now = now
        self._meter = Meter()
        self._seq: int | None = None
        self._seen: tuple[View, View] | None = None  # the last view as it came, and bounded
        self._core: ClientCore = self._guarded(make)

    def call(self, what: Callable[[ClientCore], Any], answers: type[msgspec.Struct] | None = None) -> Said:
        """Calls the client, and takes what it answers (of which kind, if that is wanted), shows and sends afterwards."""
        return self._guarded(lambda: self._said(what(self._core), answers))

    def _said(self, result: Any, answers: type[msgspec.Struct] | None) -> Said:
        answer = None if answers is None else self._taken(result, answers, "its answer")
        core = self._core
        shown = core.view()
        view = None
        if not isinstance(shown, View) or shown.seq != self._seq:
            view = self._view(shown)
            self._seq = view.seq
            self._metered()
        sends = tuple(core.outbox())
        for send in sends:
            if not (isinstance(send, Cancel) or (isinstance(send, Send) and isinstance(send.request, Request))):
                raise self._babbled(f"its outbox holds a {type(send).__name__}; put Send and Cancel there")
        wakeup = core.next_wakeup()
        if type(wakeup) is not int or not -MAX_NUMBER <= wakeup <= MAX_NUMBER:  # a plain number is the same either way
            wakeup = self._taken(wakeup, int | None, "its next wake-up")
        return Said(answer, view, sends, wakeup)

    def _metered(self) -> None:
        try:
            self._meter.count(self._now(), messages=1)
        except SubjectBabbled as error:
            raise self._babbled(str(error)) from error

    def _view(self, shown: Any) -> View:
        """The view as a process would have had to send it, bounded: most of it stands as it stood."""
        came: View = self._sent(shown, View, "its view")
        view = bounded(came) if self._seen is None else bounded_after(came, *self._seen)
        self._seen = came, view
        return view

    def _taken(self, value: Any, kind: Any, what: str) -> Any:
        """The value as a process would have had to send it, bounded."""
        return bounded(self._sent(value, kind, what))

    def _sent(self, value: Any, kind: Any, what: str) -> Any:
        try:
            return msgspec.json.decode(msgspec.json.encode(value, enc_hook=encode_number), type=kind)
        except (TypeError, ValueError, NotImplementedError, msgspec.MsgspecError) as error:
            raise self._babbled(f"{what} is not of the protocol's shape: {sentence(str(error))}") from error

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return self._watchdog.watched(call)
        except _Blocked:
            what = f"did not come back from a call within {CALL_S:g} s; a client without IO must never wait"
            raise SubjectHung(self._says(what)) from None
        except SubjectError:
            raise
        except Exception as error:  # whatever a subject raises is its own death
            what = f"raised {type(error).__name__}, {sentence(str(error))}; run its own tests to see why"
            raise SubjectDied(self._says(what)) from error

    def _babbled(self, what: str) -> SubjectBabbled:
        return SubjectBabbled(self._says(f"babbled: {what}"))

    def _says(self, what: str) -> str:
        return f"the {self._role.value} client {what}"
