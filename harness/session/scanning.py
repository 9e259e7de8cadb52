"""The phone's scanner, as far as a headless client needs one: what a QR code on the laptop's page says."""

from __future__ import annotations

import base64
import binascii

import cv2
import numpy as np
import zxingcpp


def scanned(qr_png: str) -> str:
    """The text of the one QR code in a base64 PNG; an empty text where there is none that can be read."""
    try:
        data = np.frombuffer(base64.b64decode(qr_png, validate=True), np.uint8)
    except binascii.Error:
        return ""
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    found = (
        []
        if picture is None
        else zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    )
    return found[0].text if len(found) == 1 else ""
