"""A still is held against what the camera delivered: a filter of the face is told from all that happens to the whole picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from clients.headless.media import jpeg
from harness.inspection import departure, still_luma
from harness.rules.picture import LEVELS, TIMES
from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.scenes import Frame
from virtual_devices.scenes.portrait import tiles

Luma = NDArray[np.uint8]
Edit = Callable[[Luma], Luma]
SIZES = [(320, 180), (640, 360)]


def camera(width: int, height: int, scene: str = "portrait", person: int = 1) -> VirtualCamera:
    made = VirtualCamera(CameraSpec(device=0, session=7, label="x", width=width, height=height, person=person))
    made.show(0, scene)
    return made


def sent(frame: Frame, quality: int = 0) -> Luma:
    """The luma of the picture as JPEG: the reference client's, or another encoder's at that quality."""
    height, width = frame.luma.shape
    if quality:
        drawn = cv2.cvtColor(frame.data.reshape(-1, width), cv2.COLOR_YUV2BGR_I420)
        made = bytes(cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
    else:
        made = jpeg(frame.data, width, height)
    luma = still_luma(made)
    assert luma is not None
    return luma


def is_filtered(luma: Luma, delivered: Luma, *, mirrored: bool = False) -> bool:
    found = departure(luma, delivered, mirrored=mirrored)
    assert found is not None
    return found.face > max(found.twin + LEVELS, found.twin * TIMES)


@pytest.mark.parametrize("person", [1, 2, 9, 17])
@pytest.mark.parametrize("size", SIZES)
def test_no_encoder_however_poor_is_a_filter(size: tuple[int, int], person: int) -> None:
    frame = camera(*size, person=person).picture(5)
    for quality in (0, 95, 75, 50, 25, 10):
        assert not is_filtered(sent(frame, quality), frame.luma), quality


@pytest.mark.parametrize("share", [0.5, 0.6, 0.75, 0.9, 1.5, 2])
@pytest.mark.parametrize("size", SIZES)
def test_another_size_is_no_filter(size: tuple[int, int], share: float) -> None:
    delivered = camera(*size, person=17).picture(5).luma
    scaled = cv2.resize(
        delivered, None, fx=share, fy=share, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    )
    assert not is_filtered(np.asarray(scaled, np.uint8), delivered)


@pytest.mark.parametrize("size", SIZES)
def test_a_mirrored_picture_is_turned_before_it_is_compared(size: tuple[int, int]) -> None:
    delivered = camera(*size).picture(5).luma
    assert not is_filtered(np.ascontiguousarray(delivered[:, ::-1]), delivered, mirrored=True)


@pytest.mark.parametrize(
    "treat",
    [
        lambda face: cv2.blur(face, (3, 3)),
        lambda face: cv2.bilateralFilter(face, 7, 40, 40),
        lambda face: np.asarray(255 * (face / 255) ** 0.85, np.uint8),
    ],
    ids=["blur", "smooth skin", "whitening"],
)
@pytest.mark.parametrize("scene", ["portrait", "stranger", "covered"])
@pytest.mark.parametrize("size", SIZES)
def test_a_filter_of_the_face_is_one(size: tuple[int, int], scene: str, treat: Edit) -> None:
    seen = camera(*size, scene)
    delivered, frame = seen.picture(5).luma, seen.picture(5)
    place = tiles(*size)
    face = frame.luma[place.y : place.y + place.side, place.face_x : place.face_x + place.side]
    face[:] = treat(np.ascontiguousarray(face))
    assert is_filtered(sent(frame), delivered)
    assert is_filtered(sent(frame, 90), delivered)


def test_a_camera_that_saw_no_face_and_twin_tells_nothing() -> None:
    delivered = camera(320, 180, "empty-room").picture(5).luma
    assert departure(delivered, delivered) is None
