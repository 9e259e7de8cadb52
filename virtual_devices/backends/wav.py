"""A microphone as a WAV file that always begins with the present: for a browser that reads the file whole when a page opens it.

Layout: a RIFF header, the format, a `JUNK` chunk over all that is past, and `data` to the end: mono, signed 16 bit. As time passes, the
border between the two moves on by rewriting a few bytes; the sound that is to come stands there already, as far as it is known.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError

SECONDS: Final = 15 * 60  # of the microphone's own time that the file holds: 29 MB; after them it is silent
_JUNK: Final = 36  # bytes before the second chunk: RIFF and the format
_HEAD: Final = struct.Struct("<4sI")
_PIECE: Final = 1 << 18  # samples drawn at a time

Drawn = Callable[[int, int], NDArray[np.int16]]  # first sample, count → those samples


class WavFile:
    """One microphone's file; `drawn` gives the samples of its own time."""

    def __init__(self, path: Path, rate: int, drawn: Drawn) -> None:
        self.count = 0
        self._path, self._drawn = path, drawn
        self._samples = SECONDS * rate
        size = _place(self._samples)
        try:
            with path.open("wb") as file:
                file.truncate(size)
            with path.open("r+b") as file:
                self._body = mmap.mmap(file.fileno(), size)
        except OSError as error:
            raise HarnessError(f"{path} can't be written ({error.strerror}): give a folder in shared memory") from None
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
        self._body[: 12 + len(form)] = struct.pack("<4sI4s", b"RIFF", size - 8, b"WAVE") + form
        self.redraw(0, self._samples)  # here, in the caller's thread: the pump must not be late for it
        self.skip_to(0)

    def skip_to(self, count: int) -> None:
        """The present is sample `count`: everything before it is junk, and the head of `data` stands over the last of that."""
        self.count = count
        data = _place(min(count, self._samples)) - _HEAD.size
        self._body[data : data + _HEAD.size] = _HEAD.pack(b"data", len(self._body) - data - _HEAD.size)
        self._body[_JUNK : _JUNK + _HEAD.size] = _HEAD.pack(b"JUNK", data - _JUNK - _HEAD.size)

    def write(self, samples: NDArray[np.int16]) -> None:
        """Those samples are past."""
        self.skip_to(self.count + len(samples))

    def redraw(self, first: int, last: int) -> None:
        """What is heard of [first, last) has changed, for pages that open the microphone from now on."""
        first, last = max(first, self.count), min(last, self._samples)
        for begin in range(first, last, _PIECE):
            samples = self._drawn(begin, min(_PIECE, last - begin)).astype("<i2", copy=False)
            at = _place(begin)
            self._body[at : at + samples.nbytes] = samples.tobytes()

    def close(self) -> None:
        """The microphone is unplugged: its file goes."""
        self._body.close()
        self._path.unlink(missing_ok=True)


def _place(sample: int) -> int:
    return _JUNK + 2 * _HEAD.size + 2 * sample
