"""The scanner reads a QR code as a phone would, and nothing that a client shows in its place can harm it."""

from __future__ import annotations

import base64
import io
import struct

import cv2
import numpy as np
import pytest
import segno

from harness.core.events import Event, QrRead, Viewed
from harness.core.script import Do, Step, Thread
from harness.core.view import Act, BindingShown, Page, Role, View
from harness.session.observer import Observer
from harness.session.performer import Performer
from harness.session.scanning import scanned

PAYLOAD = "viva-bind:exam:ABCDEFGHJ"


def drawn(text: str = PAYLOAD, scale: int = 6) -> bytes:
    picture = io.BytesIO()
    segno.make_qr(text).save(picture, kind="png", scale=scale)
    return picture.getvalue()


def encoded(png: bytes) -> str:
    return base64.b64encode(png).decode()


def cut_off(png: bytes) -> bytes:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return cv2.imencode(".png", picture[: len(picture) * 2 // 3])[1].tobytes()


def laptop(qr_png: str, code: str = "") -> View:
    return View(page=Page.BIND, binding=BindingShown(code=code, qr_png=qr_png))


@pytest.mark.parametrize("scale", [2, 6, 12])
def test_a_qr_code_of_any_usual_size_is_read(scale: int) -> None:
    assert scanned(encoded(drawn(scale=scale))) == PAYLOAD


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "not base64",
        "二维码",
        encoded(b"not a picture"),
        encoded(drawn()[:200]),
        encoded(cut_off(drawn())),
        encoded(drawn()[:16] + struct.pack(">II", 100_000, 100_000) + drawn()[24:]),
    ],
    ids=["nothing", "no base64", "no ASCII", "no picture", "half a file", "cut off", "too large to decode"],
)
def test_what_can_t_be_read_reads_as_nothing(shown: str) -> None:
    assert scanned(shown) == ""


def readings(*views: View) -> list[QrRead]:
    observer = Observer("101")
    for number, view in enumerate(views):
        observer.viewed(100 * number, Role.LAPTOP, view)
    return observer.timeline(1_000).data(QrRead)


def test_a_qr_code_is_read_once_as_it_comes_and_again_when_another_comes() -> None:
    one, other = encoded(drawn()), encoded(drawn("viva-bind:exam:KLMNPQRST"))
    shown = [laptop(one), laptop(one, "ABC-DEF-GHJ"), laptop(""), laptop(other), laptop(encoded(b"?"))]
    assert [each.text for each in readings(*shown)] == [PAYLOAD, "viva-bind:exam:KLMNPQRST", ""]


def test_the_reading_stands_after_its_view() -> None:
    observer = Observer("101")
    observer.viewed(5, Role.LAPTOP, laptop(encoded(drawn())))
    events: list[Event] = list(observer.timeline(10))
    assert [type(event.data) for event in events] == [Viewed, QrRead]


def spoken(view: View) -> Do:
    scan = Step(action=Do(role=Role.PHONE, act=Act.SCAN, args={"payload": "$qr"}))
    (cue,) = Performer([Thread("phone", (scan,))], 0).cues(0, {Role.LAPTOP: view})
    assert isinstance(cue.action, Do)
    return cue.action


def test_who_scans_a_readable_code_gives_the_phone_what_it_says() -> None:
    assert spoken(laptop(encoded(drawn()), "ABC")) == Do(role=Role.PHONE, act=Act.SCAN, args={"payload": PAYLOAD})


def test_who_can_t_read_the_qr_code_types_the_code() -> None:
    typed = Do(role=Role.PHONE, act=Act.TYPE_CODE, args={"code": "ABC"})
    assert spoken(laptop(encoded(cut_off(drawn())), "ABC")) == typed
