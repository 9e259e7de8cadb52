"""The phone's scanner, as far as a headless client needs one: what a QR code on the laptop's page says."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import zxingcpp

PNG: Final = b"\x89PNG\r\n\x1a\n"
LARGEST: Final = 4_000  # pixels a side: no page shows more, and what a subject sends is decoded in our memory


@lru_cache(maxsize=64)
def scanned(qr_png: str) -> str:
    """The text of the one QR code in a base64 PNG; an empty text where there is none that can be read."""
    try:
        data = base64.b64decode(qr_png, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return ""
    # A PNG begins with its signature and the header of its first chunk; then come width and height.
    sides = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if not data.startswith(PNG) or not all(0 < side <= LARGEST for side in sides):
        return ""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    found = (
        []
        if picture is None
        else zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    )
    return found[0].text if len(found) == 1 else ""
