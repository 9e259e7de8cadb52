"""The private device stack of one candidate machine: what a browser takes for real cameras, microphones, a display and a battery."""

from __future__ import annotations

from virtual_devices.stack.fallback import MICROPHONES, Fallback
from virtual_devices.stack.packages import VARIABLE, browser, missing, remedy
from virtual_devices.stack.stack import Stack

__all__ = ["MICROPHONES", "VARIABLE", "Fallback", "Stack", "browser", "missing", "remedy"]
