"""The words of a page: the notice's own by default, a manifest's labels in their place, and mistakes said in one sentence."""

from __future__ import annotations

import pytest

from harness.core.errors import ManifestError
from harness.core.view import Act, AlertCode, Page, Role
from harness.drivers.web.words import earliest, longest, words_of

LAPTOP = words_of(Role.LAPTOP, {})


def test_every_button_of_the_notice_has_its_act() -> None:
    assert LAPTOP.act("人脸登录") is Act.LOGIN
    assert LAPTOP.act("结束面试") is LAPTOP.act("结束考试") is Act.FINISH
    assert LAPTOP.act("人脸") is None


@pytest.mark.parametrize(
    ("heading", "page"),
    [
        ("设备准备", Page.CHECK),
        ("设备确认", Page.DEVICES),
        ("阅读考试附件", Page.ATTACHMENTS),
        ("模拟课堂教学", Page.LESSON),
    ],
)
def test_a_page_is_known_by_a_part_of_its_heading(heading: str, page: Page) -> None:
    assert LAPTOP.page([heading]) is page


def test_the_phone_has_pages_of_its_own() -> None:
    assert words_of(Role.RIVAL_PHONE, {}).page(["佐证绑定"]) is Page.PAIR
    assert LAPTOP.page(["佐证绑定"]) is Page.BIND


def test_a_sentence_that_has_no_code_is_an_alert_all_the_same() -> None:
    assert LAPTOP.alert("今天天气很好。") is AlertCode.OTHER
    assert LAPTOP.alert("尚未到开放时间。") is AlertCode.TOO_EARLY


def test_the_longest_word_counts_and_where_order_tells_the_first() -> None:
    table = {"a": ("上传",), "b": ("上传成功",)}
    assert longest(table, "上传成功，可以关闭页面。") == "b"
    assert earliest({"camera": ("摄像头",), "recording": ("录制",)}, "录制 异常 摄像头不可用") == "recording"
    assert longest(table, "") is earliest(table, "") is None


def test_a_label_takes_the_place_of_the_words_of_that_key_and_of_no_other() -> None:
    words = words_of(Role.LAPTOP, {"login": "Sign in", "page.lesson": "Teaching", "sign.bound": "Phone bound"})
    assert words.act("Sign in") is Act.LOGIN
    assert words.act("人脸登录") is None
    assert words.act("求助") is Act.HELP
    assert words.page(["Teaching time"]) is Page.LESSON
    assert words.signs_of("bound", "Phone bound.")


@pytest.mark.parametrize(
    ("label", "words"),
    [("logn", "did you mean 'login'"), ("page.lessen", "did you mean 'page.lesson'"), ("日", "words.py")],
)
def test_a_label_that_names_nothing_is_refused_with_the_nearest(label: str, words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        words_of(Role.LAPTOP, {label: "x"})
