"""A scene that shows what another screen shows: a QR code stays one, also at a small camera's size."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest
import zxingcpp

from harness.core.errors import VivaError
from virtual_devices.scenes import Setting, make
from virtual_devices.scenes.picture import named

SMALL = Setting(320, 180)
TEXT = "viva-bind:heshan-2022-3:Z3VAK7QEJ"


def png(pixels: int) -> str:
    code = np.asarray(zxingcpp.create_barcode(TEXT, zxingcpp.BarcodeFormat.QRCode).to_image(), np.uint8)
    code = np.pad(code, 4, constant_values=255)
    drawn = cv2.resize(code, (pixels, pixels), interpolation=cv2.INTER_NEAREST)
    done, data = cv2.imencode(".png", drawn)
    assert done
    return base64.b64encode(data.tobytes()).decode()


@pytest.mark.parametrize("pixels", [60, 240, 500])
def test_a_code_that_a_page_shows_is_read_off_the_cameras_picture(pixels: int) -> None:
    frame = make(named(png(pixels)), SMALL).render(0)
    found = zxingcpp.read_barcodes(frame.luma)
    assert [each.text for each in found] == [TEXT]


def test_a_name_without_a_picture_is_refused() -> None:
    with pytest.raises(VivaError, match="PNG in base64"):
        make("picture:nothing", SMALL)
