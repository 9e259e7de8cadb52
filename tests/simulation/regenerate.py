"""Writes the golden timelines anew: `python -m tests.simulation.regenerate`. Read the difference before you commit it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.core.script import Script
from harness.simulation.model import expected
from tests.simulation.scripts import GOLDEN

FOLDER = Path(__file__).parent / "golden"


def lines(script: Script) -> str:
    """The expected timeline as text: one event a line, in order."""
    return "".join(f"{msgspec.json.encode(event).decode()}\n" for event in expected(script))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in GOLDEN.items():
        (FOLDER / f"{name}.jsonl").write_text(lines(make()), encoding="utf-8")
