"""Dialogs of the browser's own, which stand before a page until they are answered: what a candidate reads on them, and how they are answered.

Laws: whether to leave is answered by staying; any other waits for the candidate, and is dismissed where nobody answers, since a page behind
one stands still; a page that opens them without end is said to. Called by the web driver.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec
from playwright.async_api import Dialog, Error

from harness.core.view import Act, Alert, AlertCode, ControlState, View
from harness.drivers.bounds import sentence
from harness.drivers.web.words import Words
from harness.protocol.client import DoResult

PATIENCE_S: Final = 2.0
HEEDED: Final = 3  # who has let so many go unanswered waits for no further one
MOST: Final = 20


class Dialogs:
    """Those of one page, `count` so far. `on_change` is called as one comes or goes, `on_flood` when there were more than `MOST`."""

    def __init__(
        self,
        words: Words,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        on_change: Callable[[], None],
        on_flood: Callable[[], None],
    ) -> None:
        self._words = words
        self._spawn = spawn
        self._on_change = on_change
        self._on_flood = on_flood
        self._standing: Dialog | None = None
        self.count = 0
        self._unheeded = 0

    @property
    def standing(self) -> bool:
        """One stands, and the page behind it stands still."""
        return self._standing is not None

    def asked(self, dialog: Dialog) -> None:
        """Playwright's event."""
        self.count += 1
        if self.count > MOST:
            self._on_flood()
        self._standing = dialog
        waits = dialog.type != "beforeunload" and self._unheeded < HEEDED
        self._spawn(self._dismiss(dialog, PATIENCE_S if waits else 0))
        self._on_change()

    def before(self, view: View) -> View:
        """The page as it stands behind the dialog, if one does: what it says, and what can be answered."""
        if self._standing is None or self._standing.type == "beforeunload":
            return view
        text = self._standing.message
        alert = Alert(self._words.alert(text) if text else AlertCode.OTHER, text)
        answers = {act.value: ControlState(enabled=True) for act in (Act.CONFIRM, Act.CANCEL)}
        return msgspec.structs.replace(view, alerts=(*view.alerts, alert), controls={**view.controls, **answers})

    async def answer(self, act: Act) -> DoResult:
        """The candidate presses one of its two buttons; nothing else can be pressed meanwhile."""
        dialog = self._standing
        if dialog is None:
            return DoResult("refused", "no dialog stands before the page")
        if act not in (Act.CONFIRM, Act.CANCEL):
            return DoResult("refused", f"a dialog of the browser stands before the page: {sentence(dialog.message)}")
        self._standing = None
        with contextlib.suppress(Error):
            await (dialog.accept() if act is Act.CONFIRM else dialog.dismiss())
        self._on_change()
        return DoResult("done")

    async def _dismiss(self, dialog: Dialog, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if self._standing is dialog:
            self._standing = None
            self._unheeded += dialog.type != "beforeunload"
            with contextlib.suppress(Error):
                await dialog.dismiss()
            self._on_change()
