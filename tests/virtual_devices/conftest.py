"""What a recorder makes of a camera's pictures: H.264 and back, in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from virtual_devices.scenes import Frame

Luma = NDArray[np.uint8]
Recorder = Callable[[Iterable[Frame]], list[Luma]]


@pytest.fixture(scope="session")
def through_h264() -> Recorder:
    """Encode at 10 fps and 150 kbit/s, as a poor uplink leaves a 320×180 picture, and decode to luma."""

    def record(frames: Iterable[Frame]) -> list[Luma]:
        file = io.BytesIO()
        with av.open(file, "w", format="mp4") as muxer:
            stream = muxer.add_stream("libx264", rate=10, options={"preset": "veryfast", "tune": "zerolatency"})
            stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 320, 180, "yuv420p", 150_000
            for number, frame in enumerate(frames):
                picture = av.VideoFrame.from_ndarray(frame.data.reshape(-1, 320), format="yuv420p")
                picture.pts = number
                muxer.mux(stream.encode(picture))
            muxer.mux(stream.encode(None))
        file.seek(0)
        return list(_lumas(file))

    return record


def _lumas(file: io.BytesIO) -> Iterator[Luma]:
    with av.open(file, "r") as recording:
        for picture in recording.decode(video=0):
            yield np.array(picture.to_ndarray()[: picture.height], np.uint8)
