"""Snapshots of pages → views: what isn't on the page isn't in the view, and every word of a page finds its place."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.core.view import Act, AlertCode, Page, Rect, Role, Stream, View
from harness.drivers.web.reading import Bar, Button, Choice, Placed, Said, Snapshot, countdown_ms, qr_code, read
from harness.drivers.web.words import words_of
from harness.protocol.capture import Device

PLACE = (10.0, 20.0, 80.0, 30.0)
LAPTOP = words_of(Role.LAPTOP, {})
PHONE = words_of(Role.PHONE, {})
TITLES = {"rules": "考生须知", "pledge": "诚信承诺书"}
CAMERA = Device(id="camera-1", kind="camera", label="Integrated Camera (04f2:b6dd)")
MICROPHONE = Device(id="microphone-1", kind="microphone", label="Built-in Microphone")
EMPTY = Snapshot(
    headings=(),
    buttons=(),
    timers=(),
    alerts=(),
    dialogs=(),
    progress=(),
    fields=(),
    choices=(),
    items=(),
    outputs=(),
    regions=(),
    images=(),
    videos=(),
    text="",
    viewport=(1_366, 681),
)


def seen(heading: str, **fields: Any) -> Snapshot:
    return msgspec.structs.replace(EMPTY, headings=(heading,), **fields)


def view_of(snapshot: Snapshot, **given: Any) -> View:
    view = read(snapshot, LAPTOP, seq=1, titles=TITLES, **given)
    assert view is not None
    return view


def button(name: str, *, enabled: bool = True, row: str = "", pressed: bool = False) -> Button:
    return Button(name=name, enabled=enabled, place=PLACE, row=row, pressed=pressed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("04:59", (299_000, 1_000)),
        ("1:02:03", (3_723_000, 1_000)),
        ("剩余 00:05", (5_000, 1_000)),
        ("00:05.3", (5_300, 100)),
        ("4分59秒", (299_000, 1_000)),
        ("1小时2分", (3_720_000, 60_000)),
        ("还有 45 秒", (45_000, 1_000)),
        ("", None),
        ("——", None),
        ("12.3", None),
    ],
)
def test_a_countdown_is_read_with_the_step_that_it_shows(text: str, expected: tuple[int, int] | None) -> None:
    assert countdown_ms(text) == expected


def test_a_page_that_no_word_knows_is_no_view() -> None:
    assert read(seen("Welcome"), LAPTOP, seq=1, titles=TITLES) is None


def test_an_empty_page_shows_nothing_but_itself() -> None:
    view = view_of(seen("人脸登录"))
    assert view == View(seq=1, page=Page.LOGIN, viewport=Rect(0, 0, 1_366, 681))


def test_buttons_are_controls_where_they_stand() -> None:
    view = view_of(seen("进入考试", buttons=(button("进入考试", enabled=False), button("刷新"), button("关于我们"))))
    assert {act: control.enabled for act, control in view.controls.items()} == {Act.ENTER: False, Act.REFRESH: True}
    assert view.controls[Act.ENTER].rect == Rect(*PLACE)


def test_of_two_buttons_of_one_act_the_one_that_can_be_pressed_counts() -> None:
    view = view_of(seen("面试视频上传", buttons=(button("重新上传", enabled=False), button("重新上传"))))
    assert view.enabled(Act.RETRY)


def test_the_countdown_is_that_of_the_page() -> None:
    timer = Placed(name="试讲倒计时", place=PLACE, text="09:58")
    view = view_of(seen("模拟课堂教学", timers=(timer,)))
    (countdown,) = view.countdowns
    assert (countdown.stage, countdown.remaining_ms, countdown.rect) == ("lesson", 598_000, Rect(*PLACE))
    assert not view_of(seen("人脸登录", timers=(timer,))).countdowns


def test_alerts_and_dialogs_say_what_they_say_once_a_code() -> None:
    alerts = ("尚未到开放时间。", "尚未到开放时间，请稍候。", "网络已中断，正在自动重连。")
    view = view_of(seen("人脸登录", alerts=alerts, dialogs=("确定要提前结束吗？",)))
    assert [alert.code for alert in view.alerts] == [AlertCode.TOO_EARLY, AlertCode.OFFLINE, AlertCode.CONFIRM_FINISH]
    assert view.network == "offline"


def test_a_line_of_the_device_check_is_read_from_its_beginning() -> None:
    items = ("摄像头 正常", "麦克风 异常 麦克风没有声音。", "录制 异常 摄像头或麦克风不可用。", "请插好电源")
    checks = view_of(seen("设备准备", items=items)).checks
    assert {name: check.state for name, check in checks.items()} == {
        "camera": "working",
        "microphone": "failed",
        "recording": "failed",
    }
    assert "没有声音" in checks["microphone"].reason
    assert checks["camera"].reason == ""


def test_a_button_s_row_may_stand_behind_its_word_however_many_words_that_is() -> None:
    words = words_of(Role.LAPTOP, {"read": "Have read"})
    snapshot = seen("考试附件", buttons=(button("Have read 考生须知"), button("Have readers")))
    view = read(snapshot, words, seq=1, titles={"rules": "考生须知"})
    assert view is not None
    assert set(view.controls) == {"read"}


def test_devices_are_those_that_can_be_chosen_and_are_there() -> None:
    choices = (
        Choice(name=f"摄像头 {CAMERA.label}", chosen=True),
        Choice(name=f"麦克风 {MICROPHONE.label}", chosen=False),
        Choice(name="摄像头 虚拟摄像头", chosen=False),
    )
    view = view_of(seen("设备确认", choices=choices), devices=(CAMERA, MICROPHONE))
    assert [(shown.id, shown.kind, shown.chosen) for shown in view.devices] == [
        ("camera-1", "camera", True),
        ("microphone-1", "microphone", False),
    ]
    assert view.enabled(Act.CHOOSE)
    assert not view_of(seen("设备确认", choices=choices)).devices


def test_an_attachment_is_listed_opened_and_read() -> None:
    listed = Placed(name="考试附件", place=PLACE, text="考生须知 已阅 诚信承诺书 已阅")
    article = Placed(name="", place=PLACE, text="考生须知\n一、服从安排。")
    buttons = (
        button("考生须知"),
        button("已阅 考生须知", row="考生须知 已阅", pressed=False),
        button("诚信承诺书"),
        button("已阅 诚信承诺书", row="诚信承诺书 已阅", enabled=False, pressed=True),
    )
    view = view_of(seen("阅读考试附件", regions=(listed, article), buttons=buttons))
    rules, pledge = view.attachments
    assert (rules.id, rules.opened, rules.read, rules.text) == ("rules", True, False, "一、服从安排。")
    assert (pledge.opened, pledge.read, pledge.text) == (True, True, "")
    assert view.enabled(Act.OPEN)
    assert view.enabled(Act.READ)


def test_a_question_in_the_document_is_present_whether_it_is_shown_or_not() -> None:
    shown = Placed(name="试题", place=PLACE, text="请讲解。")
    hidden = msgspec.structs.replace(shown, shown=False)
    empty = msgspec.structs.replace(shown, text="")
    assert view_of(seen("备课", regions=(shown,))).question is not None

    def question(region: Placed) -> tuple[bool, str] | None:
        found = view_of(seen("备课", regions=(region,))).question
        return None if found is None else (found.present, found.text)

    assert question(shown) == (True, "请讲解。")
    assert question(hidden) == (True, "")
    assert question(empty) == (False, "")
    assert question(msgspec.structs.replace(empty, shown=False)) is None


def test_the_binding_is_the_code_the_picture_and_whether_a_phone_is_bound() -> None:
    code = Said(name="绑定码", text="Z3V-AK7-QEJ")
    view = view_of(seen("佐证绑定", outputs=(code,), text="移动设备已绑定"), qr_png="iVBO")
    assert view.binding is not None
    assert (view.binding.code, view.binding.bound, view.binding.qr_png) == ("Z3V-AK7-QEJ", True, "iVBO")
    assert view_of(seen("佐证绑定")).binding is None


def test_the_qr_code_is_found_by_its_name() -> None:
    image = Placed(name="绑定二维码", place=PLACE, mark=7)
    assert qr_code(seen("佐证绑定", images=(Placed(name="校徽", place=PLACE), image)), LAPTOP) == image
    assert qr_code(seen("佐证绑定"), LAPTOP) is None


def test_progress_is_told_by_stream_and_done_when_it_is_full() -> None:
    bars = (
        Bar(name="摄像头视频上传进度", value=99.9, most=100),
        Bar(name="屏幕录制上传进度", value=100, most=100),
        Bar(name="下载", value=1, most=2),
    )
    upload = view_of(seen("面试视频上传", progress=bars)).upload
    assert {stream: shown.state for stream, shown in upload.items()} == {
        Stream.CAMERA: "sending",
        Stream.SCREEN: "done",
    }
    assert upload[Stream.CAMERA].sent < upload[Stream.CAMERA].total


def test_the_phone_shows_that_it_records() -> None:
    told = read(seen("佐证视频", outputs=(Said(name="", text="正在录制"),)), PHONE, seq=1, titles={})
    assert told is not None
    assert told.page is Page.FILMING
    assert told.recording


def test_the_text_begins_with_who_the_candidate_is() -> None:
    person = Placed(name="个人信息", place=PLACE, text="林知夏\n准考证号 2022001")
    text = view_of(seen("备课", regions=(person,), text="全部文字")).text
    assert text == ("林知夏", "准考证号 2022001", "全部文字")
