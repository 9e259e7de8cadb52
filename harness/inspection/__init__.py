"""Recordings → what they show."""

from harness.inspection.container import Source
from harness.inspection.filters import FILTERED, filtered
from harness.inspection.inspector import DeviceClock, inspect
from harness.inspection.still import read_still
from harness.inspection.symbols import LegibleSymbol, SymbolReader

__all__ = ["FILTERED", "DeviceClock", "LegibleSymbol", "Source", "SymbolReader", "filtered", "inspect", "read_still"]
