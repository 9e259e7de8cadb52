"""From a request to an operation of the API, who may ask for it, and its body; all read off `harness.protocol.exam_api.ROUTES`."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from harness.core.events import Operation
from harness.protocol.exam_api import ROUTES, Route
from harness.protocol.messages import IDEMPOTENCY_KEY, Request
from harness.service.problems import Refused

_UPLOADS: Final = (Operation.UPLOAD_CREATE, Operation.UPLOAD_HEAD, Operation.UPLOAD_PATCH, Operation.UPLOAD_DELETE)
TUS: Final = frozenset(_UPLOADS)
# Who may ask for what; the ticket of a candidate whose login the desk completed counts as a laptop.
_ANYBODY: Final = frozenset(("ticket", "laptop", "phone"))
_DEVICES: Final = frozenset(("laptop", "phone"))
CALLERS: Final[dict[Operation, frozenset[str]]] = {
    Operation.EXAM: _ANYBODY,
    Operation.TIME: _ANYBODY,
    Operation.SESSION: _ANYBODY,
    Operation.EVENTS: _ANYBODY,
    Operation.CONSENT: frozenset(("ticket", "laptop")),
    Operation.LOGIN: frozenset(("ticket",)),
    Operation.REPORT: _DEVICES,
    Operation.FINISH: _DEVICES,
    **dict.fromkeys(_UPLOADS, _DEVICES),
}
LAPTOP_ONLY: Final = frozenset(("laptop",))
# POSTs with an effect: a client that doesn't know whether one arrived sends it again with the same key.
KEYED: Final = frozenset(
    (
        Operation.CONSENT,
        Operation.LOGIN,
        Operation.BINDING,
        Operation.PHONE_BIND,
        Operation.ENTRY,
        Operation.STAGE,
        Operation.HELP,
        Operation.REPORT,
        Operation.FINISH,
    )
)
_KEY: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def _table() -> dict[tuple[str, ...], dict[str, Route]]:
    table: dict[tuple[str, ...], dict[str, Route]] = {}
    for route in ROUTES:
        pattern = tuple("*" if part.startswith("{") else part for part in route.path.split("/"))
        table.setdefault(pattern, {})[route.method] = route
    # tus: OPTIONS may be asked of an upload as well.
    table["", "v1", "uploads", "*"]["OPTIONS"] = table["", "v1", "uploads"]["OPTIONS"]
    return table


_TABLE: Final = _table()


def find(request: Request) -> tuple[Route, str]:
    """The route and the path's parameter. Raises `not-found` or `method-not-allowed`."""
    parts = tuple(request.path.partition("?")[0].split("/"))
    methods, param = _TABLE.get(parts), ""
    if methods is None and len(parts) > 3:
        methods, param = _TABLE.get((*parts[:3], "*", *parts[4:])), parts[3]
    if methods is None:
        raise Refused("not-found", "没有这个地址。")
    route = methods.get(method(request))
    if route is None:
        allowed = ", ".join(sorted(methods))
        raise Refused("method-not-allowed", f"此处只支持 {allowed}。", headers={"allow": allowed})
    return route, param


def method(request: Request) -> str:
    """As tus has it, X-HTTP-Method-Override is the method where a client can't send PATCH or DELETE."""
    return request.headers.get("x-http-method-override", request.method).upper()


def takes_stream(request: Request) -> bool:
    """The request's body goes into an upload, and is fed as it comes."""
    try:
        route, _ = find(request)
    except Refused:
        return False
    return route.operation in (Operation.UPLOAD_CREATE, Operation.UPLOAD_PATCH)


def idempotency_key(request: Request) -> str:
    """Raises `invalid-header` where it is missing or malformed."""
    key = request.headers.get(IDEMPOTENCY_KEY, "")
    if not _KEY.fullmatch(key):
        raise Refused("invalid-header", "缺少 Idempotency-Key，或其值不是 1 至 128 个字母、数字或 ._:- 。")
    return key


def decode_body(route: Route, request: Request) -> Any:
    """The JSON body, strictly: its type, no unknown key. None for an operation without one."""
    if route.body in ("image", "bytes"):
        return None
    if route.body is None:
        if request.body.strip() not in (b"", b"{}"):
            raise Refused("invalid-body", "此操作不接受请求内容。")
        return None
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused("wrong-content-type", "Content-Type 须为 application/json。")
    try:
        loose = msgspec.json.decode(request.body)
        body = msgspec.convert(loose, type=route.body)
    except msgspec.DecodeError as error:  # a ValidationError is one
        raise Refused("invalid-body", f"请求内容有误：{error}") from error
    unknown = set(loose) - set(type(body).__struct_fields__)
    if unknown:
        raise Refused("invalid-body", f"请求内容有误：不认识的字段 {sorted(unknown)[0][:60]!r}")
    return body
