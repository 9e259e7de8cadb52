"""Bounds on a subject's words: whatever a client says is cut to size here before it goes into a timeline, report or error.

Laws: a bounded value is of the same type; bounding twice changes nothing; what was cut ends with an ellipsis, except data that would no
longer decode, which is dropped whole. Escaping is the business of whoever writes the words down. Called by the drivers.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, TypeVar, cast

import msgspec

from harness.core.view import AttachmentShown, BindingShown, QuestionShown

T = TypeVar("T")

MAX_TEXT: Final = 2_000  # characters; the notice's longest paragraph has 300
MAX_ITEMS: Final = 64  # entries of a list or table; the fullest view of ours has 12
MAX_NUMBER: Final = 2**53 - 1  # what every JSON reader keeps exact
# Documents that a view carries whole: a question, an attachment, a QR code's PNG as base64.
DOCUMENTS: Final[dict[tuple[type, str], int]] = {
    (QuestionShown, "text"): 65_536,
    (AttachmentShown, "text"): 65_536,
    (BindingShown, "qr_png"): 262_144,
}
WHOLE: Final = frozenset({(BindingShown, "qr_png")})


def bounded(value: T) -> T:
    """The same value with every text, list, table and number cut to its bound."""
    return cast("T", _bound(value, MAX_TEXT))


def sentence(words: str, limit: int = 200) -> str:
    """A subject's words as part of one sentence: on one line, printable, at most `limit` characters, quoted."""
    head = " ".join(words[: 4 * limit].split())
    cut = len(head) > limit or len(words) > 4 * limit
    return repr(head[:limit] + ("…" if cut else ""))


def _bound(value: Any, limit: int) -> Any:
    match value:
        case Enum() | bool() | None:
            return value
        case str():
            return value if len(value) <= limit else value[: limit - 1] + "…"
        case int() | float():
            return type(value)(max(-MAX_NUMBER, min(MAX_NUMBER, value)))
        case tuple():
            return tuple(_bound(item, limit) for item in value[:MAX_ITEMS])
        case dict():
            items = list(value.items())[:MAX_ITEMS]
            return {_bound(key, 64): _bound(item, limit) for key, item in items}
        case msgspec.Struct():
            return type(value)(**{name: _field(value, name) for name in value.__struct_fields__})
    raise TypeError(f"a subject's words hold no {type(value).__name__}")


def _field(struct: msgspec.Struct, name: str) -> Any:
    place = (type(struct), name)
    value = getattr(struct, name)
    limit = DOCUMENTS.get(place, MAX_TEXT)
    if place in WHOLE and len(value) > limit:
        return ""
    return _bound(value, limit)
