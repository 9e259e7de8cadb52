"""Every scene does what it is for, and keeps its marks and symbols through a poor recording."""

from __future__ import annotations

import numpy as np
import pytest

from harness.core.errors import VivaError
from tests.virtual_devices.conftest import Recorder
from virtual_devices import symbols, timecode
from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.scenes import SCENES, Programme, Setting, Showing, always, make, programme
from virtual_devices.scenes.portrait import tiles

MARKED = [name for name in SCENES if name not in {"black", "frozen"}]


def camera(scene: str, lasts_ms: int = 3_000) -> VirtualCamera:
    return VirtualCamera(
        CameraSpec(device=3, session=200, label="Camera"), programme=programme(Showing(0, scene, lasts_ms))
    )


@pytest.mark.parametrize("scene", MARKED)
def test_marks_of_every_scene_are_read_after_h264_at_150_kbit_s(scene: str, through_h264: Recorder) -> None:
    looking = camera(scene)
    seen = [timecode.read(luma).mark for luma in through_h264(looking.picture(number) for number in range(30))]
    assert seen == [timecode.Mark(3, 200, number) for number in range(30)]


@pytest.mark.parametrize("scene", ["sheet-front", "sheet-back", "drawing"])
def test_paper_is_legible_within_three_seconds(scene: str, through_h264: Recorder) -> None:
    looking = camera(scene)
    seen = {
        symbol.text
        for luma in through_h264(looking.picture(number) for number in range(30))
        for symbol in symbols.read(luma)
    }
    assert seen == {scene}


