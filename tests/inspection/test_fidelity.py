"""A recording is compared with what the camera delivered: filters, other rooms and overlays show, poor encoders and fewer pixels do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from harness.core.footage import Likeness
from harness.inspection import inspect
from harness.rules.faithful import FACE_ADDED, FACE_MISSING, GROUND_LEFT
from harness.session.rig import RigPictures
from tests.inspection.doctored import MP4, WEBM, Format, Luma, encode
from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.scenes.portrait import tiles

WIDTH, HEIGHT = 320, 180
TOP = HEIGHT // 8
SECONDS = 5
Edit = Callable[[Luma], None]


def camera(width: int = WIDTH, height: int = HEIGHT) -> VirtualCamera:
    return VirtualCamera(CameraSpec(device=0, session=7, label="x", width=width, height=height, person=7))


def compared(
    edit: Edit | None = None, *, wanted: Format = MP4, shown: VirtualCamera | None = None, mirrored: bool = False
) -> Likeness | None:
    """What inspection says of a recording of this camera whose pictures were edited on the way; `wanted` gives codec and bits a second."""
    source = shown or camera()
    pictures = []
    for number in range(SECONDS * source.spec.fps):
        luma = source.picture(number).luma.copy()
        if edit is not None:
            edit(luma)
        pictures.append((number * 100, np.ascontiguousarray(luma[:, ::-1]) if mirrored else luma))
    made = encode(pictures, None, replace(wanted, width=source.spec.width, height=source.spec.height))
    again = RigPictures(session=7, cameras={0: (source.spec, source.programme)})
    return inspect([made], pictures_of=again).likeness


def face(luma: Luma, *, twin: bool = False) -> Luma:
    place = tiles(luma.shape[1], luma.shape[0])
    x = place.scrambled_x if twin else place.face_x
    return luma[place.y : place.y + place.side, x : x + place.side]


def smooth(luma: Luma) -> None:
    face(luma)[...] = cv2.blur(np.ascontiguousarray(face(luma)), (3, 3))


def sharpen(luma: Luma) -> None:
    own = np.ascontiguousarray(face(luma))
    face(luma)[...] = cv2.addWeighted(own, 1.8, cv2.GaussianBlur(own, (0, 0), 2), -0.8, 0)


def blur_all(luma: Luma) -> None:
    luma[TOP:-TOP] = cv2.blur(np.ascontiguousarray(luma[TOP:-TOP]), (5, 5))


def behind(luma: Luma, room: Luma) -> None:
    kept = face(luma).copy(), face(luma, twin=True).copy()
    luma[TOP:-TOP] = room
    face(luma)[...], face(luma, twin=True)[...] = kept


def blur_room(luma: Luma) -> None:
    behind(luma, np.asarray(cv2.blur(np.ascontiguousarray(luma[TOP:-TOP]), (9, 9)), np.uint8))


def other_room(luma: Luma) -> None:
    colours = np.random.default_rng(1).integers(60, 200, (10, 20)).astype(np.uint8)
    behind(luma, np.asarray(cv2.resize(colours, (WIDTH, HEIGHT - 2 * TOP), interpolation=cv2.INTER_NEAREST), np.uint8))


def name(luma: Luma) -> None:
    cv2.putText(luma, "990066496171", (4, HEIGHT - TOP), cv2.FONT_HERSHEY_PLAIN, 0.6, (235,))


@pytest.mark.parametrize(
    "wanted", [replace(MP4, bit_rate=70_000), replace(WEBM, bit_rate=100_000)], ids=["h264", "vp8"]
)
def test_a_poor_encoder_leaves_what_the_camera_saw(wanted: Format) -> None:
    found = compared(wanted=wanted)
    assert found is not None
    assert found.compared >= SECONDS - 1
    assert found.face_missing < FACE_MISSING - 0.05
    assert found.face_added < FACE_ADDED - 0.1
    assert found.ground_left is not None
    assert found.ground_left > GROUND_LEFT + 0.2
    assert found.added_cells == 0


@pytest.mark.parametrize("edit", [smooth, blur_all])
def test_a_smoothed_face_lacks_detail_that_its_twin_has(edit: Edit) -> None:
    found = compared(edit)
    assert found is not None
    assert found.face_missing > FACE_MISSING + 0.1
    assert found.added_cells == 0


def test_a_sharpened_face_has_more_detail_than_its_twin_and_is_no_overlay() -> None:
    found = compared(sharpen)
    assert found is not None
    assert found.face_added > FACE_ADDED + 0.1
    assert found.added_cells == 0


@pytest.mark.parametrize("edit", [blur_room, other_room])
def test_a_room_that_was_blurred_or_replaced_has_lost_its_detail(edit: Edit) -> None:
    found = compared(edit)
    assert found is not None
    assert found.ground_left is not None
    assert found.ground_left < 0.1
    assert found.face_missing < FACE_MISSING


def test_a_filter_for_a_few_seconds_shows_as_one_that_was_always_there() -> None:
    seen = 0

    def later(luma: Luma) -> None:
        nonlocal seen
        seen += 1
        if seen > 20:
            smooth(luma)

    found = compared(later)
    assert found is not None
    assert found.face_missing > FACE_MISSING + 0.1


@pytest.mark.parametrize("mirrored", [False, True])
def test_writing_upon_the_picture_shows_where_the_camera_delivered_nothing(mirrored: bool) -> None:
    found = compared(name, mirrored=mirrored)
    assert found is not None
    assert found.added_cells >= 3
    assert found.added_levels > 20
    assert found.ground_left is not None
    assert found.ground_left > GROUND_LEFT + 0.2


def test_other_levels_are_no_fault() -> None:
    def full_range(luma: Luma) -> None:
        luma[...] = np.clip((luma.astype(np.float32) - 16) * 255 / 219, 0, 255).astype(np.uint8)

    found = compared(full_range)
    assert found is not None
    assert found.face_missing < 0.1
    assert found.added_cells == 0
    assert found.ground_left is not None
    assert found.ground_left > 0.9


def test_a_recording_of_fewer_pixels_than_the_camera_s_is_no_filter() -> None:
    source = camera(640, 360)
    pictures = [
        (
            number * 100,
            np.asarray(
                cv2.resize(source.picture(number).luma, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8
            ),
        )
        for number in range(40)
    ]
    made = encode(pictures, None, replace(MP4, width=WIDTH, height=HEIGHT))
    found = inspect([made], pictures_of=RigPictures(session=7, cameras={0: (source.spec, source.programme)})).likeness
    assert found is not None
    assert abs(found.face_missing) < 0.1
    assert found.added_cells == 0


@pytest.mark.parametrize("scene", ["sheet-front", "empty-room", "lights-out", "frozen"])
def test_what_shows_no_lit_candidate_is_not_compared(scene: str) -> None:
    source = camera()
    source.show(0, scene)
    found = compared(shown=source)
    assert found is None


def test_pictures_close_to_a_change_of_scene_are_left_out() -> None:
    source = camera()
    source.during(1_500, 3_400, "sheet-front")
    again = RigPictures(session=7, cameras={0: (source.spec, source.programme)})
    known = [number for number in range(50) if again.luma(0, 7, number) is not None]
    assert known == [*range(15), *range(25, 34), *range(44, 50)]
    assert again.luma(0, 8, 3) is None
    assert again.luma(1, 7, 3) is None


def test_without_the_camera_s_own_pictures_nothing_is_said() -> None:
    source = camera()
    made = encode(
        [(number * 100, source.picture(number).luma) for number in range(30)],
        None,
        replace(MP4, width=WIDTH, height=HEIGHT),
    )
    assert inspect([made]).likeness is None
