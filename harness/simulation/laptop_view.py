"""What the ideal laptop shows, as a pure function of what it knows: `Shown` holds every fact that a view depends on, `draw` makes the view.

Law: equal facts give one and the same frozen view, shared by all runs; a running countdown is put in afterwards (`counting`), since it differs
from millisecond to millisecond. Which controls are enabled is decided where presses are taken, so that an enabled one is taken.
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import segno

from harness.core.plan import Attachment
from harness.core.view import (
    RUNNING,
    Alert,
    AlertCode,
    AttachmentShown,
    BindingShown,
    Check,
    Countdown,
    DeviceShown,
    Page,
    QuestionShown,
    Stream,
    UploadShown,
    View,
)
from harness.simulation.pages import COUNTDOWN, VIEWPORT, controls
from harness.simulation.wording import alert

COUNTED: Final = frozenset((Page.WAITING, *RUNNING))
IN_INTERVIEW: Final = frozenset((Page.DEVICES, *COUNTED))
AFTER: Final = frozenset((Page.UPLOAD, Page.DONE))
CHECKED: Final = frozenset((Page.CHECK, *COUNTED))
_LISTING: Final = frozenset((Page.LOGIN, Page.DEVICES, *RUNNING))  # at the login: the camera whose picture is shown
_MINUTE: Final = 60_000
_CONSENT: Final = "人脸照片仅用于核验身份。不同意采集的，由技术服务人员完成登录。"
_PERSON: Final = "个人信息"
ENROLLED: Final = ("考生甲", "K-0001")  # the model's candidate: name and admission number
_NO_DEVICE: Final = "没有可用的设备"


class Shown(NamedTuple):
    """Every fact that the laptop's view depends on, but for a countdown. What a page doesn't show stays at its default."""

    page: Page
    conditions: tuple[bool, ...]  # of the page's conditional controls, whether each is enabled
    asking: bool
    online: bool
    codes: tuple[AlertCode, ...]
    contact: str
    opens: str = ""  # when the gate that is still closed opens, as a clock shows it
    answer: str = ""  # the desk's
    camera: bool = True
    microphone: bool = True
    devices: tuple[tuple[str, str, str, bool], ...] = ()  # id, kind, label, chosen
    attachments: tuple[Attachment, ...] = ()
    opened: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    bindable: bool = False
    bound: bool = False
    code: str = ""
    payload: str = ""
    question: str = ""
    progress: tuple[tuple[Stream, int, int, bool], ...] = ()  # stream, sent, total, done
    counted: tuple[int, int] | None = None  # from when to when the countdown runs, exam ms


@lru_cache(maxsize=4_096)
def draw(facts: tuple[Any, ...]) -> View:
    """The view of these facts, which are a `Shown`'s."""
    shown = Shown(*facts)
    page = shown.page
    running = page in RUNNING
    told = tuple(_say(code, shown) for code in shown.codes)
    return View(
        page=page,
        controls=controls(page, shown.conditions, shown.asking),
        alerts=told if shown.online else (*told, alert(AlertCode.OFFLINE)),
        checks=_checks(shown.camera, shown.microphone) if page in CHECKED else {},
        devices=tuple(DeviceShown(*each) for each in shown.devices) if page in _LISTING else (),  # type: ignore[arg-type]  # a device's kind is one of the three
        attachments=tuple(
            AttachmentShown(
                each.id,
                each.title,
                each.id in shown.opened,
                each.id in shown.read,
                each.text * (each.id in shown.opened),
            )
            for each in shown.attachments
        ),
        binding=BindingShown(shown.code, qr_png(shown.payload), shown.bound) if shown.bindable else None,
        question=QuestionShown(bool(shown.question), shown.question) if running else None,
        upload={
            stream: UploadShown(sent, total, "done" if done else "sending")
            for stream, sent, total, done in shown.progress
        },
        network="online" if shown.online else "offline",
        text=(_PERSON, *ENROLLED) if running else (_CONSENT,) if page is Page.LOGIN else (),
        viewport=VIEWPORT,
    )


def counting(page: Page, left_ms: int, whole_ms: int) -> Countdown:
    """A display that steps by seconds, or by minutes where the whole is longer than one."""
    return Countdown(page.value, left_ms, 1_000 if whole_ms <= _MINUTE else _MINUTE, COUNTDOWN)  # type: ignore[arg-type]  # a counted page is named as its stage


@lru_cache(maxsize=256)
def qr_png(payload: str) -> str:
    """The QR code of that text as a PNG, base64; an empty text has none."""
    if not payload:
        return ""
    picture = io.BytesIO()
    segno.make_qr(payload).save(picture, kind="png", scale=4)
    return base64.b64encode(picture.getvalue()).decode()


def _say(code: AlertCode, shown: Shown) -> Alert:
    if code is AlertCode.TOO_EARLY:
        return alert(code, opens=shown.opens)
    if code is AlertCode.HELP_ANSWER:
        return alert(code, answer=shown.answer)
    return alert(code, shown.contact)


def _checks(camera: bool, microphone: bool) -> dict[Literal["camera", "microphone", "recording"], Check]:
    return {"camera": _check(camera), "microphone": _check(microphone), "recording": _check(camera and microphone)}


def _check(works: bool) -> Check:
    return Check("working") if works else Check("failed", _NO_DEVICE)
