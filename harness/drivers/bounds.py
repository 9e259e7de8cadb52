"""Bounds on a subject's words: whatever a client says is cut to size here before it goes into a timeline, report or error.

Laws: a bounded value is of the same type; bounding twice changes nothing; what was cut ends with an ellipsis, except data that would no
longer decode, which is dropped whole. Escaping is the business of whoever writes the words down. Called by the drivers.
"""

from __future__ import annotations

from enum import Enum
from itertools import islice
from operator import is_not
from typing import Any, Final, TypeVar, cast

import msgspec

from harness.core.view import AttachmentShown, BindingShown, QuestionShown

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

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


def bounded_after(value: S, earlier: S, bound: S) -> S:
    """`bounded(value)`, where `earlier` was bounded to `bound`: of what is the same in both nothing is gone through again."""
    fields = {
        name: getattr(bound, name) if field == getattr(earlier, name) else _field(value, name, field)
        for name in value.__struct_fields__
        for field in (getattr(value, name),)
    }
    return type(value)(**fields)


def sentence(words: str, limit: int = 200) -> str:
    """A subject's words as part of one sentence: on one line, printable, at most `limit` characters, quoted."""
    head = " ".join(words[: 4 * limit].split())
    cut = len(head) > limit or len(words) > 4 * limit
    return repr(head[:limit] + ("…" if cut else ""))


def _bound(value: Any, limit: int) -> Any:
    """The value itself where nothing had to be cut: most words of most clients are short."""
    match value:
        case str() if not isinstance(value, Enum):
            return value if len(value) <= limit else value[: limit - 1] + "…"
        case Enum() | bool() | None:
            return value
        case int() | float():
            return (
                value if -MAX_NUMBER <= value <= MAX_NUMBER else type(value)(max(-MAX_NUMBER, min(MAX_NUMBER, value)))
            )
        case tuple():
            items = tuple([_bound(item, limit) for item in value[:MAX_ITEMS]])
            return items if len(items) < len(value) or any(map(is_not, items, value)) else value
        case dict():
            return {_bound(key, 64): _bound(item, limit) for key, item in islice(value.items(), MAX_ITEMS)}
        case msgspec.Struct():
            cut = {}
            for name in value.__struct_fields__:
                field = getattr(value, name)
                bound = _field(value, name, field)
                if bound is not field:
                    cut[name] = bound
            return msgspec.structs.replace(value, **cut) if cut else value
    raise TypeError(f"a subject's words hold no {type(value).__name__}")


def _field(struct: msgspec.Struct, name: str, value: Any) -> Any:
    if type(value) is not str:
        return _bound(value, MAX_TEXT)
    place = (type(struct), name)
    if place in WHOLE and len(value) > DOCUMENTS[place]:
        return ""
    return _bound(value, DOCUMENTS.get(place, MAX_TEXT))
