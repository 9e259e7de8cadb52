"""Exams by name: `exams/NAME.toml`, or the path of a plan."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

from harness.core.errors import PlanError
from harness.core.plan import Plan, parse_plan

ROOT: Final = Path(__file__).resolve().parents[2]
EXAMS: Final = ROOT / "exams"


def exam_names() -> tuple[str, ...]:
    """The exams that come with Viva."""
    return tuple(sorted(path.stem for path in EXAMS.glob("*.toml")))


def load_exam(name: str) -> Plan:
    """The plan at full length. Raises `PlanError`: no such exam (with the nearest name), not readable, or contradictory."""
    path = Path(name) if name.endswith(".toml") else EXAMS / f"{name}.toml"
    if not path.is_file():
        near = difflib.get_close_matches(name, exam_names(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(exam_names())}"
        raise PlanError(f"no exam is called {name!r}: {hint}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path}: can't be read ({error}); give a UTF-8 file") from error
    return parse_plan(text, str(path))
