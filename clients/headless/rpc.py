"""The client's side of client control: one call in, one reply out, and a notification for each view.

Laws: a call is answered once, in order; what can't be done is an error of JSON-RPC, what the client does not know is `unsupported`;
`initialize` is answered once everything is loaded, so that a candidate who opens the client need not wait. Driven by `__main__`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.protocol import control
from harness.protocol.client import DoResult
from harness.protocol.control import Call, Devices, Initialize, Initialized, Open, Perform, Reply, RpcError
from harness.protocol.messages import json_body
from harness.protocol.vocabulary import Act, Role, View, VivaError

VERSION: Final = "0.1.0"
LAPTOP_VIEWS: Final = (
    "page",
    "controls",
    "countdowns",
    "alerts",
    "checks",
    "devices",
    "attachments",
    "binding",
    "question",
    "upload",
    "network",
    "text",
)
PHONE_VIEWS: Final = ("page", "controls", "alerts", "upload", "network", "recording", "text")
PHONE_ACTS: Final = (
    Act.SCAN,
    Act.TYPE_CODE,
    Act.STOP,
    Act.CONFIRM,
    Act.CANCEL,
    Act.RETRY,
    Act.CLOSE,
    Act.LEAVE,
    Act.RETURN,
)
# What a phone is for, and what takes a keyboard and a clipboard.
NOT_ON_A_LAPTOP: Final = frozenset({Act.SCAN, Act.TYPE_CODE, Act.STOP, Act.RECORD, Act.SCREENSHOT, Act.COPY})


class Refused(Exception):
    """The call can't be done: a JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Server:
    """One client under control. `load` gives its class; `write` takes a line."""

    def __init__(self, role: Role, load: Callable[[], Any], write: Callable[[bytes], None]) -> None:
        self._role = role
        self._load = load
        self._write = write
        self._state_dir: Path | None = None
        self._opening: Any = None  # `opening.Opened`, once it is loaded
        self._opened: Any = None  # `opening.Opened`, once it is loaded
        self._stack = contextlib.AsyncExitStack()
        self._methods = {
            "initialize": self._initialize,
            "open": self._open,
            "devices": self._devices,
            "do": self._do,
            "view": self._view,
            "close": self._close,
        }

    async def line(self, line: bytes) -> None:
        """One line from the harness."""
        number: int | None = None
        try:
            call = _call(line)
            number = call.id
            result = await self._perform(call)
        except Refused as refused:
            error = RpcError(code=refused.code, message=str(refused))
            self._write(msgspec.json.encode(Reply(jsonrpc="2.0", id=number, error=error)) + b"\n")
        else:
            if number is not None:
                self._write(
                    msgspec.json.encode(Reply(jsonrpc="2.0", id=number, result=msgspec.Raw(json_body(result)))) + b"\n"
                )

    async def close(self) -> None:
        """The end of the conversation: devices are released."""
        await self._stack.aclose()
        self._opened = None

    def notify(self, view: View) -> None:
        """`changed`."""
        self._write(
            msgspec.json.encode(Call(jsonrpc="2.0", method="changed", params=msgspec.Raw(json_body(view)))) + b"\n"
        )

    async def _perform(self, call: Call) -> Any:
        method = self._methods.get(call.method)
        if method is None:
            raise Refused(control.METHOD_NOT_FOUND, f"there is no method {call.method[:60]!r}; see {control.METHODS}")
        try:
            return await method(call.params)
        except msgspec.DecodeError as error:
            raise Refused(control.INVALID_PARAMS, f"{call.method}: {error}") from error

    async def _initialize(self, params: msgspec.Raw) -> Initialized:
        asked = msgspec.json.decode(params, type=Initialize)
        if asked.protocol != control.PROTOCOL:
            raise Refused(
                control.INVALID_PARAMS, f"protocol is {asked.protocol}; this client speaks {control.PROTOCOL}"
            )
        if asked.role != self._role:
            raise Refused(control.INVALID_PARAMS, f"role is {asked.role}; this client was started as {self._role}")
        self._state_dir = Path(asked.state_dir)
        self._preload()
        laptop = self._role is Role.LAPTOP
        known = tuple(act for act in Act if act not in NOT_ON_A_LAPTOP)
        return Initialized(
            name="Viva headless reference client",
            version=VERSION,
            protocol=control.PROTOCOL,
            intents=tuple(act.value for act in (known if laptop else PHONE_ACTS)),
            views=LAPTOP_VIEWS if laptop else PHONE_VIEWS,
            capture=("raw",),
        )

    def _preload(self) -> None:
        from clients.headless.opening import Opened  # noqa: PLC0415 - the codecs and HTTP take most of the start

        self._load()
        self._opening = Opened

    async def _open(self, params: msgspec.Raw) -> dict[str, str]:
        asked = msgspec.json.decode(params, type=Open)
        if self._state_dir is None or self._opened is not None:
            raise Refused(control.INVALID_REQUEST, "open comes once, after initialize")
        try:
            opening = self._opening(self._load(), asked, state_dir=self._state_dir, changed=self.notify)
        except VivaError as error:
            raise Refused(control.INVALID_PARAMS, str(error)) from error
        self._opened = await self._stack.enter_async_context(opening)
        self._opened.start()
        return {}

    async def _devices(self, params: msgspec.Raw) -> dict[str, str]:
        asked = msgspec.json.decode(params, type=Devices)
        self._client().devices(asked.devices)
        return {}

    async def _do(self, params: msgspec.Raw) -> DoResult:
        asked = msgspec.json.decode(params, type=Perform)
        client = self._client()
        if asked.intent not in control.ACTS:
            return DoResult("unsupported", f"this client knows no {asked.intent[:60]!r}")
        result: DoResult = client.do(Act(asked.intent), asked.args)
        return result

    async def _view(self, _params: msgspec.Raw) -> View:
        view: View = self._client().view()
        return view

    async def _close(self, _params: msgspec.Raw) -> dict[str, str]:
        await self.close()
        return {}

    def _client(self) -> Any:
        if self._opened is None:
            raise Refused(control.INVALID_REQUEST, "the client is not open; call open first")
        return self._opened


def _call(line: bytes) -> Call:
    try:
        return msgspec.json.decode(line, type=Call)
    except msgspec.ValidationError as error:
        raise Refused(control.INVALID_REQUEST, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(control.PARSE_ERROR, str(error)) from error
