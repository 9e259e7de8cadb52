"""What a client keeps is found however it is written down, and recordings are left alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.drivers.keeping import BROWSER, LONGEST, WEBM, Kept, found, in_folder, in_home

QUESTION = "请以《荷叶圆圆》为课题，面向小学一年级学生 进行十分钟的模拟课堂教学。"


@pytest.mark.parametrize(
    "data",
    [
        QUESTION.encode(),
        QUESTION.encode("utf-16-le"),
        b"\x01" + QUESTION.encode("utf-16-le"),
        json.dumps({"draft": QUESTION}).encode(),
        quote(QUESTION).encode(),
        *(base64.b64encode(b"abc"[:shift] + QUESTION.encode() + b"xyz") for shift in range(4)),
        ("<p>" + QUESTION.replace("，", "，\n\t") + "</p>").encode(),
    ],
)
def test_the_text_is_found_however_it_is_written(data: bytes) -> None:
    assert found(QUESTION, [Kept("draft", data)]) == ("draft",)


@pytest.mark.parametrize(
    "data",
    [QUESTION[:-6].encode(), WEBM + QUESTION.encode(), b"\0\0\0\x18ftypisom" + QUESTION.encode(), b"", b"\xff\xfe\0"],
)
def test_a_part_of_it_and_a_recording_are_no_find(data: bytes) -> None:
    assert found(QUESTION, [Kept("draft", data)]) == ()


def test_what_lies_beyond_the_bound_is_not_looked_at() -> None:
    assert found(QUESTION, [Kept("draft", b" " * LONGEST + QUESTION.encode())]) == ()


def test_an_exam_without_a_question_is_found_nowhere() -> None:
    assert found(" ", [Kept("draft", b"  ")]) == ()


def test_a_folder_gives_its_files_but_the_browser_s_own_and_what_is_recorded(tmp_path: Path) -> None:
    for name in ("plan.json", "deep/down/draft", f"{BROWSER}/Default/log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(QUESTION)
    (tmp_path / "camera.webm").write_bytes(WEBM + QUESTION.encode())
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert found(QUESTION, in_folder(tmp_path)) == ("file deep/down/draft", "file plan.json")


def test_whatever_objects_a_client_keeps_are_gone_through() -> None:
    class Notes:
        def __init__(self) -> None:
            self.lines = [{"draft": bytearray(QUESTION.encode())}]
            self.again = self

    assert found(QUESTION, in_home({"notes": Notes(), "number": 7})) == ("storage notes draft",)
    assert found(QUESTION, in_home({"notes": Notes, "name": "nothing"})) == ()
