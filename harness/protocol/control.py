"""Client control: JSON-RPC 2.0, a message a line of at most 1 MiB, harness → subject on its stdin and stdout."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from harness.core.view import Act
from harness.protocol.capture import Device

PROTOCOL: Final = 1
MAX_LINE: Final = 1 << 20  # bytes, newline included

# JSON-RPC 2.0, section 5.1
PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603


class Initialize(msgspec.Struct, frozen=True, kw_only=True):
    """`initialize`: the first call."""

    protocol: int
    role: Literal["laptop", "phone"]
    state_dir: str


class Initialized(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the subject is and can: the acts it knows, the view keys it can show, the media it takes."""

    name: str
    version: str
    protocol: int
    intents: tuple[str, ...]
    views: tuple[str, ...]
    capture: tuple[Literal["raw", "encoded", "system"], ...]


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """`open`: the candidate starts the client. The phone's ticket is empty: it is bound by code."""

    service_url: str
    ticket: str
    devices: tuple[Device, ...]


class Devices(msgspec.Struct, frozen=True, kw_only=True):
    """`devices`: what is plugged in now."""

    devices: tuple[Device, ...]


class Perform(msgspec.Struct, frozen=True, kw_only=True):
    """`do`: an intent; `intent` is an `Act`, or a made-up one that must come back `unsupported`."""

    intent: str
    args: dict[str, str] = {}


class RpcError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A JSON-RPC error object."""

    code: int
    message: str


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, or (without id) a notification."""

    method: str
    jsonrpc: Literal["2.0"]  # has no default: what is left out of a message is what has one
    id: int | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result or an error."""

    id: int | None
    jsonrpc: Literal["2.0"]  # has no default: what is left out of a message is what has one
    result: msgspec.Raw | None = None
    error: RpcError | None = None


METHODS: Final = ("initialize", "open", "devices", "do", "view", "close")
ACTS: Final = tuple(act.value for act in Act)
