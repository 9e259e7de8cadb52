"""Waiting in SimPy where most waits end by time alone: one event each, where `a | b` takes three and the bookkeeping between them.

Called by the virtual world and its transport, which wait some hundred thousand times in an interview at full length.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy


class Sleeper:
    """The sleep of one process, which others may end before its time."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._asleep: simpy.Process | None = None

    def sleep(self, ms: int | None) -> Generator[simpy.Event, Any, bool]:
        """Sleeps so long, or for ever (None); returns whether it was woken."""
        self._asleep = self._env.active_process
        try:
            yield self._env.event() if ms is None else self._env.timeout(ms)
        except simpy.Interrupt:
            return True
        self._asleep = None
        return False

    def wake(self) -> None:
        """Ends the sleep at once; nothing where nobody sleeps."""
        sleeping, self._asleep = self._asleep, None
        if sleeping is not None:
            sleeping.interrupt()


def later(env: simpy.Environment, ms: int, call: Callable[[], None]) -> None:
    """Calls it so much later."""
    timeout = env.timeout(ms)
    assert timeout.callbacks is not None  # it has only just been made
    timeout.callbacks.append(lambda _: call())
