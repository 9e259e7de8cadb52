"""The faulty web clients as data: what each breaks, and the folder of files that are served in place of the reference pages' own.

Laws: one folder below `clients/faulty_web` is one client; its `fault.toml` says what it breaks and why, its other files stand at the paths of
those that they replace. Reading starts nothing. Called by `subjects` and the commands.
"""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import ManifestError, VivaError
from harness.rules.requirement import requirement
from harness.session.exams import ROOT

PAGES: Final = ROOT / "clients" / "web"
FAULTS: Final = ROOT / "clients" / "faulty_web"
FAULT_FILE: Final = "fault.toml"


class WebFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fault.toml`: the requirement that is broken and by what; what falls with it and why; the only exam that shows it, or empty."""

    breaks: str
    why: str
    declared: dict[str, str] = {}
    exam: str = ""


@cache
def web_faults(folder: Path = FAULTS) -> dict[str, WebFault]:
    """Every faulty web client by name, in the order of names. Raises `ManifestError`."""
    return {file.parent.name: _read(file) for file in sorted(folder.glob(f"*/{FAULT_FILE}"))}


def overlay_of(name: str) -> Path:
    """The folder of that client's files. Raises `ManifestError` with the nearest name."""
    known = web_faults()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise ManifestError(
            f"no faulty web client is called {name!r}: "
            + (f"did you mean {near[0]!r}?" if near else "see viva faulty --web --json")
        )
    return FAULTS / name


def _read(file: Path) -> WebFault:
    try:
        fault = msgspec.toml.decode(file.read_bytes(), type=WebFault)
        for identifier in (fault.breaks, *fault.declared):
            requirement(identifier)
    except OSError as error:
        raise ManifestError(f"{file}: can't be read ({error.strerror}); make it readable") from error
    except (msgspec.ValidationError, msgspec.DecodeError, ValueError, VivaError) as error:
        raise ManifestError(f"{file}: {error}; compare it with another client's {FAULT_FILE}") from error
    return fault
