"""A suite that was shaped and not played: its scripts, and what is asked of each.

Scenarios are the same whoever is judged by them, so they need be gone through once for many subjects. The features' plugin writes one with
`--viva-shape`; `batch` takes it up again for each subject.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import HarnessError
from harness.core.plan import decode_number, encode_number
from harness.core.record import Judgement
from harness.core.script import Script

FILE: Final = "shaped.json"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement to be judged on one scenario."""

    requirement: str
    scenario: str
    feature: str
    digest: str


class Shaped(msgspec.Struct, frozen=True, kw_only=True):
    """`scripts` by digest; `answers` is what needs no playing; `scenarios` counts all there are by (requirement, scenario)."""

    scripts: dict[str, Script]
    wanted: tuple[Wanted, ...]
    answers: tuple[Judgement, ...]
    scenarios: tuple[tuple[str, str, int], ...]


def write(file: Path, shaped: Shaped) -> None:
    """Leaves it for `read`, in this run's own folder."""
    file.write_bytes(msgspec.json.encode(shaped, enc_hook=encode_number))


def read(file: Path) -> Shaped:
    """What `write` left. Raises `HarnessError` where that can't be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Shaped, dec_hook=decode_number)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise HarnessError(f"the shaped suite {file} can't be read ({error}); run it again") from error
