"""Reads the mark of a still picture: the face picture that a client sends at login."""

from __future__ import annotations

import io
from typing import Final

import av
import av.error

from harness.inspection.decoder import MOST_PIXELS, luma_of
from virtual_devices.timecode import Reading, read

_DEMUXERS: Final = {b"\xff\xd8\xff": "jpeg_pipe", b"\x89PNG": "png_pipe"}


def read_still(image: bytes) -> Reading | None:
    """What the strips of a JPEG or PNG picture say; None where the bytes are neither, are damaged, or ask for more than 9 million pixels."""
    demuxer = next((name for magic, name in _DEMUXERS.items() if image.startswith(magic)), None)
    if demuxer is None:
        return None
    try:
        with av.open(io.BytesIO(image), "r", format=demuxer) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}
            frame = next(container.decode(stream), None)
            return None if frame is None else read(luma_of(frame))
    except (av.error.FFmpegError, ValueError, IndexError):
        return None
