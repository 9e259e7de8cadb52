"""The pictures of the runs stand in the page itself, with their times, and never make it too large."""

from pathlib import Path

import msgspec

from harness.core.record import Album, FilmStrip, Instant, Record, Shot
from harness.core.units import show_moment
from harness.core.view import AlertCode, Page, Role, Stream
from reports import album
from reports.html import render
from reports.results import results_of
from tests.reports import synthetic

JPEG = b"\xff\xd8\xff" + bytes(30)


def with_album(folder: Path, kept: Album) -> Record:
    """The made-up record, whose first run has these pictures."""
    record = synthetic.write(folder)
    runs = (msgspec.structs.replace(record.runs[0], album="albums/one.json"), *record.runs[1:])
    (folder / "albums").mkdir()
    (folder / "albums/one.json").write_bytes(msgspec.json.encode(kept))
    return msgspec.structs.replace(record, runs=runs)


def strip(jpeg: bytes = JPEG) -> FilmStrip:
    instants = tuple(Instant(device=0, at_ms=at) for at in (0, 2_500, 61_000))
    return FilmStrip(stream=Stream.CAMERA, instants=instants, paired=True, jpeg=jpeg)


def page_of(folder: Path, record: Record) -> str:
    return render(record, results_of(record), synthetic.plan(), folder)


def test_a_strip_stands_on_the_page_with_the_time_of_each_of_its_columns(tmp_path: Path) -> None:
    page = page_of(tmp_path, with_album(tmp_path, Album(strips=(strip(),))))
    assert page.count("data:image/jpeg;base64,") == 1
    assert "上为摄像头所见，下为服务端收到" in page
    for at_ms in (0, 2_500, 61_000):
        assert f"<li>{show_moment(at_ms)}</li>" in page


def test_what_a_page_looked_like_stands_in_its_run_with_the_time_at_which_it_came(tmp_path: Path) -> None:
    shot = Shot(role=Role.LAPTOP, page=Page.LESSON, at_ms=8_400, jpeg=JPEG)
    page = page_of(tmp_path, with_album(tmp_path, Album(shots=(shot,))))
    assert "T+8.4s" in page
    assert "页面与提示画面 1 幅" in page


def test_the_picture_of_an_alert_says_which_alert_it_is(tmp_path: Path) -> None:
    shot = Shot(role=Role.PHONE, page=Page.UPLOAD, at_ms=8_400, jpeg=JPEG, alerts=(AlertCode.UPLOAD_FAILED,))
    page = page_of(tmp_path, with_album(tmp_path, Album(shots=(shot,))))
    assert "提示（upload-failed） T+8.4s" in page
    assert "alert upload-failed, at T+8.4s" in page


def test_the_page_lets_pictures_come_from_nowhere_but_itself(tmp_path: Path) -> None:
    page = page_of(tmp_path, with_album(tmp_path, Album(strips=(strip(),))))
    assert "img-src data:;" in page
    assert 'src="http' not in page


def test_what_does_not_fit_is_left_out_and_said_so(tmp_path: Path) -> None:
    large = strip(JPEG + bytes(album.MOST_BYTES // 2))
    record = with_album(tmp_path, Album(strips=(large, large, strip())))
    first = album.pictures(record.runs, tmp_path)[0]
    assert (len(first.strips), first.left_out) == (2, 1)
    page = page_of(tmp_path, record)
    assert len(page.encode()) < 3_000_000
    assert "另有 1 幅图放不下" in page


def test_an_album_that_is_not_there_or_is_no_album_costs_the_page_its_pictures_alone(tmp_path: Path) -> None:
    record = with_album(tmp_path, Album(strips=(strip(),)))
    (tmp_path / "albums/one.json").write_text("{}x")
    assert "data:image" not in page_of(tmp_path, record)
    (tmp_path / "albums/one.json").unlink()
    assert "data:image" not in page_of(tmp_path, record)
