"""A face filter is told from an encoder's blur by the scrambled twin beside the face."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from harness.inspection import FILTERED, filtered
from harness.inspection.decoder import luma_of
from tests.inspection.doctored import MP4, WEBM, Format, Luma, encode
from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.scenes.portrait import tiles

SIZES = [(320, 180), (640, 360)]


def portrait(width: int, height: int, *, scene: str = "portrait", person: int = 1) -> Luma:
    camera = VirtualCamera(CameraSpec(device=0, session=7, label="x", width=width, height=height, person=person))
    camera.show(0, scene)
    return camera.picture(5).luma.copy()


def face_of(luma: Luma) -> Luma:
    place = tiles(luma.shape[1], luma.shape[0])
    return luma[place.y : place.y + place.side, place.face_x : place.face_x + place.side]


def blurred_face(luma: Luma) -> Luma:
    made = luma.copy()
    face_of(made)[...] = cv2.blur(np.ascontiguousarray(face_of(luma)), (3, 3))
    return made


def recorded(luma: Luma, wanted: Format) -> Luma:
    """The picture after half a second of the encoder."""
    made = encode(((number * 100, luma) for number in range(6)), None, wanted)
    with av.open(io.BytesIO(made), "r") as container:
        *_, last = container.decode(video=0)
        return luma_of(last).copy()


def a_share_of(bits: int, kind: Format, size: tuple[int, int]) -> Format:
    return replace(kind, width=size[0], height=size[1], bit_rate=bits * size[0] * size[1] // (320 * 180))


@pytest.mark.parametrize("person", [1, 2, 7])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("wanted", [MP4, WEBM], ids=["h264", "vp8"])
def test_a_poor_encoder_is_no_filter_and_the_smallest_blur_of_the_face_is_one(
    wanted: Format, size: tuple[int, int], person: int
) -> None:
    shown = portrait(*size, person=person)
    poor = a_share_of(100_000, wanted, size)
    honest, treated = filtered(recorded(shown, poor)), filtered(recorded(blurred_face(shown), poor))
    assert honest is not None
    assert treated is not None
    assert honest < FILTERED - 0.05
    assert treated > FILTERED + 0.05


@pytest.mark.parametrize("scene", ["stranger", "covered", "lights-out"])
def test_whoever_sits_there_nothing_is_missing_in_the_camera_s_own_picture(scene: str) -> None:
    found = filtered(portrait(320, 180, scene=scene))
    assert found is not None
    assert abs(found) < 0.05


@pytest.mark.parametrize("scene", ["sheet-front", "sheet-back", "drawing", "empty-room", "black", "panorama"])
def test_a_picture_without_the_two_tiles_says_nothing(scene: str) -> None:
    assert filtered(portrait(320, 180, scene=scene)) is None


def test_a_mirrored_portrait_is_looked_at_the_right_way_round() -> None:
    mirrored = portrait(320, 180)[:, ::-1]
    assert filtered(mirrored, mirrored=True) == pytest.approx(0, abs=0.01)
    assert filtered(mirrored) is None


def sharpened(luma: Luma) -> Luma:
    soft = cv2.GaussianBlur(luma, (0, 0), 2)
    return np.asarray(cv2.addWeighted(luma, 1.6, soft, -0.6, 0), np.uint8)


def brighter(luma: Luma) -> Luma:
    return np.asarray(np.clip(luma * 1.1 + 6, 0, 255), np.uint8)


@pytest.mark.parametrize(("retouch", "sign"), [(sharpened, -1), (brighter, 0)])
def test_a_face_that_was_sharpened_has_more_than_its_twin(retouch: Callable[[Luma], Luma], sign: int) -> None:
    made = portrait(320, 180)
    face_of(made)[...] = retouch(np.ascontiguousarray(face_of(made)))
    found = filtered(made)
    assert found is not None
    assert found < -0.2 if sign else abs(found) < 0.15


@pytest.mark.parametrize("size", [(2, 2), (100, 60), (16, 400)])
def test_a_picture_too_small_to_hold_a_face_says_nothing(size: tuple[int, int]) -> None:
    assert filtered(np.zeros(size[::-1], np.uint8)) is None