@pytest.mark.parametrize("lasts_ms", [3_000, 8_000])
def test_a_pan_delivers_all_24_yaw_marks_and_keeps_the_candidate_in_view(lasts_ms: int, through_h264: Recorder) -> None:
    looking = camera("panorama", lasts_ms)
    recorded = through_h264(looking.picture(number) for number in range(lasts_ms // 100))
    assert {symbol.text for luma in recorded for symbol in symbols.read(luma, mirrored=False)} == set(symbols.YAWS)
    head = np.array([luma[90:150, 140:180] for luma in recorded], np.float64)
    assert head.std(axis=0).mean() < 6


def test_a_camera_knows_which_marks_of_a_pan_are_whole_in_which_of_its_frames() -> None:
    looking = camera("panorama", 8_000)
    looking.show(8_000, "portrait")
    passing = looking.passing(0, 9_000)
    assert {name for name, _, _ in passing} == set(symbols.YAWS)
    for number in range(90):
        legible = {symbol.text for symbol in symbols.read(looking.picture(number).luma, mirrored=False)}
        assert {name for name, first, last in passing if first <= number <= last} <= legible
    assert max(last for _, _, last in passing) == 79
    assert all(max(last - first for name, first, last in passing if name == yaw) >= 9 for yaw in symbols.YAWS)


@pytest.mark.parametrize(("width", "height"), [(320, 180), (640, 480), (1280, 720)])
@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_a_function_of_time_alone_and_leaves_the_strips_free(scene: str, width: int, height: int) -> None:
    drawn = make(scene, Setting(width, height))
    first = drawn.render(1_700)
    drawn.render(40)
    again = drawn.render(1_700)
    assert np.array_equal(first.data, again.data)
    assert first.luma.shape == (height, width)
    assert first.chroma_u.shape == first.chroma_v.shape == (height // 2, width // 2)
    setting = Setting(width, height)
    assert setting.top > timecode.strip_height(height)


@pytest.mark.parametrize("scene", [name for name in SCENES if name not in {"black", "frozen"}])
def test_a_live_camera_never_repeats_a_picture_for_long(scene: str) -> None:
    drawn = make(scene, Setting(320, 180))
    inner = [drawn.render(at_ms).luma[22:158].tobytes() for at_ms in range(0, 3_000, 100)]
    assert len(set(inner)) >= 4


def test_a_black_camera_shows_no_mark_and_nothing_else() -> None:
    picture = camera("black").picture(7)
    assert timecode.read(picture.luma).state == "absent"
    assert int(picture.luma.max()) == int(picture.luma.min()) == 16


def test_a_frozen_camera_sends_the_picture_before_it_again_and_again() -> None:
    looking = VirtualCamera(
        CameraSpec(device=1, session=1, label="Camera"), programme=always("portrait").during(1_000, 5_000, "frozen")
    )
    frozen = {looking.picture(number).data.tobytes() for number in range(9, 50)}
    assert len(frozen) == 1
    assert timecode.read(looking.picture(30).luma).mark == timecode.Mark(1, 1, 9)
    assert timecode.read(looking.picture(50).luma).mark == timecode.Mark(1, 1, 50)


def test_a_camera_that_is_frozen_from_its_start_shows_its_first_picture() -> None:
    looking = camera("frozen")
    assert len({looking.picture(number).data.tobytes() for number in range(20)}) == 1
    assert timecode.read(looking.picture(19).luma).mark == timecode.Mark(3, 200, 0)


def test_a_dim_room_is_dark_but_alive() -> None:
    looking = camera("lights-out")
    pictures = [looking.picture(number).luma for number in range(4)]
    assert max(float(picture.mean()) for picture in pictures) < 50
    assert min(float(picture[22:158].std()) for picture in pictures) > 5
    changes = np.abs(pictures[1].astype(int) - pictures[0].astype(int))[22:158]
    assert float(changes.mean()) > 0.5


def test_faces_of_candidate_stranger_and_covered_candidate_differ_while_the_room_is_the_same() -> None:
    setting = Setting(320, 180, person=5)
    place = tiles(320, 180)
    pictures = [make(scene, setting).render(500).luma for scene in ("portrait", "stranger", "covered")]
    faces = [
        luma[place.y : place.y + place.side, place.face_x : place.face_x + place.side].astype(int) for luma in pictures
    ]
    assert np.array_equal(pictures[0][22:40], pictures[1][22:40])
    assert np.abs(faces[0] - faces[1]).mean() > 10
    assert np.abs(faces[0] - faces[2]).mean() > 10


def test_the_scrambled_tile_has_the_pixels_of_the_face_in_another_order() -> None:
    place = tiles(320, 180)
    luma = make("portrait", Setting(320, 180)).render(0).luma
    rows = slice(place.y, place.y + place.side)
    face, other = (
        luma[rows, place.face_x : place.face_x + place.side],
        luma[rows, place.scrambled_x : place.scrambled_x + place.side],
    )
    assert np.array_equal(np.sort(face, axis=None), np.sort(other, axis=None))
    assert not np.array_equal(face, other)


def test_an_unknown_scene_is_named_with_those_that_exist() -> None:
    with pytest.raises(VivaError, match=r"'selfie'.*portrait"):
        make("selfie", Setting(320, 180))


def test_a_programme_shows_each_scene_from_its_time_on() -> None:
    shown = programme(Showing(0, "portrait"), Showing(1_000, "sheet-front"), Showing(4_000, "portrait"))
    assert [shown.at(at_ms).scene for at_ms in (-5, 0, 999, 1_000, 3_999, 4_000)] == [
        "portrait",
        "portrait",
        "portrait",
        "sheet-front",
        "sheet-front",
        "portrait",
    ]


def test_an_interlude_gives_way_to_what_would_have_been_shown() -> None:
    shown = programme(Showing(0, "portrait"), Showing(5_000, "empty-room"), Showing(9_000, "portrait"))
    changed = shown.during(4_000, 7_000, "panorama")
    assert changed.showings == (
        Showing(0, "portrait"),
        Showing(4_000, "panorama", 3_000),
        Showing(7_000, "empty-room"),
        Showing(9_000, "portrait"),
    )
    assert shown.at(4_000).scene == "portrait"


def test_what_follows_replaces_all_that_was_to_come() -> None:
    assert always("portrait").during(10, 20, "drawing").then(15, "black").showings == (
        Showing(0, "portrait"),
        Showing(10, "drawing", 10),
        Showing(15, "black"),
    )


@pytest.mark.parametrize(
    "showings",
    [(), (Showing(5, "portrait"),), (Showing(0, "portrait"), Showing(0, "black"))],
)
def test_a_programme_out_of_order_or_without_a_beginning_is_refused(showings: tuple[Showing, ...]) -> None:
    with pytest.raises(VivaError):
        programme(*showings)


def test_an_interlude_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(VivaError, match="must end after"):
        Programme((Showing(0, "portrait"),)).during(20, 20, "black")
