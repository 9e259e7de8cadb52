"""The subject's side of the conversation without IO: bytes → lines → messages, and what is too much of either.

Laws: no clock, no process; memory is one line at the most; everything that is not the protocol raises `SubjectBabbled` with what was
said (bounded) and what was wanted. Called by the process driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeVar

import msgspec

from harness.core.errors import SubjectBabbled
from harness.core.view import View
from harness.drivers.bounds import bounded, sentence
from harness.protocol.control import MAX_LINE, RpcError

T = TypeVar("T")

# A view is whole, so one a display step is enough: 60 Hz screens change 60 times a second. Five times that is a loop gone wild.
MAX_MESSAGES_PER_S: Final = 300
# Four of the largest lines a second; our own client's views are 2 KiB.
MAX_BYTES_PER_S: Final = 4 * MAX_LINE


class Changed(msgspec.Struct, frozen=True):
    """The subject's view changed, it says."""

    view: View


class Answer(msgspec.Struct, frozen=True):
    """The answer to one call: a result still to be decoded as the method's, or an error."""

    id: int
    result: msgspec.Raw
    error: RpcError | None


class _Message(msgspec.Struct, frozen=True):
    jsonrpc: Literal["2.0"]
    id: int | None = None
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw()  # empty: not there (a union with None would not decode)
    result: msgspec.Raw = msgspec.Raw()
    error: RpcError | None = None


_MESSAGE: Final = msgspec.json.Decoder(_Message)
_NULL: Final = msgspec.Raw(b"null")
_VIEW: Final = msgspec.json.Decoder(View)


class Lines:
    """Cuts a stream of bytes into lines of at most `MAX_LINE` bytes, newline included."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that are complete now, without their ends. Raises `SubjectBabbled` for one that is too long."""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._take(data[start:end])
            if len(self._rest) >= MAX_LINE:
                raise _overlong()
            line = bytes(self._rest)
            self._rest.clear()
            start = end + 1
            yield line
        self._take(data[start:])

    def _take(self, part: bytes) -> None:
        if len(self._rest) + len(part) > MAX_LINE:
            raise _overlong()
        self._rest += part


class Meter:
    """Counts what comes in each second of a clock and raises `SubjectBabbled` for a flood."""

    def __init__(self, messages: int = MAX_MESSAGES_PER_S, size: int = MAX_BYTES_PER_S) -> None:
        self._limits = (messages, size)
        self._since: int | None = None
        self._messages = 0
        self._bytes = 0

    def count(self, now: int, *, messages: int = 0, size: int = 0) -> None:
        """So much came at `now` (ms)."""
        if self._since is None or now - self._since >= 1_000:
            self._since, self._messages, self._bytes = now, 0, 0
        self._messages += messages
        self._bytes += size
        most, largest = self._limits
        if self._messages > most:
            raise SubjectBabbled(
                f"it sent more than {most} messages within a second; notify `changed` only when the view did"
            )
        if self._bytes > largest:
            raise SubjectBabbled(f"it wrote more than {largest} bytes within a second; write less")


def read(line: bytes) -> Changed | Answer:
    """One line as the message it is. Raises `SubjectBabbled`."""
    try:
        message = _MESSAGE.decode(line)
    except msgspec.ValidationError as error:
        raise SubjectBabbled(
            f"a line is JSON, but no JSON-RPC 2.0 message ({_path(error, 'message')}): {_words(line)}"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SubjectBabbled(
            f"a line of its stdout is no JSON: {_words(line)}; print nothing there but messages, and log to stderr"
        ) from error
    if message.method is not None:
        return _notification(message)
    if message.id is None:
        why = f": error {message.error.code}, {sentence(message.error.message)}" if message.error else ""
        raise SubjectBabbled(f"it answered no call in particular{why}; repeat the call's id in its answer")
    if bool(message.result) == (message.error is not None):
        raise SubjectBabbled(f"its answer to call {message.id} needs a result or an error, one of the two")
    return Answer(message.id, message.result, message.error)


def result(answer: Answer, method: str, kind: type[T]) -> T:
    """The answer's result as the method's own type, bounded. Raises `SubjectBabbled`, also where it is an error."""
    if answer.error is not None:
        raise SubjectBabbled(
            f"it answered `{method}` with the error {answer.error.code}, {sentence(answer.error.message)}; "
            "what a client won't do it says with a result"
        )
    return _decoded(answer.result, msgspec.json.Decoder(kind), f"its answer to `{method}`")


def _notification(message: _Message) -> Changed:
    method = message.method or ""
    if method != "changed" or message.id is not None:
        raise SubjectBabbled(
            f"it called {sentence(method, 60)}; a client only answers, and notifies `changed` without an id"
        )
    return Changed(_decoded(message.params or _NULL, _VIEW, "the view that it notified"))


def _decoded(raw: msgspec.Raw, decoder: msgspec.json.Decoder[T], what: str) -> T:
    try:
        return bounded(decoder.decode(raw))
    except msgspec.ValidationError as error:
        raise SubjectBabbled(f"{what} is not of the protocol's shape: {_path(error, 'it')}") from error


def _path(error: msgspec.ValidationError, whole: str) -> str:
    """The decoder's sentence with the field first: `countdowns[0].remaining_ms: expected int, got str`."""
    what, _, where = str(error).partition(" - at `$")
    field = where.rstrip("`").lstrip(".") or whole
    problem = " ".join(what.replace("`", "").split())
    return f"{field[:120]}: {problem[:1].lower()}{problem[1:200]}"


def _words(line: bytes) -> str:
    return sentence(line[:400].decode("utf-8", "replace"), 80)


def _overlong() -> SubjectBabbled:
    return SubjectBabbled(f"a line of its stdout is longer than {MAX_LINE} bytes; send no view larger than that")
