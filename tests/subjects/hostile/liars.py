"""Hostile clients without IO: each claims what is not so, or says far too much. None of them ever sends the service a request."""

from __future__ import annotations

import random
from typing import Any, Literal

from harness.core.view import (
    RUNNING,
    Act,
    Alert,
    AlertCode,
    AttachmentShown,
    Check,
    ControlState,
    Countdown,
    Page,
    QuestionShown,
    Stream,
    UploadShown,
    View,
)
from harness.protocol.client import DoResult
from tests.subjects.polite_and_idle.polite_and_idle import Idle

CountdownStage = Literal["waiting", "preparation", "lesson", "skill_test", "presentation"]
EVERYTHING = {act.value: ControlState(enabled=True) for act in Act}
STAGES: tuple[CountdownStage, ...] = ("waiting", "preparation", "lesson", "skill_test", "presentation")
CONTACT = "400-808-3202 8月18日至8月21日 8:00-17:00"


class ClaimsSuccess(Idle):
    """Everything works, everything is read, everything is uploaded, from the first view on."""

    def __init__(self, **_given: Any) -> None:
        self._view = View(
            page=Page.DONE,
            controls=EVERYTHING,
            checks={"camera": Check("working"), "microphone": Check("working"), "recording": Check("working")},
            attachments=tuple(AttachmentShown(name, name, True, True, name) for name in ("rules", "pledge")),
            alerts=(Alert(AlertCode.UPLOAD_DONE, f"上传成功 {CONTACT}"),),
            upload={stream: UploadShown(sent=9, total=9, state="done") for stream in Stream},
            recording=True,
        )


class ClaimsTimes(Idle):
    """Goes through the interview's pages by a clock of its own, with countdowns, a question and a stage for every second."""

    PAGES = (Page.CHECK, Page.LOGIN, Page.BIND, Page.ATTACHMENTS, Page.LOBBY, Page.WAITING, *RUNNING, Page.DONE)

    def __init__(self, **_given: Any) -> None:
        self._now = 0
        self._began: int | None = None

    def start(self, now: int) -> None:
        self._began = self._now = now

    def tick(self, now: int) -> None:
        self._now = now

    def next_wakeup(self) -> int | None:
        return self._now + 500

    def view(self) -> View:
        passed = self._now - (self._began or 0)
        page = self.PAGES[min(passed // 1_000, len(self.PAGES) - 1)]
        return View(
            seq=1 + passed,
            page=page,
            controls=EVERYTHING,
            countdowns=tuple(Countdown(stage, max(0, 40_000 - passed)) for stage in STAGES),
            question=QuestionShown(present=True, text="请以任意课题进行教学"),
            alerts=(Alert(AlertCode.TOO_EARLY, f"8:30 {CONTACT}"),),
        )


class RefusesAll(Idle):
    """Knows no intent at all, whatever it named."""

    def __init__(self, **_given: Any) -> None:
        super().__init__(Page.LOBBY)

    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        return DoResult("unsupported")


class DiesAtRandom(Idle):
    """Raises in one call of a hundred."""

    def __init__(self, **_given: Any) -> None:
        super().__init__(Page.CHECK)
        self._dice = random.Random(7)

    def next_wakeup(self) -> int | None:
        return 0

    def tick(self, now: int) -> None:
        if self._dice.random() < 0.01:
            raise MemoryError("out of luck")


class Floods(Idle):
    """Shows something new each millisecond."""

    def __init__(self, **_given: Any) -> None:
        self._seen = 0

    def next_wakeup(self) -> int | None:
        return 0

    def tick(self, now: int) -> None:
        self._seen += 1

    def view(self) -> View:
        return View(seq=self._seen, page=Page.CHECK, text=(str(self._seen),))
