"""Text of a subject, made fit to print: bounded in length and free of characters that a page, XML or a terminal would act upon.

A subject is untrusted: its name, its alerts and its reasons reach people only through here. Escaping for HTML or XML is the writer's.
"""

from __future__ import annotations

import re
from typing import Final

LINE: Final = 300  # characters: longer than any sentence of ours, short enough for a cell

# What XML 1.0 can't carry at all (section 2.2), C1 controls, lone surrogates, and the marks that turn the direction of text around.
_UNFIT: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """The text with every unfit character replaced by U+FFFD, so that it shows that something stood there."""
    return _UNFIT.sub("\ufffd", text)


def bounded(text: str, limit: int = LINE) -> str:
    """One line of at most `limit` characters: white space runs become one space, the rest is cut with an ellipsis."""
    line = " ".join(clean(text[: limit * 4]).split())
    if len(line) <= limit and len(text) <= limit * 4:
        return line
    return line[: limit - 1] + "…"
