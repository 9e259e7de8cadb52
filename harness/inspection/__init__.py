"""Recordings → what they show."""

from harness.inspection.container import Source
from harness.inspection.fidelity import CameraPictures
from harness.inspection.filters import FILTERED, filtered
from harness.inspection.inspector import DeviceClock, inspect
from harness.inspection.likeness import Departure, departure
from harness.inspection.still import read_still, still_luma
from harness.inspection.symbols import LegibleSymbol, SymbolReader

__all__ = [
    "FILTERED",
    "CameraPictures",
    "Departure",
    "DeviceClock",
    "LegibleSymbol",
    "Source",
    "SymbolReader",
    "departure",
    "filtered",
    "inspect",
    "read_still",
    "still_luma",
]
