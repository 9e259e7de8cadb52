"""A client that answers everything as it should be answered, shows one page for ever, and does nothing: it must keep nothing.

In process, for virtual time; `speaking.py` is the same as a process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.core.view import Act, BindingShown, ControlState, Page, View
from harness.protocol.client import Cancel, DoResult, Send


class Idle:
    """Every control is there and can be pressed, and nothing comes of it. It never sends a request."""

    def __init__(self, page: Page) -> None:
        self._view = View(
            page=page,
            controls={act.value: ControlState(enabled=True) for act in Act},
            binding=BindingShown(code="112648", bound=True),
        )

    def start(self, now: int) -> None:
        pass

    def devices(self, devices: Sequence[Any], now: int) -> None:
        pass

    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        return DoResult("done")

    def tick(self, now: int) -> None:
        pass

    def next_wakeup(self) -> int | None:
        return None

    def replied(self, key: int, outcome: Any, now: int) -> None:
        pass

    def pushed(self, key: int, push: Any, now: int) -> None:
        pass

    def outbox(self) -> list[Send | Cancel]:
        return []

    def view(self) -> View:
        return self._view

    def close(self, now: int) -> None:
        pass


class Laptop(Idle):
    """Stays at the page of the device check."""

    def __init__(self, **_given: Any) -> None:
        super().__init__(Page.CHECK)


class Phone(Idle):
    """Stays at the page for the code."""

    def __init__(self, **_given: Any) -> None:
        super().__init__(Page.PAIR)
