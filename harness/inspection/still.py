"""Reads a still picture, its mark above all: the face picture that a client sends at login."""

from __future__ import annotations

import io
from typing import Final

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from harness.inspection.decoder import MOST_PIXELS, luma_of
from virtual_devices.timecode import Reading, read

_DEMUXERS: Final = {b"\xff\xd8\xff": "jpeg_pipe", b"\x89PNG": "png_pipe"}


def read_still(image: bytes) -> Reading | None:
    """What the strips of a JPEG or PNG picture say; None where the bytes are neither, are damaged, or ask for more than 9 million pixels."""
    luma = still_luma(image)
    return None if luma is None else read(luma)


def still_luma(image: bytes) -> NDArray[np.uint8] | None:
    """The luma (H, W) of a JPEG or PNG picture; None as with `read_still`."""
    demuxer = next((name for magic, name in _DEMUXERS.items() if image.startswith(magic)), None)
    if demuxer is None:
        return None
    try:
        with av.open(io.BytesIO(image), "r", format=demuxer) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}
            frame = next(container.decode(stream), None)
            return None if frame is None else luma_of(frame).copy()
    except (av.error.FFmpegError, ValueError, IndexError):
        return None
