"""The documents that are generated: JSON Schemas of what is not HTTP, and the tables of protocol.md.

`python -m harness.service.documents docs` writes them, and `openapi.json`; a test holds that the committed ones are these.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.core.events import Event
from harness.core.plan import Plan
from harness.core.units import Limit, Millis, Moment, Span
from harness.core.view import View
from harness.protocol import control
from harness.protocol.client import DoResult
from harness.protocol.exam_api import PROBLEMS, ROUTES
from harness.service.openapi import document, pretty
from harness.service.routing import CALLERS, LAPTOP_ONLY

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT_FORMS: Final[dict[type, str]] = {
    Moment: r"^T[+-]\d+(\.\d+)?\s*(ms|s|min|h)$",
    Span: r"^\d+(\.\d+)?\s*(ms|s|min|h)$",
    Limit: r"^\d+(\.\d+)?\s*(ms|s|min|h)$",
    Millis: r"^\d+(\.\d+)?\s*(ms|s|min|h)$",
}


def problem_table() -> str:
    """The problems as a Markdown table: protocol.md holds it, and a test compares."""
    asked: dict[str, list[str]] = {code: [] for code in PROBLEMS}
    for route in ROUTES:
        for code in route.problems:
            asked[code].append(route.operation)
    lines = ["| problem | status | meaning | named by |", "|---|---|---|---|"]
    lines += [
        f"| `{code}` | {status} | {title} | {', '.join(asked[code]) or 'any operation'} |"
        for code, (status, title) in PROBLEMS.items()
    ]
    return "\n".join(lines)


def operation_table() -> str:
    """The operations as a Markdown table, with who may ask for them."""
    lines = ["| operation | who asks | |", "|---|---|---|"]
    for route in ROUTES:
        callers = CALLERS.get(route.operation, LAPTOP_ONLY)
        who = "open" if route.open else ", ".join(name for name in ("ticket", "laptop", "phone") if name in callers)
        lines.append(f"| `{route.method} {route.path}` | {who} | {route.summary or 'tus'} |")
    return "\n".join(lines)


TABLES: Final = {"problems": problem_table, "operations": operation_table}


def with_tables(text: str) -> str:
    """A document with its generated tables as they are now, between `<!-- generated: NAME -->` and `<!-- end -->`."""
    return re.sub(
        r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}",
        text,
        flags=re.DOTALL,
    )


# -- JSON Schemas of what is not HTTP ----------------------------------------------------------------------------------


def schemas() -> dict[str, bytes]:
    """File name → schema, of the values that cross other borders than HTTP."""
    _, components = msgspec.json.schema_components(
        [
            control.Initialize,
            control.Initialized,
            control.Open,
            control.Devices,
            control.Perform,
            control.RpcError,
            DoResult,
            View,
        ],
        schema_hook=_units,
    )
    version = {"const": "2.0"}
    call = {"jsonrpc": version, "id": {"type": "integer"}, "method": {"enum": [*control.METHODS, "changed"]}}
    reply = {"jsonrpc": version, "id": {"type": ["integer", "null"]}, "error": {"$ref": "#/$defs/RpcError"}}
    messages = {
        "$schema": DRAFT,
        "title": "Client control: JSON-RPC 2.0, a message a line; its params and results stand under $defs",
        "anyOf": [
            {"type": "object", "required": ["jsonrpc", "method"], "properties": {**call, "params": {"type": "object"}}},
            {"type": "object", "required": ["jsonrpc", "id"], "properties": {**reply, "result": {"type": "object"}}},
        ],
        "$defs": components,
    }
    return {
        "control.json": pretty(messages),
        "event.json": _schema(Event),
        "plan.json": _schema(Plan),
        "view.json": _schema(View),
    }


def _schema(kind: type) -> bytes:
    found = msgspec.json.schema(kind, schema_hook=_units)
    return pretty({"$schema": DRAFT, **found})


def _units(kind: type) -> dict[str, Any]:
    """Our units stand in plans as text."""
    if kind in _TEXT_FORMS:
        return {"type": "string", "pattern": _TEXT_FORMS[kind]}
    raise NotImplementedError(kind)  # msgspec's own signal for "not a type of ours"


def write(folder: Path) -> None:
    """All of it below `folder`."""
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_bytes(document())
    protocol = folder / "protocol.md"
    protocol.write_text(with_tables(protocol.read_text(encoding="utf-8")), encoding="utf-8")
    for name, schema in schemas().items():
        (folder / "schemas" / name).write_bytes(schema)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
