"""Writes `docs/schemas/results.json` from the types: `python -m reports.schema`. Its test fails while the file is behind the types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from reports.results import json_schema

PLACE: Final = Path(__file__).parents[1] / "docs" / "schemas" / "results.json"


def text() -> str:
    """The file's text."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_text(text(), "utf-8")
