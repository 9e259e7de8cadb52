"""Clients without IO that break the conversation, one way each; made by their names as a manifest's `class` would."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from clients.headless.media import Mp4Recorder
from harness.core.view import Act, Page, Role, View
from harness.drivers.manifest import DeviceSubject, Subject
from harness.protocol.capture import Recorder
from harness.protocol.client import Cancel, DoResult, Send
from tests.subjects.polite_and_idle.polite_and_idle import Idle as _Idle


class Idle(_Idle):
    def __init__(self, **_given: Any) -> None:
        super().__init__(Page.CHECK)


class Unborn(Idle):
    def __init__(self, **given: Any) -> None:
        raise OSError("no camera\nanywhere")


class Raises(Idle):
    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        raise ValueError("out of its depth")


class AnswersInWords(Idle):
    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        return cast("DoResult", "done")


class ShowsADictionary(Idle):
    def view(self) -> View:
        return cast("View", {"seq": 1, "page": "nowhere"})


class ShowsNoSuchPage(Idle):
    def view(self) -> View:
        return View(page=cast("Page", "nowhere"))


class SendsWords(Idle):
    def outbox(self) -> list[Send | Cancel]:
        return cast("list[Send | Cancel]", ["GET /v1/exam"])


class WakesSometime(Idle):
    def next_wakeup(self) -> int | None:
        return cast("int", "soon")


class CannotSayWhen(Idle):
    def next_wakeup(self) -> int | None:
        raise KeyError("alarm")


class Blocks(Idle):
    def do(self, act: Act, args: dict[str, str], now: int) -> DoResult:
        while True:
            try:
                sum(range(1_000))
            except Exception:  # the point is that it swallows what it can
                continue


class Impatient(Idle):
    """Wants to be ticked at once, for ever."""

    ticks = 0

    def next_wakeup(self) -> int | None:
        return 0

    def tick(self, now: int) -> None:
        type(self).ticks += 1


class _DiesOnEntering(Laptop):
    def do(self, act: Any, args: dict[str, str], now: int) -> DoResult:
        if act == Act.ENTER:
            raise ZeroDivisionError("lost its way")
        return super().do(act, args, now)


dies_on_entering, honest_phone = factories(laptop=_DiesOnEntering)


class _Encodes(MediaCapture):
    """Records with PyAV whatever its sources say of themselves."""

    def record(self, *, video: str, microphone: str | None, now: int) -> Recorder:
        return Mp4Recorder(self._video(video), None if microphone is None else self._sound(microphone), now)


encodes, encodes_phone = factories(capture=_Encodes)


def subject(laptop: str, phone: str = "Idle") -> Subject:
    """A client of two of this module's classes."""
    here = Path(__file__).parent

    def device(role: Role, name: str) -> DeviceSubject:
        path = name if ":" in name else f"tests.session.stubs:{name}"
        return DeviceSubject(role=role, driver="python", class_path=path, here=here, manifest=here / "client.toml")

    return Subject(
        name="Stub",
        vendor="nobody",
        version="1",
        path=here / "client.toml",
        laptop=device(Role.LAPTOP, laptop),
        phone=device(Role.PHONE, phone),
    )
