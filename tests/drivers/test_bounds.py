"""A subject's words are cut to size, keep their type and their meaning, and cutting them twice changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import SubjectBabbled
from harness.core.view import (
    Act,
    Alert,
    AlertCode,
    BindingShown,
    ControlState,
    Countdown,
    Page,
    Rect,
    Stream,
    UploadShown,
    View,
)
from harness.drivers.bounds import MAX_ITEMS, MAX_NUMBER, MAX_TEXT, bounded, sentence
from harness.drivers.wire import Lines, Meter, read
from harness.protocol.control import MAX_LINE


def test_an_ordinary_view_is_left_as_it_is() -> None:
    view = View(
        seq=3,
        page=Page.LOBBY,
        controls={Act.ENTER: ControlState(enabled=True, rect=Rect(1.5, 2, 3, 4))},
        countdowns=(Countdown(stage="waiting", remaining_ms=900_000),),
        alerts=(Alert(AlertCode.TOO_EARLY, "尚未开放"),),
        binding=BindingShown(code="123456", qr_png="iVBOR", bound=True),
        upload={Stream.CAMERA: UploadShown(sent=1, total=2, state="sending")},
    )
    assert bounded(view) == view


@given(st.text(max_size=40), st.integers(1, 400), st.integers(), st.integers(0, 200))
def test_no_text_list_or_number_is_beyond_its_bound(word: str, times: int, number: int, count: int) -> None:
    view = View(
        page=Page.CHECK,
        seq=number,
        text=(word * times,) * count,
        controls={f"{place}{word * times}": ControlState(enabled=True) for place in range(count)},
        binding=BindingShown(code=word * times, qr_png="A" * (count * 3_000)),
        viewport=Rect(float(number % 10**300), 0, 0, 0),
    )
    cut = bounded(view)
    assert all(len(text) <= MAX_TEXT for text in cut.text)
    assert len(cut.text) == min(count, MAX_ITEMS)
    assert len(cut.controls) <= MAX_ITEMS
    assert all(len(key) <= 64 for key in cut.controls)
    assert abs(cut.seq) <= MAX_NUMBER
    assert cut.binding is not None
    assert cut.binding.qr_png in ("", view.binding.qr_png if view.binding else "")
    assert bounded(cut) == cut


@given(st.text())
def test_words_in_an_error_are_one_printable_line(words: str) -> None:
    said = sentence(words)
    assert said.isprintable()
    assert len(said) <= 4 * 200 * 3  # an escape of a character has up to ten


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=8), st.integers(1, 50))
def test_lines_are_the_same_however_the_bytes_come(lines: list[bytes], size: int) -> None:
    data = b"".join(line + b"\n" for line in lines)
    reader = Lines()
    found = [line for start in range(0, len(data), size) for line in reader.feed(data[start : start + size])]
    assert found == lines


def test_a_line_of_the_largest_size_passes_and_one_byte_more_does_not() -> None:
    assert [len(line) for line in Lines().feed(b"x" * (MAX_LINE - 1) + b"\n")] == [MAX_LINE - 1]
    with pytest.raises(SubjectBabbled, match="longer than"):
        list(Lines().feed(b"x" * MAX_LINE + b"\n"))


def test_what_is_too_much_in_one_second_is_not_too_much_in_two() -> None:
    meter = Meter(messages=10, size=1_000)
    meter.count(0, messages=10, size=1_000)
    meter.count(1_000, messages=10, size=1_000)
    with pytest.raises(SubjectBabbled, match="more than 10 messages"):
        meter.count(1_999, messages=1)
    with pytest.raises(SubjectBabbled, match="more than 1000 bytes"):
        Meter(size=1_000).count(0, size=1_001)


@given(st.binary(max_size=300))
def test_any_line_at_all_is_a_message_or_babble_in_one_line(line: bytes) -> None:
    said = ""
    try:
        read(line)
    except SubjectBabbled as babble:
        said = str(babble)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"[]", "no JSON-RPC 2.0 message"),
        (b"{}", "missing required field jsonrpc"),
        (b'{"jsonrpc":"1.0","id":1,"result":{}}', "jsonrpc: "),
        (b'{"jsonrpc":"2.0","id":1}', "needs a result or an error"),
        (b'{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}', "one of the two"),
        (b'{"jsonrpc":"2.0","result":{}}', "answered no call in particular"),
        (b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}', "error -32700, 'what\\?'"),
        (b'{"jsonrpc":"2.0","method":"log","params":{}}', "it called 'log'"),
        (b'{"jsonrpc":"2.0","method":"changed","id":4,"params":{"page":"check"}}', "without an id"),
        (b'{"jsonrpc":"2.0","method":"changed"}', "view that it notified is not of the protocol's shape"),
        (b'{"jsonrpc":"2.0","method":"changed","params":{"page":"beach"}}', "page: invalid enum value 'beach'"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff\xfe", "no JSON"),
    ],
)
def test_what_is_not_the_protocol_is_said(line: bytes, words: str) -> None:
    with pytest.raises(SubjectBabbled, match=words) as caught:
        read(line)
    assert len(str(caught.value)) < 600
