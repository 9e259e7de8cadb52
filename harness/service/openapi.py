"""The OpenAPI 3.1 document of the exam API, generated from `ROUTES`, `PROBLEMS` and the types of the bodies."""

from __future__ import annotations

import functools
import json
import re
from typing import Any, Final

import msgspec

from harness.core.events import Operation
from harness.protocol import tus
from harness.protocol.exam_api import PROBLEMS, ROUTES, Route
from harness.protocol.messages import PROBLEM_JSON, PROBLEM_PREFIX, Problem, Push
from harness.service.routing import KEYED, TUS

VERSION: Final = "1"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
# What an operation may answer beyond the problems that its route names, whatever it is.
COMMON: Final = ("unavailable",)
TOKEN: Final = ("unauthorized", "forbidden")
BODY: Final = ("invalid-body", "wrong-content-type")
_STRING: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}


@functools.cache
def document() -> bytes:
    """The document as it is served and committed: UTF-8 JSON, indented."""
    return pretty(openapi())


def openapi() -> dict[str, Any]:
    """The document as data."""
    bodies = [kind for route in ROUTES for kind in (route.body, route.reply) if isinstance(kind, type)]
    _, components = msgspec.json.schema_components(
        [*dict.fromkeys([*bodies, Problem, Push])], ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Viva exam API",
            "version": VERSION,
            "summary": "What the clients of an online interview and its exam service say to each other",
            "description": "Read together with protocol.md. All times are exam ms: whole milliseconds relative to T0.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "the address that the client is opened with"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the ticket until login, then the token of the login; a phone's token comes with its binding",
                }
            },
            "schemas": components,
            "headers": {
                "Exam-Time": {
                    "description": "exam ms when the reply left; in every reply to a request whose token is good, and in no other",
                    "schema": {"type": "integer"},
                },
                "Upload-Offset": {"description": "bytes held, durably", "schema": _COUNT},
                "Upload-Expires": {
                    "description": "when an upload that stays incomplete is given up",
                    "schema": _STRING,
                },
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation.value,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.open:
        operation["security"] = [{}, {"bearer": []}]
    if route.body is not None:
        operation["requestBody"] = _request_body(route)
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": _STRING} for name in re.findall(r"{(\w+)}", route.path)
    ]

    def header(name: str, schema: dict[str, Any], description: str, *, required: bool = False) -> None:
        found.append({"name": name, "in": "header", "required": required, "schema": schema, "description": description})

    if route.operation in KEYED:
        schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"}
        header(
            "Idempotency-Key",
            schema,
            "the same for each repetition of one request, new for each new one",
            required=True,
        )
    if route.operation in TUS:
        header("Tus-Resumable", {"const": tus.VERSION}, "the version of tus", required=True)
    match route.operation:
        case Operation.LOGIN:
            header("Captured-Ms", {"type": "integer"}, "exam ms at which the still was taken", required=True)
        case Operation.EVENTS:
            header("Last-Event-ID", _COUNT, "replays what came after it; everything, if left out")
        case Operation.UPLOAD_CREATE:
            header("Upload-Length", _COUNT, "bytes; this or Upload-Defer-Length")
            header("Upload-Defer-Length", {"const": "1"}, "the length is not known yet")
            header(
                "Upload-Metadata",
                _STRING,
                "tus: keys exam, recording, stream, segment, mime, started_ms, previous",
                required=True,
            )
            header("Upload-Checksum", _STRING, "of the body: `sha1 BASE64` or `sha256 BASE64`")
        case Operation.UPLOAD_PATCH:
            header("Upload-Offset", _COUNT, "the offset that the service last gave", required=True)
            header("Upload-Length", _COUNT, "of the whole, once it is known")
            header("Upload-Checksum", _STRING, "of this body: `sha1 BASE64` or `sha256 BASE64`")
    return found


def _request_body(route: Route) -> dict[str, Any]:
    if route.body == "image":
        binary: dict[str, Any] = {"schema": {"type": "string", "contentMediaType": "image/jpeg"}}
        return {"required": True, "content": {"image/jpeg": binary, "image/png": {"schema": {"type": "string"}}}}
    if route.body == "bytes":
        required = route.operation is Operation.UPLOAD_PATCH
        return {"required": required, "content": {tus.OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
    return {"required": True, "content": {"application/json": {"schema": _reference(route.body)}}}


def _responses(route: Route) -> dict[str, Any]:
    headers: dict[str, Any] = {"Exam-Time": {"$ref": "#/components/headers/Exam-Time"}}
    status, content = "204", {}
    if route.reply is not None:
        status, content = "200", {"application/json": {"schema": _reference(route.reply)}}
    elif route.operation is Operation.EVENTS:
        status, content = "200", {"text/event-stream": {"schema": _STRING}}
    elif route.operation is Operation.ATTACHMENT:
        status, content = "200", {"text/plain": {"schema": _STRING}}
    elif route.operation is Operation.UPLOAD_HEAD:
        status = "200"
    elif route.operation is Operation.UPLOAD_CREATE:
        status = "201"
        headers["Location"] = {"description": "path of the upload", "required": True, "schema": _STRING}
    if route.operation in (Operation.UPLOAD_CREATE, Operation.UPLOAD_HEAD, Operation.UPLOAD_PATCH):
        headers["Upload-Offset"] = {"$ref": "#/components/headers/Upload-Offset"}
        headers["Upload-Expires"] = {"$ref": "#/components/headers/Upload-Expires"}
    granted: dict[str, Any] = {"description": route.summary or "done", "headers": headers}
    if content:
        granted["content"] = content
    responses = {status: granted}
    for number, codes in sorted(_problems(route).items()):
        responses[str(number)] = {
            "description": "; ".join(f"{code}: {PROBLEMS[code][1]}" for code in codes),
            "headers": {"Exam-Time": {"$ref": "#/components/headers/Exam-Time"}},
            "content": {
                PROBLEM_JSON: {
                    "schema": {
                        "allOf": [_reference(Problem)],
                        "properties": {"type": {"enum": [PROBLEM_PREFIX + code for code in codes]}},
                    }
                }
            },
        }
    return responses


def _problems(route: Route) -> dict[int, list[str]]:
    codes = [*route.problems, *COMMON]
    if not route.open:
        codes += TOKEN
    if isinstance(route.body, type):
        codes += BODY
    if route.operation in KEYED or route.operation in TUS:
        codes.append("invalid-header")
    if route.operation in TUS:
        codes.append("unsupported-tus-version")
    if "{" in route.path:
        codes.append("not-found")
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return by_status


def _reference(kind: Any) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def pretty(value: Any) -> bytes:
    """As files hold it: indented, one line end."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
